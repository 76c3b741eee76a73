import { engineStamp, objection, type Check } from '../decision/checks/check';
import type { DecisionFacts } from '../decision/facts';

const stamp = engineStamp('engine-stops', 'a stop binds the next decision');

/** Stops in force, made by an officer or a monitor. They concern no person, but are none of a vendor's business. */
export const stopsCheck: Check<DecisionFacts> = {
  stamp,
  judge: ({ stops }) =>
    stops.length === 0
      ? stamp.passed
      : objection(
          stamp,
          'STOPPED',
          `Stopped: ${stops.map(({ id, reason }) => `${reason} (${id})`).join(', ')}.`,
        ),
};
