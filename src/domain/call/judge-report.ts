import type { Slot } from '../decision/facts';
import { type Instant, MINUTE, SECOND } from '../time/instant';
import type { JudgedReport, Report, ReportFlag, ReportType } from './report';

/** `not_placed` gives a slot back until then after expiry; later only a carrier's record does (RULINGS 5). */
export const NOT_PLACED_GRACE = 10 * MINUTE;

/** No network rings longer than this before it gives up. */
const LONGEST_RINGING = 2 * MINUTE;

/** The call that a report is about, as it stands when the report arrives. */
export interface ReportedCall {
  outcome: 'allow' | 'deny' | 'defer';
  expiresAt?: Instant;
  /** The slot on the subject's row, where there still is one. */
  slot?: Slot;
  earlier: readonly Report[];
}

/**
 * Whether a report takes effect, judged on arrival and never again: of `placed` and `not_placed` the first wins, and
 * any other report implies `placed` (RULINGS 5). `placed` of a call that was refused, void or expired takes effect all
 * the same — the phone rang — and is flagged.
 */
export function judgeReport(
  call: ReportedCall,
  report: { type: ReportType; at: Instant; seconds?: number; ownClient: boolean },
  now: Instant,
): JudgedReport {
  return report.type === 'not_placed' ? judgeNotPlaced(call, report, now) : judgePlaced(call, report);
}

function judgeNotPlaced(call: ReportedCall, report: { ownClient: boolean }, now: Instant): JudgedReport {
  // Nothing was taken that could be given back; a call placed all the same must count whatever was said before.
  if (!isAllowed(call)) return { effective: false, flags: [] };
  const flags: ReportFlag[] = [];
  const effective = call.earlier.filter((earlier) => earlier.effective);
  const placed = effective.some((earlier) => earlier.type !== 'not_placed');
  // Without a slot there is nothing to give back, unless it has been given back already.
  const lost = call.slot === undefined && effective.length === 0;
  if (placed || lost || call.slot?.redeemedAt !== undefined) flags.push('CONTRADICTION');
  if (!report.ownClient) flags.push('FOREIGN_CLIENT');
  if (call.expiresAt !== undefined && now > call.expiresAt + NOT_PLACED_GRACE) flags.push('LATE_NOT_PLACED');
  return { effective: flags.length === 0, flags };
}

function judgePlaced(
  call: ReportedCall,
  report: { type: ReportType; at: Instant; seconds?: number },
): JudgedReport {
  const givenBack = call.earlier.some((earlier) => earlier.effective && earlier.type === 'not_placed');
  // The first wins for the authorization, which is gone; but a phone that rang has rung, and counts (promise 3).
  if (isAllowed(call) && givenBack) return { effective: true, flags: ['UNAUTHORIZED_CALL', 'CONTRADICTION'] };
  return { effective: true, flags: isUnauthorized(call, report) ? ['UNAUTHORIZED_CALL'] : [] };
}

const isAllowed = (call: ReportedCall): boolean => call.outcome === 'allow';

function isUnauthorized(
  call: ReportedCall,
  report: { type: ReportType; at: Instant; seconds?: number },
): boolean {
  if (!isAllowed(call) || call.expiresAt === undefined) return true;
  if (call.earlier.some((earlier) => earlier.flags.includes('UNAUTHORIZED_CALL'))) return true;
  if (call.slot?.redeemedAt !== undefined) return false;
  const late = startedBy(report) >= call.expiresAt;
  // Only the start of a call can come too late; what happens during a call started in time may.
  if (call.slot?.placedAt !== undefined) return late && report.type === 'placed';
  const voided = call.slot?.voidedAt;
  return late || (voided !== undefined && report.at >= voided);
}

const STARTS: ReadonlySet<ReportType> = new Set(['placed', 'ringing']);
const UNANSWERED_END: ReadonlySet<ReportType> = new Set(['answered', 'machine_detected', 'failed']);

/** The latest moment at which a call may have begun of which this is reported. */
function startedBy({ type, at, seconds }: { type: ReportType; at: Instant; seconds?: number }): Instant {
  if (STARTS.has(type)) return at;
  if (UNANSWERED_END.has(type)) return at - LONGEST_RINGING;
  // Of a talk it is known when it began if its length is; of anything else nothing can be said.
  return type === 'ended' && seconds !== undefined ? at - seconds * SECOND - LONGEST_RINGING : -Infinity;
}
