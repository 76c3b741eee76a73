import type { DecisionFacts } from '../facts';
import { engineStamp, objection, type Check } from './check';

const stamp = engineStamp('engine-number', 'the number must be able to be a person’s telephone', true);

/** Numbers that are none, and numbers that exist and are nobody's telephone (READINGS 9). */
export const numberCheck: Check<DecisionFacts> = {
  stamp,
  judge: ({ ask: { number } }) => {
    switch (number.kind) {
      case 'valid':
        return stamp.passed;
      case 'invalid':
        return objection(stamp, 'NUMBER_INVALID', `Not a telephone number: ${words(number.why)}.`);
      case 'not_callable':
        return objection(
          stamp,
          'NUMBER_NOT_CALLABLE',
          `Not a person’s telephone: a number of the kind ${words(number.why)}.`,
        );
    }
  },
};

const words = (why: string): string => why.replaceAll('_', ' ');
