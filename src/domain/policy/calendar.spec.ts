import { zoneNamed } from '../../../test/vectors/time/time-vectors';
import { DAY, HOUR } from '../time/instant';
import { parseDay } from '../time/local-day';
import { barredDays, freeOfBarredDays } from './calendar';

const days = barredDays({
  id: 'x',
  jurisdiction: 'CN',
  years: {
    2026: {
      dates: ['2026-10-01', '2026-10-02', '2026-10-04'],
      workdays: [],
      source: 'x',
      readOn: '2026-11-20',
    },
  },
});
const condition = freeOfBarredDays(zoneNamed('Asia/Shanghai'), days);
const at = (time: string): number => Date.parse(`${time}+08:00`);
const day = (date: string): number => parseDay(date) ?? NaN;

describe('barred days', () => {
  it('know the days of their years and no others', () => {
    const known = ['2025-12-31', '2026-01-01', '2026-12-31', '2027-01-01'].map((date) =>
      days.covers(day(date)),
    );
    expect(known).toEqual([false, true, true, false]);
    expect(['2026-09-30', '2026-10-01', '2026-10-03'].map((date) => days.bars(day(date)))).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('are over at the first midnight after them', () => {
    expect(condition.clearAt(at('2026-10-01T00:00:00'))).toBe(at('2026-10-03T00:00:00'));
    expect(condition.clearAt(at('2026-10-02T23:59:59.999'))).toBe(at('2026-10-03T00:00:00'));
    expect(condition.clearAt(at('2026-09-30T23:59:59.999'))).toBe(at('2026-09-30T23:59:59.999'));
  });

  it('are never over where the calendar ends', () => {
    expect(condition.clearAt(at('2027-01-01T00:00:00'))).toBe(Infinity);
    expect(condition.clearAt(at('2025-12-31T23:59:59'))).toBe(Infinity);
  });

  it('begin at the midnight before them', () => {
    expect(condition.holdsUntil(at('2026-09-30T23:59:50'), at('2026-09-30T23:59:59'))).toBe(
      at('2026-09-30T23:59:59'),
    );
    expect(condition.holdsUntil(at('2026-09-30T23:59:50'), at('2026-10-01T00:00:20'))).toBe(
      at('2026-10-01T00:00:00'),
    );
    expect(condition.holdsUntil(at('2026-09-01T10:00:00'), at('2026-12-01T00:00:00'))).toBe(
      at('2026-10-01T00:00:00'),
    );
    expect(condition.holdsUntil(at('2026-10-05T00:00:00'), at('2026-10-05T00:00:00') + 9 * DAY)).toBe(
      at('2026-10-14T00:00:00'),
    );
  });

  it('are unknown from the midnight at which the calendar ends', () => {
    expect(condition.holdsUntil(at('2026-12-31T23:59:50'), at('2027-01-01T00:00:20'))).toBe(
      at('2027-01-01T00:00:00'),
    );
    expect(condition.holdsUntil(at('2026-11-20T10:00:00'), Infinity)).toBe(at('2027-01-01T00:00:00'));
  });

  it('follow the clocks of their zone', () => {
    const newYork = freeOfBarredDays(zoneNamed('America/New_York'), days);
    expect(newYork.clearAt(at('2026-10-01T11:59:59'))).toBe(at('2026-10-01T11:59:59'));
    expect(newYork.clearAt(at('2026-10-01T12:00:00'))).toBe(at('2026-10-03T12:00:00'));
    expect(newYork.holdsUntil(at('2026-10-01T11:00:00'), at('2026-10-02T00:00:00'))).toBe(
      at('2026-10-01T11:00:00') + HOUR,
    );
  });
});
