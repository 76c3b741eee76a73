import { type Purpose, PURPOSES } from '../decision/purpose';

/**
 * What is not said to a stranger: whatever is meant for the customer, warnings of fraud included, because any of it
 * tells that the bank knows the customer (OPTOUT.md, "disclose nothing"). Danger to life concerns whoever answers.
 */
export const WRONG_PERSON_PURPOSES: readonly Purpose[] = PURPOSES.filter(
  (purpose) => purpose !== 'emergency',
);
