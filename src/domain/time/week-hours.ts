import { DAY, MINUTE, type Instant } from './instant';
import type { TimeCondition } from './time-condition';
import type { Zone } from './zones';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Allowed hours of some weekdays, `HH:MM` with `from` inclusive and `to` exclusive; `to` may be `24:00`. */
export interface HoursOfDays {
  days: Weekday[];
  from: string;
  to: string;
}

const WEEK = 7 * DAY;
/** Local clock readings count from a Thursday (1970-01-01); weeks start on Monday. */
const THURSDAY = 3 * DAY;

/** The open hours of a week as disjoint stretches in milliseconds from Monday 00:00, in order. */
export interface WeekHours {
  opens: number[];
  closes: number[];
}

/** `HH:MM` from 00:00 to 24:00 as milliseconds of the day; undefined for anything else. */
function parseClock(text: string): number | undefined {
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text)) return undefined;
  return (Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) * MINUTE;
}

/** What `weekHours` accepts: clock times in order. Hours across midnight are written as two entries. */
export function isValidHours({ from, to }: HoursOfDays): boolean {
  const start = parseClock(from);
  const end = parseClock(to);
  return start !== undefined && end !== undefined && start < end;
}

/** Throws on hours that were never valid, because to ignore them could open what the person or the law closed. */
export function weekHours(hours: readonly HoursOfDays[]): WeekHours {
  const stretches: [number, number][] = [];
  for (const entry of hours) {
    if (!isValidHours(entry)) throw new RangeError(`Not hours of a day: ${entry.from} to ${entry.to}`);
    for (const day of entry.days) {
      const midnight = WEEKDAYS.indexOf(day) * DAY;
      stretches.push([
        midnight + (parseClock(entry.from) as number),
        midnight + (parseClock(entry.to) as number),
      ]);
    }
  }
  stretches.sort((a, b) => a[0] - b[0]);
  const merged: WeekHours = { opens: [], closes: [] };
  let lastClose = -1;
  for (const [open, close] of stretches) {
    if (open > lastClose) merged.opens.push(open);
    else merged.closes.pop();
    lastClose = Math.max(lastClose, close);
    merged.closes.push(lastClose);
  }
  return merged;
}

/** Hours of the week in the local time of one zone. Edges are exact: the closing instant itself is closed (READINGS 6). */
export function hoursInZone(zone: Zone, week: WeekHours): TimeCondition {
  return {
    clearAt: (at) => zone.firstInstant(at, (local) => untilOpen(week, local)),
    holdsUntil: (at: Instant, limit: Instant) =>
      Math.min(
        limit,
        zone.firstInstant(at, (local) => untilClosed(week, local)),
      ),
  };
}

function timeOfWeek(local: number): number {
  return (((local + THURSDAY) % WEEK) + WEEK) % WEEK;
}

/** From a local clock reading to the next opening; 0 when open. */
function untilOpen({ opens, closes }: WeekHours, local: number): number {
  const time = timeOfWeek(local);
  for (let i = 0; i < opens.length; i++) {
    if (time < (closes[i] as number)) return Math.max(0, (opens[i] as number) - time);
  }
  const [first] = opens;
  return first === undefined ? Infinity : WEEK - time + first;
}

/** From a local clock reading to the next closing; 0 when closed, Infinity when it never closes. */
function untilClosed({ opens, closes }: WeekHours, local: number): number {
  const time = timeOfWeek(local);
  for (let i = 0; i < opens.length; i++) {
    const close = closes[i] as number;
    if (time >= close) continue;
    if (time < (opens[i] as number)) return 0;
    if (close < WEEK || opens[0] !== 0) return close - time;
    const continued = closes[0] as number;
    return continued === WEEK ? Infinity : WEEK - time + continued;
  }
  return 0;
}
