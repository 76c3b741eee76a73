import type { Slot } from '../decision/facts';
import type { Purpose } from '../decision/purpose';
import { HOUR, type Instant } from '../time/instant';

/** A call that was put through and whose end nobody reported counts as going on for this long (RULINGS 4). */
const LONGEST_SILENCE = 2 * HOUR;

/**
 * When the attempt was made, or is presumed to have been (RULINGS 5): an allow that nobody reports counts as a call,
 * even if a wish voided it meanwhile, because a dialer with its own trunk may have rung before it heard.
 */
export const attemptAt = (slot: Slot): Instant => slot.placedAt ?? slot.expiresAt;

/** A slot counts from the decision that took it; a preview of the past does not see it. */
export const isTaken = (slot: Slot, at: Instant): boolean => slot.decidedAt <= at;

/**
 * Until when a person is taken to be on this call, or about to be rung: its end; two hours where it was put through
 * and nobody reported the end; the end of its authorization where nothing was reported at all.
 */
export function engagedUntil(slot: Slot): Instant {
  if (slot.endedAt !== undefined) return slot.endedAt;
  const begun = slot.placedAt ?? slot.redeemedAt;
  return begun === undefined ? slot.expiresAt : begun + LONGEST_SILENCE;
}

/**
 * An unknown end counts as answered (RULINGS 4); a call that ended without an answer does not. The end of a call that
 * is still going on is not unknown: until then CALL_IN_PROGRESS alone stands in the way.
 */
const isAnswered = (slot: Slot, at: Instant): boolean =>
  slot.answered ?? (slot.endedAt === undefined && engagedUntil(slot) <= at);

/** The attempts that a cap counts among the calls decided up to `at`, latest first. */
export function countedAttempts(
  slots: readonly Slot[],
  counted: { count: 'attempts' | 'answered'; purposes: readonly Purpose[] },
  at: Instant,
): Instant[] {
  const attempts: Instant[] = [];
  for (const slot of slots) {
    if (!isTaken(slot, at) || !counted.purposes.includes(slot.purpose)) continue;
    if (counted.count === 'attempts' || isAnswered(slot, at)) attempts.push(attemptAt(slot));
  }
  return attempts.sort((a, b) => b - a);
}
