import type { HumanFirstRule } from '../../policy/pack';
import { objection, type Check, type RuleStamp } from './check';

/**
 * Ages that a machine may not call, or that nobody may call for this purpose. Whoever of a household is of that age may
 * be the one who answers, so one is enough; an age that nobody stated is recorded as `not_evaluated` (RULINGS 22).
 */
export function humanFirstCheck(rule: HumanFirstRule, stamp: RuleStamp): Check {
  const { ageBand, effect } = rule.values;
  const code = effect === 'barred' ? 'PURPOSE_NOT_ALLOWED' : 'HUMAN_REQUIRED';
  const detail =
    effect === 'barred'
      ? `A person of the age band ${ageBand} may not be called for this purpose.`
      : `A person of the age band ${ageBand} may be called about this product by a human only.`;
  return {
    stamp,
    judge: ({ subject }) => {
      let unknown = subject.persons.length === 0;
      for (const person of subject.persons) {
        if (person.ageBand === ageBand) return objection(stamp, code, detail);
        unknown ||= person.ageBand === undefined;
      }
      return unknown ? stamp.notEvaluated : stamp.passed;
    },
  };
}
