import { objectionUntil, type Check, type RuleStamp } from '../decision/checks/check';
import type { CooldownRule } from '../policy/pack';
import { addDuration, durationOf } from '../time/duration';
import type { Zone } from '../time/zones';

/**
 * "Not now" and "not interested" in an earlier call: the time that the person named, otherwise the rule's own. It was
 * said to the institution, so it holds for all of its campaigns.
 */
export function cooldownCheck(rule: CooldownRule, stamp: RuleStamp, zones: readonly Zone[]): Check {
  const { after, duration } = rule.values;
  const pause = durationOf(duration);
  const detail = `The person said “${after.replaceAll('_', ' ')}” in an earlier call.`;
  return {
    stamp,
    judge: ({ subject }, at) => {
      let until = -Infinity;
      for (const cooldown of subject.cooldowns) {
        if (cooldown.kind !== after) continue;
        const ends =
          cooldown.until ?? Math.max(...zones.map((zone) => addDuration(zone, cooldown.at, pause)));
        until = Math.max(until, ends);
      }
      return at < until ? objectionUntil(stamp, 'REFUSAL_COOLDOWN', detail, until) : stamp.passed;
    },
  };
}
