import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { timeVectorFile, timeVectors, zoneNamed } from '../../../test/vectors/time/time-vectors';
import { DAY, HOUR, MINUTE } from './instant';
import { civilOf, dayAt, dayOf, daysInMonth, formatDay, instantOf, parseDay, weekdayOf } from './local-day';

describe('time vectors', () => {
  it('follow their schema', () => {
    const validate = addFormats(new Ajv2020({ allowUnionTypes: true })).compile(
      timeVectorFile('time-vectors.schema.json') as object,
    );
    validate(timeVectors);
    expect(validate.errors).toBeNull();
  });
});

describe('local times', () => {
  it.each(timeVectors.localTimes)('$why: $zone $day $clock', ({ zone, day, clock, instant }) => {
    const [hour, minute] = clock.split(':').map(Number) as [number, number];
    const found = instantOf(zoneNamed(zone), parseDay(day) ?? NaN, hour * HOUR + minute * MINUTE);
    expect(new Date(found).toISOString()).toBe(new Date(instant).toISOString());
  });

  it('have the day that the clocks show', () => {
    const shanghai = zoneNamed('Asia/Shanghai');
    expect(formatDay(dayAt(shanghai, Date.parse('2026-11-20T23:59:59.999+08:00')))).toBe('2026-11-20');
    expect(formatDay(dayAt(shanghai, Date.parse('2026-11-21T00:00:00+08:00')))).toBe('2026-11-21');
  });
});

describe('days', () => {
  const days = fc.integer({ min: dayOf(1, 1, 1), max: dayOf(9999, 12, 31) });

  it('are those of the Gregorian calendar', () => {
    fc.assert(
      fc.property(days, (day) => {
        const date = new Date(day * DAY);
        const { year, month, dayOfMonth } = civilOf(day);
        expect([year, month, dayOfMonth]).toEqual([
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
        ]);
        expect(dayOf(year, month, dayOfMonth)).toBe(day);
        expect((weekdayOf(day) + 1) % 7).toBe(date.getUTCDay());
        expect(parseDay(formatDay(day))).toBe(day);
      }),
      { numRuns: 2_000 },
    );
  });

  it('carry months into years', () => {
    expect(formatDay(dayOf(2026, 14, 1))).toBe('2027-02-01');
    expect(formatDay(dayOf(2026, 0, 1))).toBe('2025-12-01');
    expect([daysInMonth(2028, 2), daysInMonth(2026, 14), daysInMonth(2026, 12)]).toEqual([29, 28, 31]);
  });

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '20261120', '', '2026-11-20T00:00:00Z'])(
    'do not include %p',
    (text) => {
      expect(parseDay(text)).toBeUndefined();
    },
  );
});
