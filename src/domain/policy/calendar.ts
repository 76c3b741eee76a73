import { DAY, type Instant } from '../time/instant';
import { dayAt, dayOf, firstReaching, parseDay, type LocalDay } from '../time/local-day';
import type { TimeCondition } from '../time/time-condition';
import type { Zone } from '../time/zones';
import type { Calendar } from './pack';

/** Dates of rule data, which the policy's checks have accepted. Throws on anything else: never a silent free day. */
export function dayNamed(date: string): LocalDay {
  const day = parseDay(date);
  if (day === undefined) throw new RangeError(`Not a date: ${date}`);
  return day;
}

/** A calendar's dates as day numbers. A day of a year that the calendar lacks is neither barred nor free: unknown. */
export interface BarredDays {
  covers(day: LocalDay): boolean;
  bars(day: LocalDay): boolean;
}

export function barredDays(calendar: Calendar): BarredDays {
  const barred = new Set<LocalDay>();
  const years: [LocalDay, LocalDay][] = [];
  for (const [year, { dates }] of Object.entries(calendar.years)) {
    years.push([dayOf(Number(year), 1, 1), dayOf(Number(year) + 1, 1, 1)]);
    for (const date of dates) barred.add(dayNamed(date));
  }
  return {
    covers: (day) => years.some(([first, next]) => first <= day && day < next),
    bars: (day) => barred.has(day),
  };
}

/** No barred day in one zone. Where the calendar ends nothing is known to be clear (RULINGS 11). */
export function freeOfBarredDays(zone: Zone, days: BarredDays): TimeCondition {
  return {
    clearAt: (from) => {
      let at = from;
      for (let day = dayAt(zone, at); days.covers(day); day = dayAt(zone, at)) {
        if (!days.bars(day)) return at;
        at = startOfNextDay(zone, at, day);
      }
      return Infinity;
    },
    holdsUntil: (from, limit) => {
      let at = from;
      do {
        at = startOfNextDay(zone, at, dayAt(zone, at));
        const day = dayAt(zone, at);
        if (!days.covers(day) || days.bars(day)) return Math.min(at, limit);
      } while (at < limit);
      return limit;
    },
  };
}

function startOfNextDay(zone: Zone, at: Instant, day: LocalDay): Instant {
  return firstReaching(zone, at, (day + 1) * DAY);
}
