import { applies } from '../decision/checks/condition';
import { channelOfVoice, type Purpose } from '../decision/purpose';
import { engineStamp, objection, type Check, type KnownCall, type RuleStamp } from '../decision/checks/check';
import type { ConsentRule } from '../policy/pack';
import { addDuration, durationOf } from '../time/duration';
import type { Instant } from '../time/instant';
import type { Zone } from '../time/zones';
import { consentEnd, consentFault, type ConsentDemand } from './grants';

/** What a consent rule asks of a call for `purpose`. A lapse counted in months ends where it ends first. */
export function demandOf(
  rule: ConsentRule,
  purpose: Purpose,
  zones: readonly Zone[],
  revokedByOptOut: boolean,
): ConsentDemand {
  const { required, disqualifying, maxAge } = rule.values;
  const age = maxAge === undefined ? undefined : durationOf(maxAge);
  return {
    purpose: rule.values.purpose === 'campaign' ? purpose : rule.values.purpose,
    required,
    disqualifying,
    revokedByOptOut,
    lapses: (grantedAt) =>
      age === undefined ? Infinity : Math.min(...zones.map((zone) => addDuration(zone, grantedAt, age))),
  };
}

/** Recorded prior consent in the form the law asks for (READINGS 13). */
export function consentCheck(rule: ConsentRule, stamp: RuleStamp, demand: ConsentDemand): Check {
  return {
    stamp,
    judge: (call, at) => {
      if (!asksOf(rule, call)) return stamp.notApplicable;
      if (stands(call, demand, at)) return stamp.passed;
      const { code, detail } = consentFault(call, demand, at);
      return objection(stamp, code, detail);
    },
    holdsUntil: (call, at, limit) =>
      asksOf(rule, call) ? Math.min(limit, consentEnd(call, demand, at)) : limit,
  };
}

const asksOf = (rule: ConsentRule, { ask }: KnownCall): boolean =>
  rule.values.channels.includes(channelOfVoice(ask.voice));

/** A consent rule of one place with what it asks for. */
export interface PlacedDemand {
  rule: ConsentRule;
  demand: ConsentDemand;
}

const union = engineStamp('engine-consent-union', 'one consent must satisfy every law that may apply');

/**
 * Several laws ask for the union of their attributes (RULINGS 21), so one consent must satisfy all of them at once.
 * Speaks only where each rule passed by itself; what one of them refuses is that rule's own objection. The members of
 * a group ask for consent to the same purpose.
 */
export function consentUnionCheck(groups: readonly (readonly PlacedDemand[])[]): Check {
  const together = (call: KnownCall, at: Instant): ConsentDemand[] =>
    groups.flatMap((group) => {
      const demands = group
        .filter(({ rule }) => asksOf(rule, call) && applies(rule.when, call))
        .map(({ demand }) => demand);
      return demands.every((demand) => stands(call, demand, at)) ? joined(demands) : [];
    });
  return {
    stamp: union,
    judge: (call, at) => {
      const demands = together(call, at);
      if (demands.length === 0) return union.notApplicable;
      if (demands.every((demand) => stands(call, demand, at))) return union.passed;
      const detail = 'Consents satisfy each law by itself, and none satisfies all together.';
      return objection(union, 'CONSENT_SCOPE', detail);
    },
    holdsUntil: (call, at, limit) =>
      Math.min(limit, ...together(call, at).map((demand) => consentEnd(call, demand, at))),
  };
}

const stands = (call: KnownCall, demand: ConsentDemand, at: Instant): boolean =>
  consentEnd(call, demand, at) !== -Infinity;

/** What satisfies all demands at once; nothing where nothing is asked for. */
function joined(demands: readonly ConsentDemand[]): ConsentDemand[] {
  const [first] = demands;
  if (first === undefined) return [];
  const all: ConsentDemand = {
    purpose: first.purpose,
    required: demands.flatMap((demand) => demand.required),
    disqualifying: demands.flatMap((demand) => demand.disqualifying),
    revokedByOptOut: first.revokedByOptOut,
    lapses: (grantedAt) => Math.min(...demands.map((demand) => demand.lapses(grantedAt))),
  };
  return [all];
}
