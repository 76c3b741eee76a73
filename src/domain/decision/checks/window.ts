import type { WindowRule } from '../../policy/pack';
import { firstClear, holdTogetherUntil, type TimeCondition } from '../../time/time-condition';
import { hoursInZone, weekHours, type HoursOfDays } from '../../time/week-hours';
import type { Zone } from '../../time/zones';
import { datedOpenings, objectionUntil, SEARCH_HORIZON, type Check, type RuleStamp } from './check';

/** Calling hours, their breaks and weekly closures; with several zones the call must be within them in all. */
export function windowCheck(rule: WindowRule, stamp: RuleStamp, zones: readonly Zone[]): Check {
  const week = weekHours(rule.values.open);
  const conditions = zones.map((zone): TimeCondition => hoursInZone(zone, week));
  const detail = `Outside the calling hours ${hoursText(rule.values.open)}, local time.`;
  const openings = datedOpenings(stamp, conditions);
  return {
    stamp,
    judge: (_call, at) => {
      const clear = firstClear(conditions, at, at + SEARCH_HORIZON);
      return clear === at ? stamp.passed : objectionUntil(stamp, 'OUTSIDE_HOURS', detail, clear);
    },
    holdsUntil: (_call, at, limit) => holdTogetherUntil(conditions, at, limit),
    openings: () => openings,
  };
}

/** `mon–sun 09:00–12:00`, one entry after the other. */
export function hoursText(hours: readonly HoursOfDays[]): string {
  return hours.map(({ days, from, to }) => `${days.join(' ')} ${from}–${to}`).join(', ');
}
