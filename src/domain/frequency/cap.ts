import { objectionUntil, type Check, type RuleStamp } from '../decision/checks/check';
import type { CapRule } from '../policy/pack';
import { durationOf } from '../time/duration';
import { DAY, type Instant } from '../time/instant';
import { civilOf, dayAt, dayOf, firstReaching, weekdayOf, type LocalDay } from '../time/local-day';
import type { Zone } from '../time/zones';
import { countedAttempts } from './slots';

type Period = 'day' | 'week' | 'month';

/** When a cap is free, given the attempts it counts, latest first: `at` when it is free already, Infinity for never. */
type FreeAt = (attempts: readonly Instant[], at: Instant) => Instant;

/** The most calls within a time, counted on the called person across campaigns, vendors and caller numbers. */
export function capCheck(rule: CapRule, stamp: RuleStamp, zones: readonly Zone[]): Check {
  const { count, limit, counts } = rule.values;
  const [freeAt, period] =
    rule.values.rolling === undefined
      ? [calendarCap(limit, rule.values.calendar, zones), `a calendar ${rule.values.calendar}`]
      : [rollingCap(limit, durationOf(rule.values.rolling).millis), rule.values.rolling];
  const detail = `The cap is full: ${limit} ${count} in ${period}.`;
  const counted = { count, purposes: counts };
  return {
    stamp,
    judge: (call, at) => {
      if (call.slots.length < limit) return stamp.passed;
      const free = freeAt(countedAttempts(call.slots, counted, at), at);
      return free === at ? stamp.passed : objectionUntil(stamp, 'FREQUENCY_CAP', detail, free);
    },
  };
}

/** Attempts in (at − length, at] count; one is free again at exactly attempt + length (READINGS 10). */
function rollingCap(limit: number, length: number): FreeAt {
  return (attempts, at) => {
    if (limit === 0) return Infinity;
    const decisive = attempts[limit - 1];
    return decisive === undefined ? at : Math.max(at, decisive + length);
  };
}

/** In the called person's zone; with several candidates the cap is full if it is full in any (READINGS 10). */
function calendarCap(limit: number, period: Period, zones: readonly Zone[]): FreeAt {
  return (attempts, at) => {
    if (limit === 0) return Infinity;
    const decisive = attempts[limit - 1];
    if (decisive === undefined) return at;
    // The cap is full in a zone until the period that holds the decisive attempt ends there.
    return Math.max(at, ...zones.map((zone) => endOfPeriod(zone, period, decisive)));
  };
}

function endOfPeriod(zone: Zone, period: Period, at: Instant): Instant {
  return firstReaching(zone, at, dayAfter(period, dayAt(zone, at)) * DAY);
}

/** The first day of the period after the one that holds `day`. */
function dayAfter(period: Period, day: LocalDay): LocalDay {
  switch (period) {
    case 'day':
      return day + 1;
    case 'week':
      return day - weekdayOf(day) + 7;
    case 'month': {
      const { year, month } = civilOf(day);
      return dayOf(year, month + 1, 1);
    }
  }
}
