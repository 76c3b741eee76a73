import { consentEnd, type ConsentDemand } from '../consent/grants';
import { objection, type Check, type KnownCall, type RuleStamp } from '../decision/checks/check';
import type { Purpose } from '../decision/purpose';
import type { RegistryRule } from '../policy/pack';
import { DAY, type Instant } from '../time/instant';

/**
 * A public or industry registry. A consent in the form the law asks for lifts the listing, and then a missing or old
 * copy is no objection either (READINGS 21).
 */
export function registryCheck(
  rule: RegistryRule,
  stamp: RuleStamp,
  purpose: Purpose,
  revokedByOptOut: boolean,
): Check {
  const { registryId, maxAgeDays, liftedBy } = rule.values;
  const demand: ConsentDemand = {
    purpose,
    required: liftedBy ?? [],
    disqualifying: [],
    revokedByOptOut,
    lapses: () => Infinity,
  };
  const liftEnd = (call: KnownCall, at: Instant): Instant =>
    liftedBy === undefined ? -Infinity : consentEnd(call, demand, at);
  const staleAt = (call: KnownCall): Instant =>
    (call.registries[registryId]?.asOf ?? -Infinity) + maxAgeDays * DAY;
  return {
    stamp,
    judge: (call, at) => {
      if (at < liftEnd(call, at)) return stamp.notApplicable;
      if (at >= staleAt(call)) {
        const detail = `The copy of the registry ${registryId} is missing or older than ${maxAgeDays} days.`;
        return objection(stamp, 'REGISTRY_STALE', detail);
      }
      return call.registries[registryId]?.listed === true
        ? objection(stamp, 'REGISTRY_LISTED', `The number is on the registry ${registryId}.`)
        : stamp.passed;
    },
    holdsUntil: (call, at, limit) => {
      const listed = call.registries[registryId]?.listed === true;
      return Math.min(limit, Math.max(liftEnd(call, at), listed ? -Infinity : staleAt(call)));
    },
  };
}
