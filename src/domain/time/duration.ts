import { DAY, HOUR, MINUTE, SECOND, type Instant } from './instant';
import { civilOf, dayOf, daysInMonth, firstReaching } from './local-day';
import type { Zone } from './zones';

/** An ISO 8601 duration: calendar months, and a fixed length in which a day has 86,400 s (READINGS 10). */
export interface Duration {
  months: number;
  millis: number;
}

const FORM = /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** `P2Y`, `P6M`, `P30D`, `PT24H` and their mixtures in whole numbers; undefined for anything else. */
export function parseDuration(text: string): Duration | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [years, months, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    months: years * 12 + months,
    millis: days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND,
  };
}

/** The duration of rule data, which the pack's checks have accepted. Throws on anything else: never a silent zero. */
export function durationOf(text: string): Duration {
  const duration = parseDuration(text);
  if (duration === undefined) throw new RangeError(`Not an ISO 8601 duration: ${text}`);
  return duration;
}

/**
 * The end of a duration that begins at an instant. Months move the local date of the zone and keep the time of day; a
 * date that the month does not have becomes its last day. The fixed part is added afterwards.
 */
export function addDuration(zone: Zone, at: Instant, duration: Duration): Instant {
  if (duration.months === 0) return at + duration.millis;
  const local = zone.localMillis(at);
  const day = Math.floor(local / DAY);
  const { year, month, dayOfMonth } = civilOf(day);
  const target = month + duration.months;
  const moved = dayOf(year, target, Math.min(dayOfMonth, daysInMonth(year, target)));
  return firstReaching(zone, at, moved * DAY + (local - day * DAY)) + duration.millis;
}
