import { objectionUntil, type Check, type RuleStamp } from '../decision/checks/check';
import type { Purpose } from '../decision/purpose';
import type { CooldownRule } from '../policy/pack';
import { addDuration, durationOf } from '../time/duration';
import type { Instant } from '../time/instant';
import type { Zone } from '../time/zones';
import { unansweredRefusals } from './grants';

/** What a pack says instead of a duration: nobody asks again before the person has consented unasked. */
export const PERSON_ACTS = 'person_acts';

/** When consent may be asked for again after a "no" at `at`: in all of these zones, or never (Infinity). */
export function askAgainFrom(wait: string, at: Instant, zones: readonly Zone[]): Instant {
  if (wait === PERSON_ACTS) return Infinity;
  const pause = durationOf(wait);
  return Math.max(at, ...zones.map((zone) => addDuration(zone, at, pause)));
}

/**
 * No call to somebody who said no when asked for consent, because the call would ask again (RULINGS 23; in China
 * 网络数据安全管理条例 Art. 22, read 2026-11-20). A consent given after the "no" is the person's own act and lifts it.
 * Campaigns do not say that they ask for consent, so it binds all of the rule's purposes. That consent is missing is the
 * consent rules' own objection and may be observed; this one never is (RULINGS 8).
 */
export function refusedConsentCheck(
  rule: CooldownRule,
  stamp: RuleStamp,
  zones: readonly Zone[],
  purpose: Purpose,
): Check {
  const { duration } = rule.values;
  const detail = 'The person said no when asked for consent, and has not consented since.';
  return {
    stamp,
    judge: (call, at) => {
      const refusals = unansweredRefusals(call, purpose, at);
      if (refusals.length === 0) return stamp.passed;
      const until = Math.max(...refusals.map((refusal) => askAgainFrom(duration, refusal.at, zones)));
      return at < until ? objectionUntil(stamp, 'REFUSAL_COOLDOWN', detail, until) : stamp.passed;
    },
  };
}
