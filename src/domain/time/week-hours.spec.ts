import fc from 'fast-check';
import { timeVectors, zoneNamed } from '../../../test/vectors/time/time-vectors';
import { DAY, HOUR, MINUTE } from './instant';
import { bindingUntil, firstClear, holdTogetherUntil, type TimeCondition } from './time-condition';
import { hoursInZone, isValidHours, WEEKDAYS, weekHours, type HoursOfDays } from './week-hours';

const text = (at: number): string | null => (at === Infinity ? null : new Date(at).toISOString());
const vectorText = (at: string | null): string | null => (at === null ? null : new Date(at).toISOString());

/** Says the same by looking at the clock, minute by minute. */
function isOpenByClock(hours: readonly HoursOfDays[], localMillis: number): boolean {
  const date = new Date(localMillis);
  const clock = date.toISOString().slice(11, 16);
  const weekday = WEEKDAYS[(date.getUTCDay() + 6) % 7];
  return hours.some(
    ({ days, from, to }) => days.some((day) => day === weekday) && from <= clock && clock < to,
  );
}

const clockTime = fc
  .integer({ min: 0, max: 96 })
  .map(
    (quarter) =>
      `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
  );
const hoursOfDays = fc
  .record({ days: fc.subarray([...WEEKDAYS], { minLength: 1 }), from: clockTime, to: clockTime })
  .filter(isValidHours);
const zones = fc.constantFrom(
  'Asia/Shanghai',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Havana',
  'Pacific/Apia',
);

describe('hours of the week', () => {
  it.each(timeVectors.hours)('$why', ({ zone, hours, at, opens, closes }) => {
    const condition = hoursInZone(zoneNamed(zone), weekHours(hours));
    const open = condition.clearAt(Date.parse(at));
    expect(text(open)).toBe(vectorText(opens));
    if (opens !== null) expect(text(condition.holdsUntil(open, Infinity))).toBe(vectorText(closes));
  });

  it.each([
    ['25:00', '26:00'],
    ['09:00', '09:00'],
    ['12:00', '09:00'],
    ['9:00', '12:00'],
    ['09:00', '24:01'],
    ['09:60', '12:00'],
    ['24:00', '24:00'],
    ['', ''],
  ])('do not run from %p to %p', (from, to) => {
    const hours: HoursOfDays = { days: ['mon'], from, to };
    expect(isValidHours(hours)).toBe(false);
    expect(() => weekHours([hours])).toThrow('Not hours');
  });

  it('say what the clock says, through every change of the clocks', () => {
    const starts = fc.constantFrom(
      Date.UTC(2026, 2, 7),
      Date.UTC(2026, 9, 31),
      Date.UTC(2026, 3, 4),
      Date.UTC(2011, 11, 28),
    );
    fc.assert(
      fc.property(
        zones,
        fc.array(hoursOfDays, { maxLength: 3 }),
        starts,
        fc.nat(3 * 24 * 60),
        (name, hours, start, minutes) => {
          const zone = zoneNamed(name);
          const condition = hoursInZone(zone, weekHours(hours));
          const at = start + minutes * MINUTE;
          const isOpen = isOpenByClock(hours, zone.localMillis(at));
          const clear = condition.clearAt(at);
          expect(clear === at).toBe(isOpen);
          // Between now and then the clock never shows an open minute; then it does.
          for (let t = at; t < Math.min(clear, at + 8 * DAY); t += 15 * MINUTE) {
            expect(isOpenByClock(hours, zone.localMillis(t))).toBe(false);
          }
          if (clear === Infinity) return;
          expect(isOpenByClock(hours, zone.localMillis(clear))).toBe(true);
          const end = condition.holdsUntil(clear, clear + 8 * DAY);
          for (let t = clear; t < end; t += 15 * MINUTE) {
            expect(isOpenByClock(hours, zone.localMillis(t))).toBe(true);
          }
          if (end < clear + 8 * DAY) expect(isOpenByClock(hours, zone.localMillis(end))).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('conditions together', () => {
  const during = (...stretches: [number, number][]): TimeCondition => ({
    clearAt: (at) => Math.max(at, stretches.find(([, end]) => at < end)?.[0] ?? Infinity),
    holdsUntil: (at, limit) => Math.min(limit, stretches.find(([, end]) => at < end)?.[1] ?? limit),
  });

  it('are clear at the first instant that satisfies all', () => {
    expect(firstClear([], 5, 100)).toBe(5);
    expect(firstClear([during([10, 20], [40, 60]), during([20, 30], [50, 70])], 5, 100)).toBe(50);
    expect(firstClear([during([0, 100]), during([0, 100])], 5, 100)).toBe(5);
  });

  it('are never clear beyond the horizon', () => {
    expect(firstClear([during([10, 20]), during([20, 30])], 5, 100)).toBe(Infinity);
    expect(firstClear([during([101, 200])], 5, 100)).toBe(Infinity);
    expect(firstClear([during([100, 200])], 5, 100)).toBe(100);
    expect(firstClear([], 101, 100)).toBe(Infinity);
  });

  it('hold until the first of them fails', () => {
    expect(holdTogetherUntil([during([0, 20]), during([0, 15])], 5, 100)).toBe(15);
    expect(holdTogetherUntil([during([0, 20])], 5, 12)).toBe(12);
    expect(holdTogetherUntil([], 5, 12)).toBe(12);
  });

  it('end with the rule that asks for them', () => {
    const dated = bindingUntil(during([10, 20], [40, 60]), 30);
    expect([5, 15, 25, 30, 35].map((at) => dated.clearAt(at))).toEqual([10, 15, 30, 30, 35]);
    expect(dated.holdsUntil(15, 100)).toBe(20);
    expect(bindingUntil(during([10, 50]), 30).holdsUntil(15, 100)).toBe(100);
  });

  it('two zones twelve hours apart share no hour of these', () => {
    const week = weekHours([
      { days: [...WEEKDAYS], from: '09:00', to: '12:00' },
      { days: [...WEEKDAYS], from: '14:00', to: '21:00' },
    ]);
    const both = ['Asia/Shanghai', 'America/Caracas'].map((name) => hoursInZone(zoneNamed(name), week));
    const at = Date.parse('2026-11-20T10:00:00+08:00');
    expect(firstClear(both, at, at + 400 * DAY)).toBe(Infinity);
    expect(firstClear(both.slice(0, 1), at + 2 * HOUR, at + 400 * DAY)).toBe(at + 4 * HOUR);
  });
});
