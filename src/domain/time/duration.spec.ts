import { timeVectors, zoneNamed } from '../../../test/vectors/time/time-vectors';
import { addDuration, durationOf, parseDuration } from './duration';
import { DAY, HOUR, MINUTE, SECOND } from './instant';

describe('durations', () => {
  it.each([
    ['PT24H', { months: 0, millis: 24 * HOUR }],
    ['P30D', { months: 0, millis: 30 * DAY }],
    ['P1Y2M3DT4H5M6S', { months: 14, millis: 3 * DAY + 4 * HOUR + 5 * MINUTE + 6 * SECOND }],
    ['P6M', { months: 6, millis: 0 }],
    ['PT6M', { months: 0, millis: 6 * MINUTE }],
    ['PT0S', { months: 0, millis: 0 }],
  ])('reads %s', (text, duration) => {
    expect(parseDuration(text)).toEqual(duration);
    expect(durationOf(text)).toEqual(duration);
  });

  it.each(['', 'P', 'PT', 'P1', '30D', 'P1.5D', 'P-1D', 'P1W', 'P1H', 'PT1D', 'p1d', ' P1D', 'P1D ', 'P1DT'])(
    'refuses %p',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
      expect(() => durationOf(text)).toThrow('ISO 8601');
    },
  );

  it.each(timeVectors.durations)('$why: $from + $duration', ({ zone, from, duration, to }) => {
    const end = addDuration(zoneNamed(zone), Date.parse(from), durationOf(duration));
    expect(new Date(end).toISOString()).toBe(new Date(to).toISOString());
  });
});
