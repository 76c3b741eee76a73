import type { Instant } from '../time/instant';
import type { Decision, Reason } from './verdict';

/** All that a vendor-bound dialer is told. */
export interface CoarseAnswer {
  outcome: Decision['outcome'];
  reasons: Reason[];
  notBefore?: Instant;
}

const SOURCE = 'Quietline: a vendor learns that it may not call, and nothing of the person';

const NOT_CALLABLE: Reason = Object.freeze({
  code: 'NOT_CALLABLE',
  rule: 'engine-coarse',
  detail: 'This call may not be placed.',
  source: SOURCE,
  force: 'default',
});

const NOT_NOW: Reason = Object.freeze({
  code: 'NOT_NOW',
  rule: 'engine-coarse',
  detail: 'This call may not be placed now.',
  source: SOURCE,
  force: 'default',
});

/**
 * The answer without anything that tells of a customer (API.md, "Deciding"). A fault of the request is named, and then
 * nothing else: beside it even the mere presence of another reason would make a broken request an oracle that costs no
 * slot. Stops are refusals of ours and no fault of the request. Everything else is one of two fixed reasons.
 */
export function coarsen(decision: Omit<Decision, 'verdicts'>): CoarseAnswer {
  if (decision.outcome === 'allow') return { outcome: 'allow', reasons: [] };
  const faults = decision.reasons.filter((reason) => reason.fault === 'request');
  if (faults.length > 0) return { outcome: 'deny', reasons: faults };
  if (decision.notBeforeCoarse === undefined) return { outcome: 'deny', reasons: [NOT_CALLABLE] };
  return { outcome: 'defer', reasons: [NOT_NOW], notBefore: decision.notBeforeCoarse };
}
