import type { RuleCondition } from '../../policy/pack';
import type { Check, KnownCall } from './check';

/** Whether a rule looks at this call at all. A risk class that a campaign did not state is none of those asked for. */
export function applies(when: RuleCondition | undefined, { ask, campaign }: KnownCall): boolean {
  if (when === undefined) return true;
  if (when.voices !== undefined && !when.voices.includes(ask.voice)) return false;
  if (when.sharesData !== undefined && when.sharesData !== campaign.sharesData) return false;
  if (when.usesSensitiveData !== undefined && when.usesSensitiveData !== campaign.usesSensitiveData) {
    return false;
  }
  return when.productRisks === undefined || isOneOf(when.productRisks, campaign.productRisk);
}

function isOneOf<T>(list: readonly T[], value: T | undefined): boolean {
  return value !== undefined && list.includes(value);
}

/** The check, `not_applicable` to calls outside its condition. */
export function conditional(check: Check, when: RuleCondition | undefined): Check {
  if (when === undefined) return check;
  const { stamp, holdsUntil, openings } = check;
  return {
    stamp,
    judge: (call, at) => (applies(when, call) ? check.judge(call, at) : stamp.notApplicable),
    ...(holdsUntil === undefined
      ? {}
      : { holdsUntil: (call, at, limit) => (applies(when, call) ? holdsUntil(call, at, limit) : limit) }),
    ...(openings === undefined ? {} : { openings: (call) => (applies(when, call) ? openings(call) : []) }),
  };
}
