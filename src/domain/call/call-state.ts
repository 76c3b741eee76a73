import type { Slot } from '../decision/facts';
import type { Stop } from '../suppression/stops';
import type { Instant } from '../time/instant';
import { impliesAnswered, type Report, type ReportType } from './report';

export const CALL_STATES = [
  'refused',
  'authorized',
  'void',
  'presumed_placed',
  'not_placed',
  'placed',
  'ringing',
  'answered',
  'ended',
  'failed',
] as const;
export type CallState = (typeof CALL_STATES)[number];

/** `none`: a refusal never had one. */
export type AuthorizationState = 'none' | 'live' | 'used' | 'void' | 'expired' | 'given_back';

export interface FoldedCall {
  outcome: 'allow' | 'deny' | 'defer';
  expiresAt?: Instant;
  slot?: Slot;
  reports: readonly Report[];
  /** Those that withdrew what was allowed. */
  stops?: readonly CallStop[];
}

/** What of a stop a call has to know. */
export type CallStop = Pick<Stop, 'recordedAt' | 'live'>;

/** When the authorization was withdrawn: by a word of the person's, or by a stop while it lived. */
export function voidedAt({ slot, stops = [], expiresAt = -Infinity }: FoldedCall): Instant | undefined {
  const stopped = stops.map(({ recordedAt }) => recordedAt).filter((at) => at < expiresAt);
  const first = Math.min(slot?.voidedAt ?? Infinity, ...stopped);
  return first === Infinity ? undefined : first;
}

/** The state of a call: how far its reports say it came, whatever order they arrived in. */
export function callState(call: FoldedCall, now: Instant): CallState {
  const effective = call.reports.filter((report) => report.effective);
  const types = new Set<ReportType>(effective.map((report) => report.type));
  if (types.has('not_placed')) return 'not_placed';
  if (types.has('ended')) return 'ended';
  if (types.has('failed')) return 'failed';
  if (effective.some(impliesAnswered)) return 'answered';
  if (types.has('ringing')) return 'ringing';
  if (types.size > 0) return 'placed';
  if (call.expiresAt === undefined || call.outcome !== 'allow') return 'refused';
  if (call.slot?.redeemedAt !== undefined) return 'placed';
  if (voidedAt(call) !== undefined) return 'void';
  return now < call.expiresAt ? 'authorized' : 'presumed_placed';
}

export function authorizationState(call: FoldedCall, now: Instant): AuthorizationState {
  if (call.outcome !== 'allow' || call.expiresAt === undefined) return 'none';
  const effective = call.reports.filter((report) => report.effective);
  if (effective.some((report) => report.type === 'not_placed')) return 'given_back';
  if (effective.length > 0 || call.slot?.redeemedAt !== undefined) return 'used';
  if (voidedAt(call) !== undefined) return 'void';
  return now < call.expiresAt ? 'live' : 'expired';
}
