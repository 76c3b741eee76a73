import { DAY, HOUR, type Instant } from './instant';
import type { Zone } from './zones';

/** A calendar day as the number of days since 1970-01-01, whatever the zone. */
export type LocalDay = number;

/** Local mean times of the nineteenth century lie up to 15 h 13 min from Greenwich; no zone lies further. */
const WIDEST_OFFSET = 16 * HOUR;

/** The calendar day that the clocks of a zone show at an instant. */
export function dayAt(zone: Zone, at: Instant): LocalDay {
  return Math.floor(zone.localMillis(at) / DAY);
}

/**
 * The first instant at which the clocks of a zone have reached a local date and time. A time that daylight saving
 * skips is reached when the gap ends; of a time that comes twice this is the first.
 */
export function instantOf(zone: Zone, day: LocalDay, millisOfDay = 0): Instant {
  const local = day * DAY + millisOfDay;
  return firstReaching(zone, local - WIDEST_OFFSET, local);
}

/** The first instant at or after `from` at which the local clock shows `local` or later. */
export function firstReaching(zone: Zone, from: Instant, local: number): Instant {
  return zone.firstInstant(from, (reading) => Math.max(0, local - reading));
}

/** 0 for Monday to 6 for Sunday: weeks start on Monday (READINGS 10). 1970-01-01 was a Thursday. */
export function weekdayOf(day: LocalDay): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** Proleptic Gregorian calendar; the algorithms count years from March so that the leap day comes last. */
export function civilOf(day: LocalDay): { year: number; month: number; dayOfMonth: number } {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

/** The day of a civil date; months outside 1 to 12 carry into the year. */
export function dayOf(year: number, month: number, dayOfMonth: number): LocalDay {
  const months = year * 12 + month - 1;
  const calendarMonth = (((months % 12) + 12) % 12) + 1;
  const marchYear = Math.floor(months / 12) - (calendarMonth <= 2 ? 1 : 0);
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((calendarMonth + 9) % 12) + 2) / 5) + dayOfMonth - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The number of days in a month; months outside 1 to 12 carry into the year. */
export function daysInMonth(year: number, month: number): number {
  return dayOf(year, month + 1, 1) - dayOf(year, month, 1);
}

/** `2026-11-20` as a day; undefined when it is no date of the calendar. */
export function parseDay(text: string): LocalDay | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const day = dayOf(Number(match[1]), Number(match[2]), Number(match[3]));
  return formatDay(day) === text ? day : undefined;
}

export function formatDay(day: LocalDay): string {
  const { year, month, dayOfMonth } = civilOf(day);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
}
