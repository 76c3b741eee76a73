import fc from 'fast-check';
import moment from 'moment-timezone';
import { zoneNamed } from '../../../test/vectors/time/time-vectors';
import { DAY, HOUR, MINUTE } from './instant';
import { findZone, isKnownZone, TZDATA_VERSION } from './zones';

const names = moment.tz.names();
const instants = fc.integer({ min: Date.UTC(1890, 0), max: Date.UTC(2100, 0) });

/** An oracle for the days of this decade that shares neither code nor data with ours. */
function offsetByNode(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const [month, day, year, hour, minute, second] = parts
    .filter(({ type }) => type !== 'literal')
    .map(({ value }) => Number(value));
  const local = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return local - Math.floor(at / 1_000) * 1_000;
}

describe('zone data', () => {
  it('is the pinned release', () => {
    expect(TZDATA_VERSION).toBe('2026f');
    expect(TZDATA_VERSION).toBe(moment.tz.dataVersion);
  });

  it('knows every name of the library, letter by letter', () => {
    expect(names.filter((name) => !isKnownZone(name))).toEqual([]);
    expect([isKnownZone('asia/shanghai'), isKnownZone('Asia/Atlantis'), isKnownZone('')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(findZone('Asia/Atlantis')).toBeUndefined();
  });

  it('has one zone for a name and its alias', () => {
    expect(findZone('PRC')).toBe(findZone('Asia/Shanghai'));
  });

  it('agrees with the library in every zone at every change', () => {
    const differences: string[] = [];
    for (const name of names) {
      const zone = zoneNamed(name);
      const oracle = moment.tz.zone(name);
      const changes = oracle?.untils.filter((until) => Number.isFinite(until)) ?? [];
      for (const at of [...changes.flatMap((until) => [until - 1, until]), Date.UTC(2026, 10, 20)]) {
        const offset = zone.localMillis(at) - at;
        if (offset !== Math.round(-(oracle?.utcOffset(at) ?? NaN) * MINUTE))
          differences.push(`${name} ${at}`);
      }
    }
    expect(differences).toEqual([]);
  });

  it('agrees with the library at any instant', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), instants, (name, at) => {
        const offset = Math.round(-(moment.tz.zone(name)?.utcOffset(at) ?? NaN) * MINUTE);
        expect(zoneNamed(name).localMillis(at)).toBe(at + offset);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    'Asia/Shanghai',
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Sao_Paulo',
  ])('agrees with the runtime’s own data in %s, hour by hour around 2026', (name) => {
    const zone = zoneNamed(name);
    for (let at = Date.UTC(2026, 0); at < Date.UTC(2027, 0); at += DAY / 2 + 7 * MINUTE) {
      expect([at, zone.localMillis(at) - at]).toEqual([at, offsetByNode(name, at)]);
    }
  });
});

describe('the first instant of a local condition', () => {
  it('is never, where there is none', () => {
    expect(zoneNamed('Etc/UTC').firstInstant(0, () => Infinity)).toBe(Infinity);
  });

  it('is the instant itself where the condition holds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), instants, (name, at) => {
        expect(zoneNamed(name).firstInstant(at, () => 0)).toBe(at);
      }),
    );
  });

  it('never lies more than a gap before the reading it waits for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        instants,
        fc.integer({ min: 0, max: 9 * DAY }),
        (name, at, wait) => {
          const zone = zoneNamed(name);
          const target = zone.localMillis(at) + wait;
          const found = zone.firstInstant(at, (local) => Math.max(0, target - local));
          expect(zone.localMillis(found)).toBeGreaterThanOrEqual(target);
          expect(zone.localMillis(found)).toBeLessThan(target + 25 * HOUR);
          // No earlier millisecond has reached it.
          if (found > at) expect(zone.localMillis(found - 1)).toBeLessThan(target);
        },
      ),
    );
  });
});
