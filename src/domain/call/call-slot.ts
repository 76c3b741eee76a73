import type { Slot } from '../decision/facts';
import type { Instant } from '../time/instant';
import { impliesAnswered, type Report } from './report';

/**
 * The slot of a call after its reports: a fold over those that took effect, the same in any order of arrival.
 * Undefined when the call was proved never placed and the slot is given back. Caps count from the earliest time
 * reported, clamped to the authorization's life, so that nobody's clock moves an attempt (SHAPES, "Events").
 */
export function slotAfter(slot: Slot, reports: readonly Report[]): Slot | undefined {
  const told = reports.filter((report) => report.effective);
  const effective = told.filter((report) => report.type !== 'not_placed');
  // A redeemed token rang, and so did a call that was placed after all: whatever was said before, the slot stays.
  const givenBack = told.length > effective.length;
  if (givenBack && effective.length === 0 && slot.redeemedAt === undefined) return undefined;
  if (effective.length === 0) return slot;
  const first = Math.min(...effective.map((report) => report.at));
  const placedAt = clamp(first, slot.decidedAt, slot.expiresAt);
  const ends = effective.filter((report) => report.type === 'ended' || report.type === 'failed');
  const ended = ends.length === 0 ? {} : { endedAt: Math.min(...ends.map((report) => report.at)) };
  // Whether anybody took the call up is known once somebody did, or once it ended without.
  const answered = effective.some(impliesAnswered);
  return { ...slot, placedAt, ...(answered || ends.length > 0 ? { answered } : {}), ...ended };
}

const clamp = (at: Instant, from: Instant, to: Instant): Instant => Math.min(Math.max(at, from), to);
