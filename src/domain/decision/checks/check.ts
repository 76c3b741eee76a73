import type { Citation, Force } from '../../policy/pack';
import { DAY, type Instant } from '../../time/instant';
import { bindingUntil, type TimeCondition } from '../../time/time-condition';
import type { CampaignFacts, DecisionFacts } from '../facts';
import type { ReasonCode } from '../reason-codes';
import type { RuleVerdict } from '../verdict';

/** How far ahead a first legal instant is looked for (RULINGS 9). */
export const SEARCH_HORIZON = 400 * DAY;

/** A call whose campaign is known: without one, most rules have nothing to look at. */
export interface KnownCall extends DecisionFacts {
  campaign: CampaignFacts;
}

export const isKnownCall = (facts: DecisionFacts): facts is KnownCall => facts.campaign !== undefined;

/** What all verdicts of one rule have in common. Those without detail are made once, frozen and shared. */
export interface RuleStamp {
  readonly rule: string;
  readonly source: string;
  readonly force: Force;
  readonly fault: boolean;
  /** The rule is in force before this instant; Infinity for rules without an end. */
  readonly endsAt: Instant;
  readonly passed: RuleVerdict;
  readonly notApplicable: RuleVerdict;
  readonly notEvaluated: RuleVerdict;
}

/** One rule, ready to judge calls. Pure: the same call and instant give the same verdict. */
export interface Check<Call extends DecisionFacts = KnownCall> {
  readonly stamp: RuleStamp;
  readonly judge: (call: Call, at: Instant) => RuleVerdict;
  /** For a call it passed at `at`: when it would object first, or `limit`. Absent: it never turns by time alone. */
  readonly holdsUntil?: (call: Call, at: Instant, limit: Instant) => Instant;
  /** The hours and days it asks for; absent for rules that ask for none. */
  readonly openings?: (call: Call) => readonly TimeCondition[];
}

export function ruleStamp(
  rule: string,
  source: string,
  force: Force,
  { fault, endsAt }: { fault: boolean; endsAt: Instant },
): RuleStamp {
  const say = (result: RuleVerdict['result']): RuleVerdict => Object.freeze({ rule, result, source, force });
  return {
    rule,
    source,
    force,
    fault,
    endsAt,
    passed: say('passed'),
    notApplicable: say('not_applicable'),
    notEvaluated: say('not_evaluated'),
  };
}

/** The stamp of a check that every call gets, in every place; `source` says what it is for. */
export function engineStamp(rule: `engine-${string}`, source: string, fault = false): RuleStamp {
  return ruleStamp(rule, `Quietline: ${source}`, 'default', { fault, endsAt: Infinity });
}

/** A citation in one line. */
export function sourceText({ instrument, article, effectiveFrom }: Citation): string {
  return `${instrument}${article === undefined ? '' : `, ${article}`} (from ${effectiveFrom})`;
}

/** An objection that time does not lift. */
export function objection(stamp: RuleStamp, code: ReasonCode, detail: string): RuleVerdict {
  const { rule, source, force } = stamp;
  const verdict: RuleVerdict = { rule, result: 'objected', code, detail, source, force };
  if (stamp.fault) verdict.fault = 'request';
  return verdict;
}

/**
 * An objection that is gone at `until`, or when its rule is no longer in force. Infinity: time does not lift this one,
 * whatever its code.
 */
export function objectionUntil(
  stamp: RuleStamp,
  code: ReasonCode,
  detail: string,
  until: Instant,
): RuleVerdict {
  const verdict = objection(stamp, code, detail);
  const end = Math.min(until, stamp.endsAt);
  if (end !== Infinity) verdict.until = end;
  return verdict;
}

/** Conditions as openings of their rule: they end with it. */
export function datedOpenings(
  stamp: RuleStamp,
  conditions: readonly TimeCondition[],
): readonly TimeCondition[] {
  return stamp.endsAt === Infinity
    ? conditions
    : conditions.map((condition) => bindingUntil(condition, stamp.endsAt));
}
