import type { Instant } from '../../time/instant';
import type { TimeCondition } from '../../time/time-condition';
import type { PlaceAtlas } from './atlas';
import { isKnownCall, type KnownCall, type RuleStamp } from '../checks/check';
import type { DecisionFacts } from '../facts';
import type { Plan } from './plan';
import type { RuleVerdict } from '../verdict';

/** What every rule says of one call at one instant. */
export interface Judgement {
  plan: Plan;
  verdicts: RuleVerdict[];
  objections: { verdict: RuleVerdict; stamp: RuleStamp }[];
}

/** Judges the call by all rules in force at `at`, which need not be the instant the facts were gathered at. */
export function judge(facts: DecisionFacts, atlas: PlaceAtlas, at: Instant): Judgement {
  const plan = atlas.planAt(facts.campaign?.purpose, at);
  const judgement: Judgement = { plan, verdicts: [], objections: [] };
  for (const check of plan.always) note(judgement, check.judge(facts, at), check.stamp);
  if (isKnownCall(facts)) {
    for (const check of plan.known) note(judgement, check.judge(facts, at), check.stamp);
  } else {
    for (const { stamp } of plan.known) judgement.verdicts.push(stamp.notEvaluated);
  }
  return judgement;
}

function note(judgement: Judgement, verdict: RuleVerdict, stamp: RuleStamp): void {
  judgement.verdicts.push(verdict);
  if (verdict.result === 'objected') judgement.objections.push({ verdict, stamp });
}

/** For a call to which nothing objected: the first instant at which something would, or `limit`. */
export function holdsUntil(plan: Plan, call: KnownCall, at: Instant, limit: Instant): Instant {
  let end = limit;
  for (const check of plan.always) if (check.holdsUntil !== undefined) end = check.holdsUntil(call, at, end);
  for (const check of plan.known) if (check.holdsUntil !== undefined) end = check.holdsUntil(call, at, end);
  return end;
}

/** The hours and days that the rules of a plan ask for. */
export function openingsOf(plan: Plan, call: KnownCall): TimeCondition[] {
  return plan.known.flatMap((check) => check.openings?.(call) ?? []);
}
