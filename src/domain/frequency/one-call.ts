import { engineStamp, objectionUntil, type Check } from '../decision/checks/check';
import type { DecisionFacts } from '../decision/facts';
import { engagedUntil, isTaken } from './slots';

const stamp = engineStamp(
  'engine-one-call',
  'one call at a time: never two calls ringing one person (RULINGS 4)',
);

/** Holds for every purpose: two machines ringing one person is what no purpose excuses. */
export const oneCallCheck: Check<DecisionFacts> = {
  stamp,
  judge: ({ slots }, at) => {
    let until = -Infinity;
    for (const slot of slots) if (isTaken(slot, at)) until = Math.max(until, engagedUntil(slot));
    return at < until
      ? objectionUntil(stamp, 'CALL_IN_PROGRESS', 'This person has a call authorized or under way.', until)
      : stamp.passed;
  },
};
