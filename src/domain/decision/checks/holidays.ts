import { barredDays, freeOfBarredDays } from '../../policy/calendar';
import type { Calendar, HolidaysRule } from '../../policy/pack';
import { dayAt, formatDay } from '../../time/local-day';
import { firstClear, holdTogetherUntil } from '../../time/time-condition';
import type { Zone } from '../../time/zones';
import {
  datedOpenings,
  objection,
  objectionUntil,
  SEARCH_HORIZON,
  type Check,
  type RuleStamp,
} from './check';

/** Days of a calendar on which no call is made. A year without its calendar is unknown, never free (RULINGS 11). */
export function holidaysCheck(
  rule: HolidaysRule,
  stamp: RuleStamp,
  zones: readonly Zone[],
  calendar: Calendar,
): Check {
  const days = barredDays(calendar);
  const conditions = zones.map((zone) => freeOfBarredDays(zone, days));
  const openings = datedOpenings(stamp, conditions);
  return {
    stamp,
    judge: (_call, at) => {
      const today = zones.map((zone) => dayAt(zone, at));
      const unknown = today.find((day) => !days.covers(day));
      if (unknown !== undefined) {
        const detail = `The calendar ${rule.values.calendar} does not reach ${formatDay(unknown)}.`;
        return objection(stamp, 'RULE_DATA_MISSING', detail);
      }
      const barred = today.find((day) => days.bars(day));
      if (barred === undefined) return stamp.passed;
      const detail = `${formatDay(barred)} is barred by the calendar ${rule.values.calendar}.`;
      const clear = firstClear(conditions, at, at + SEARCH_HORIZON);
      return objectionUntil(stamp, 'HOLIDAY', detail, clear);
    },
    holdsUntil: (_call, at, limit) => holdTogetherUntil(conditions, at, limit),
    openings: () => openings,
  };
}
