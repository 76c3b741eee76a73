import type { Instant } from './instant';

/** Something that the clock or the calendar alone makes true or false: hours, holidays. */
export interface TimeCondition {
  /** The first instant at or after `at` that satisfies it; Infinity when none is known. */
  clearAt(at: Instant): Instant;
  /** For an `at` that satisfies it: the first later instant that does not, or `limit` when that comes first. */
  holdsUntil(at: Instant, limit: Instant): Instant;
}

/**
 * The first instant at or after `at` that satisfies all conditions at once; Infinity when there is none up to
 * `horizon`. Two zones twelve hours apart may never be open together, so the search must end somewhere.
 */
export function firstClear(conditions: readonly TimeCondition[], at: Instant, horizon: Instant): Instant {
  let candidate = at;
  let agreed = 0;
  // Each condition in turn may only move the candidate later; once all have left it alone, all are satisfied.
  for (let i = 0; agreed < conditions.length && candidate <= horizon; i = (i + 1) % conditions.length) {
    const clear = (conditions[i] as TimeCondition).clearAt(candidate);
    agreed = clear === candidate ? agreed + 1 : 1;
    candidate = clear;
  }
  return candidate <= horizon ? candidate : Infinity;
}

/** The first instant after `at` at which one of the conditions fails, or `limit` when that comes first. */
export function holdTogetherUntil(
  conditions: readonly TimeCondition[],
  at: Instant,
  limit: Instant,
): Instant {
  return conditions.reduce((end, condition) => condition.holdsUntil(at, end), limit);
}

/** The same condition, asked for only before `end`: afterwards every instant satisfies it. */
export function bindingUntil(condition: TimeCondition, end: Instant): TimeCondition {
  return {
    clearAt: (at) => (at >= end ? at : Math.min(condition.clearAt(at), end)),
    holdsUntil: (at, limit) => {
      const fails = condition.holdsUntil(at, limit);
      return fails < end ? fails : limit;
    },
  };
}
