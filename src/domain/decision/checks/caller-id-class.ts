import type { CallerIdRule } from '../../policy/pack';
import { objection, type Check, type RuleStamp } from './check';

/** Classes of caller numbers that the law keeps out of a purpose. An unregistered number is refused elsewhere. */
export function callerIdClassCheck(rule: CallerIdRule, stamp: RuleStamp): Check {
  const denied = rule.values.denyClasses;
  return {
    stamp,
    judge: ({ callerId, campaign }) => {
      if (callerId === undefined) return stamp.notEvaluated;
      if (!denied.includes(callerId.class)) return stamp.passed;
      const detail = `A caller number of the class ${callerId.class} may not be used for ${campaign.purpose} calls.`;
      return objection(stamp, 'CALLER_ID_NOT_ALLOWED', detail);
    },
  };
}
