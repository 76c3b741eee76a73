import { engineStamp, objection, objectionUntil, SEARCH_HORIZON, type Check } from '../decision/checks/check';
import { PREFERENCE_PURPOSES, type Purpose } from '../decision/purpose';
import type { DecisionFacts } from '../decision/facts';
import { firstClear, holdTogetherUntil, type TimeCondition } from '../time/time-condition';
import { hoursInZone, weekHours } from '../time/week-hours';
import type { Zone } from '../time/zones';

const quiet = engineStamp('engine-quiet-time', 'a pause that the person asked for');

/** Several pauses narrow together: the latest counts. */
const quietTimeCheck: Check = {
  stamp: quiet,
  judge: ({ subject }, at) => {
    let until = -Infinity;
    for (const { quietUntil } of subject.preferences) until = Math.max(until, quietUntil ?? until);
    return at < until
      ? objectionUntil(quiet, 'QUIET_TIME', 'The person asked not to be called for a while.', until)
      : quiet.passed;
  },
};

const hours = engineStamp('engine-preferred-hours', 'the hours that the person chose');

/** The person's own hours intersect, and hold in every zone the person may live in (READINGS 1). */
function preferredHoursCheck(zones: readonly Zone[]): Check {
  const openings = ({ subject }: DecisionFacts): TimeCondition[] =>
    subject.preferences.flatMap((preference) => {
      if (preference.hours === undefined) return [];
      const week = weekHours(preference.hours);
      return zones.map((zone) => hoursInZone(zone, week));
    });
  return {
    stamp: hours,
    judge: (call, at) => {
      if (call.subject.preferences.length === 0) return hours.passed;
      const clear = firstClear(openings(call), at, at + SEARCH_HORIZON);
      return clear === at
        ? hours.passed
        : objectionUntil(hours, 'QUIET_TIME', 'Outside the hours that the person chose.', clear);
    },
    holdsUntil: (call, at, limit) => holdTogetherUntil(openings(call), at, limit),
    openings,
  };
}

const noAiVoice = engineStamp(
  'engine-no-ai-voice',
  'a person who asked for people is not called by a machine',
);

const noAiVoiceCheck: Check = {
  stamp: noAiVoice,
  judge: ({ ask, subject }) =>
    ask.voice !== 'human' && subject.preferences.some((preference) => preference.noAiVoice === true)
      ? objection(noAiVoice, 'AI_VOICE_BARRED', 'The person asked not to be called by an artificial voice.')
      : noAiVoice.passed,
};

/**
 * A person's preferences. Fraud alerts and emergencies pass them, as they pass the hours of the law (READINGS,
 * "Purposes").
 */
export function preferenceChecks(zones: readonly Zone[], purpose: Purpose): Check[] {
  const checks = [quietTimeCheck, preferredHoursCheck(zones), noAiVoiceCheck];
  if (PREFERENCE_PURPOSES.includes(purpose)) return checks;
  return checks.map(({ stamp }) => ({ stamp, judge: () => stamp.notApplicable }));
}
