import type { Slot } from '../decision/facts';
import type { Instant } from '../time/instant';
import { impliesAnswered, type Report } from './report';

/**
 * The slot of a call after its reports: a fold over those that took effect, the same in any order of arrival.
 * Undefined when the call was proved never placed and the slot is given back. Caps count from the earliest time
 * reported, clamped to the authorization's life, so that nobody's clock moves an attempt (SHAPES, "Events").
 */
export function slotAfter(slot: Slot, reports: readonly Report[]): Slot | undefined {
  const effective = reports.filter((report) => report.effective);
  if (effective.some((report) => report.type === 'not_placed')) return undefined;
  if (effective.length === 0) return slot;
  const first = Math.min(...effective.map((report) => report.at));
  const placedAt = clamp(first, slot.decidedAt, slot.expiresAt);
  const ends = effective.filter((report) => report.type === 'ended' || report.type === 'failed');
  const answered = effective.some((report) => impliesAnswered(report.type));
  const ended = ends.length === 0 ? {} : { endedAt: Math.min(...ends.map((report) => report.at)) };
  // Whether anybody took the call up is known once somebody did, or once it ended without.
  return { ...slot, placedAt, ...(answered || ends.length > 0 ? { answered } : {}), ...ended };
}

const clamp = (at: Instant, from: Instant, to: Instant): Instant => Math.min(Math.max(at, from), to);
