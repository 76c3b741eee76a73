import fc from 'fast-check';
import { DAY, HOUR } from '../time/instant';
import { namedTime } from './named-time';

const SHANGHAI = 'Asia/Shanghai';
const at = (text: string): number => Date.parse(text);
const TEN = at('2026-11-20T10:00:00+08:00');
const clock = (dayOffset: number, hours: number) => ({ atLocal: { dayOffset, minutes: hours * 60 } });

describe('the time that a speaker named', () => {
  it.each([
    ['in half an hour', { afterMinutes: 30 }, [SHANGHAI], '2026-11-20T10:30:00+08:00'],
    ['at three', clock(0, 15), [SHANGHAI], '2026-11-20T15:00:00+08:00'],
    ['tomorrow at ten', clock(1, 10), [SHANGHAI], '2026-11-21T10:00:00+08:00'],
    ['at nine, said at ten, is tomorrow', clock(0, 9), [SHANGHAI], '2026-11-21T09:00:00+08:00'],
    ['at three by the latest clock', clock(0, 15), [SHANGHAI, 'Europe/Berlin'], '2026-11-20T15:00:00+01:00'],
    [
      'at three, where a zone is not known',
      clock(0, 15),
      ['Nowhere/Else', SHANGHAI],
      '2026-11-20T15:00:00+08:00',
    ],
    [
      'in a hundred years',
      { afterMinutes: 100 * 366 * 1440 },
      [SHANGHAI],
      new Date(TEN + 5 * 366 * DAY).toISOString(),
    ],
    ['in ten thousand days', clock(10_000, 10), [SHANGHAI], new Date(TEN + 5 * 366 * DAY).toISOString()],
  ])('%s', (_, later, zones, expected) => {
    expect(namedTime(later, TEN, zones)).toBe(at(expected));
  });

  it('is none where it has passed, or where no clock is known', () => {
    expect(namedTime({ afterMinutes: 0 }, TEN, [SHANGHAI])).toBeUndefined();
    expect(namedTime(clock(0, 15), TEN, [])).toBeUndefined();
    expect(namedTime(clock(0, 15), TEN, ['Nowhere/Else'])).toBeUndefined();
  });

  it('always lies ahead, and no further zone makes it earlier', () => {
    const zones = ['Asia/Shanghai', 'America/New_York', 'Europe/London', 'Australia/Sydney', 'Pacific/Apia'];
    fc.assert(
      fc.property(
        fc.integer({ min: TEN, max: TEN + 366 * DAY }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 0, max: 24 * 60 - 1 }),
        fc.shuffledSubarray(zones, { minLength: 1 }),
        (now, dayOffset, minutes, some) => {
          const later = { atLocal: { dayOffset, minutes } };
          const named = namedTime(later, now, some) ?? 0;
          expect(named).toBeGreaterThan(now);
          expect(named).toBeLessThanOrEqual(now + (dayOffset + 2) * DAY + HOUR);
          expect(namedTime(later, now, zones) ?? 0).toBeGreaterThanOrEqual(named);
        },
      ),
    );
  });
});
