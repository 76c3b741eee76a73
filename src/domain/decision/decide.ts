import type { Policy } from '../policy/policy';
import type { Instant } from '../time/instant';
import { atlasOf, type PlaceAtlas } from './plan/atlas';
import { isKnownCall, type KnownCall } from './checks/check';
import { obligationsOf } from './checks/obligations';
import type { CampaignFacts, DecisionFacts } from './facts';
import { holdsUntil, judge, type Judgement } from './plan/judge';
import { coarseNotBefore, firstLegalInstant } from './not-before';
import type { Plan } from './plan/plan';
import type { Decision, Obligations, Reason, RuleVerdict } from './verdict';

/**
 * Whether a call may be placed at `facts.at`, by every rule of every law that may apply. Pure: no clock, no chance, no
 * state but memos, so that the same facts and policy give the same answer years later (promise 7). Whatever is unknown
 * refuses (promise 4); every verdict is kept, not only the first objection (promise 6).
 */
export function decide(facts: DecisionFacts, policy: Policy): Decision {
  const atlas = atlasOf(facts.ask, facts.subject.persons, policy);
  const judgement = judge(facts, atlas, facts.at);
  const { verdicts, objections } = judgement;
  const { candidates } = atlas.place;
  // An unknown campaign is an objection that time does not lift: only a known call gets further than this.
  if (!isKnownCall(facts) || objections.some(({ verdict }) => verdict.until === undefined)) {
    return { outcome: 'deny', reasons: reasonsOf(judgement), verdicts, candidates };
  }
  if (objections.length > 0) return deferral(facts, policy, atlas, judgement);
  return {
    outcome: 'allow',
    reasons: [],
    verdicts,
    candidates,
    expiresAt: authorizationEnd(facts, atlas, judgement.plan),
    obligations: sharedObligations(judgement.plan, facts),
  };
}

function deferral(call: KnownCall, policy: Policy, atlas: PlaceAtlas, judgement: Judgement): Decision {
  const { verdicts } = judgement;
  const reasons = reasonsOf(judgement);
  const { candidates } = atlas.place;
  const notBefore = firstLegalInstant(call, atlas, judgement);
  if (notBefore === undefined) return { outcome: 'deny', reasons, verdicts, candidates };
  const notBeforeCoarse = coarseNotBefore(call, policy);
  return { outcome: 'defer', reasons, verdicts, candidates, notBefore, notBeforeCoarse };
}

function reasonsOf({ objections }: Judgement): Reason[] {
  return objections.map(({ verdict }) => reasonOf(verdict));
}

function reasonOf({ code, rule, detail, source, force, until, fault }: RuleVerdict): Reason {
  // `objection` sets code and detail of every verdict that objects.
  const reason = { code, rule, detail, source, force } as Reason;
  if (until !== undefined) reason.until = until;
  if (fault !== undefined) reason.fault = fault;
  return reason;
}

/**
 * RULINGS 6: the authorization ends before anything that allowed the call does: the window, the day before a holiday,
 * consent, approval, right of use, registry copy, the person's hours, the rules themselves.
 */
function authorizationEnd(call: KnownCall, atlas: PlaceAtlas, plan: Plan): Instant {
  const limit = Math.min(call.at + call.ttl, atlas.nextChange(call.at));
  return holdsUntil(plan, call, call.at, limit);
}

const obligations = new WeakMap<Plan, WeakMap<CampaignFacts, Obligations>>();

/** A memo by campaign object: an allowed call has the campaign's voice, and nothing else of the call enters. */
function sharedObligations(plan: Plan, call: KnownCall): Obligations {
  let ofPlan = obligations.get(plan);
  if (ofPlan === undefined) {
    ofPlan = new WeakMap();
    obligations.set(plan, ofPlan);
  }
  let shared = ofPlan.get(call.campaign);
  if (shared === undefined) {
    shared = obligationsOf(plan.duties, call);
    ofPlan.set(call.campaign, shared);
  }
  return shared;
}
