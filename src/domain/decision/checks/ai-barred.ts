import type { AiBarredRule } from '../../policy/pack';
import { objection, type Check, type RuleStamp } from './check';

/** Places whose law keeps artificial and prerecorded voices off the telephone; a human caller passes. */
export function aiBarredCheck(_rule: AiBarredRule, stamp: RuleStamp): Check {
  return {
    stamp,
    judge: ({ ask }) =>
      ask.voice === 'human'
        ? stamp.passed
        : objection(stamp, 'AI_VOICE_BARRED', 'This place does not admit artificial or prerecorded voices.'),
  };
}
