import { coarsen } from '../../domain/decision/coarse';
import type { Reason } from '../../domain/decision/verdict';
import type { E164 } from '../../domain/phone/e164';
import type { Instant } from '../../domain/time/instant';
import type { Actor } from '../../contracts/actor';
import { writeInstant } from '../../platform/http/instants';
import type { DecisionAnswer } from './decisions.dto';
import type { MadeDecision } from './batch/pending-decision';

/**
 * What the asker is told. A vendor-bound client learns faults of its own request and otherwise only NOT_CALLABLE or
 * NOT_NOW: the gate must not become an oracle about customers (API.md, "Deciding").
 */
export function answerOf(
  made: Omit<MadeDecision, 'callId'> & { callId?: string },
  actor: Actor,
): DecisionAnswer {
  const { decision } = made;
  const head = {
    ...(made.callId === undefined ? {} : { callId: made.callId }),
    enforced: true,
    decidedAt: writeInstant(made.decidedAt),
    policyVersion: made.policyVersion,
  };
  if (actor.vendorId !== undefined) {
    const coarse = coarsen(decision);
    return {
      ...head,
      outcome: coarse.outcome,
      reasons: coarse.reasons.map(reasonOf),
      ...(coarse.notBefore === undefined ? {} : { notBefore: writeInstant(coarse.notBefore) }),
      ...(decision.obligations === undefined ? {} : { obligations: decision.obligations }),
    };
  }
  return {
    ...head,
    outcome: decision.outcome,
    reasons: decision.reasons.map(reasonOf),
    ...(decision.notBefore === undefined ? {} : { notBefore: writeInstant(decision.notBefore) }),
    ...(decision.obligations === undefined ? {} : { obligations: decision.obligations }),
    evidence: { candidates: decision.candidates },
  };
}

/** Adds the one-use token to an allow. */
export function withAuthorization(
  answer: DecisionAnswer,
  call: { to: E164; campaignId: string; callerId: string; expiresAt: Instant },
  issue: (claims: typeof call & { callId: string }) => string,
): DecisionAnswer {
  if (answer.callId === undefined) return answer;
  const token = issue({ ...call, callId: answer.callId });
  return { ...answer, authorization: { token, expiresAt: writeInstant(call.expiresAt) } };
}

const reasonOf = ({ until, fault: _fault, ...reason }: Partial<Reason> & Pick<Reason, 'code'>) => ({
  ...reason,
  ...(until === undefined ? {} : { until: writeInstant(until) }),
});
