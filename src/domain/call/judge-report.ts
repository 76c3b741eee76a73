import type { Slot } from '../decision/facts';
import { type Instant, MINUTE } from '../time/instant';
import type { JudgedReport, Report, ReportFlag, ReportType } from './report';

/** `not_placed` gives a slot back until then after expiry; later only a carrier's record does (RULINGS 5). */
export const NOT_PLACED_GRACE = 10 * MINUTE;

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
  report: { type: ReportType; at: Instant; ownClient: boolean },
  now: Instant,
): JudgedReport {
  return report.type === 'not_placed' ? judgeNotPlaced(call, report, now) : judgePlaced(call, report);
}

function judgeNotPlaced(call: ReportedCall, report: { ownClient: boolean }, now: Instant): JudgedReport {
  // Nothing was taken that could be given back; a call placed all the same must count whatever was said before.
  if (!isAllowed(call)) return { effective: false, flags: [] };
  const flags: ReportFlag[] = [];
  const placed = call.earlier.some((earlier) => earlier.effective && earlier.type !== 'not_placed');
  if (placed || call.slot?.redeemedAt !== undefined) flags.push('CONTRADICTION');
  if (!report.ownClient) flags.push('FOREIGN_CLIENT');
  if (call.expiresAt !== undefined && now > call.expiresAt + NOT_PLACED_GRACE) flags.push('LATE_NOT_PLACED');
  return { effective: flags.length === 0, flags };
}

function judgePlaced(call: ReportedCall, report: { type: ReportType; at: Instant }): JudgedReport {
  if (call.earlier.some((earlier) => earlier.effective && earlier.type === 'not_placed')) {
    return { effective: false, flags: ['CONTRADICTION'] };
  }
  return { effective: true, flags: isUnauthorized(call, report) ? ['UNAUTHORIZED_CALL'] : [] };
}

const isAllowed = (call: ReportedCall): boolean => call.outcome === 'allow';

function isUnauthorized(call: ReportedCall, report: { type: ReportType; at: Instant }): boolean {
  if (!isAllowed(call) || call.expiresAt === undefined) return true;
  if (call.earlier.some((earlier) => earlier.flags.includes('UNAUTHORIZED_CALL'))) return true;
  // Only the start of a call can come too late; what happens during a call started in time may.
  const started = call.slot?.placedAt ?? call.slot?.redeemedAt;
  if (started !== undefined) return false;
  const voided = call.slot?.voidedAt;
  if (voided !== undefined && report.at >= voided) return true;
  return report.type === 'placed' && report.at >= call.expiresAt;
}
