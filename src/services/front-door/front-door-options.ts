import { MINUTE } from '../../domain/time/instant';

/** What an operator never needs to turn and a test does. */
export interface FrontDoorOptions {
  /** How often a record is tried whose failure is none of the database's state. */
  readonly tries: number;
  /** How often a record is offered that fails by what passes as a rule, and that it may bring about itself. */
  readonly offers: number;
  /** The wait after the given try, counted from 1. */
  readonly backoffMs: (attempt: number) => number;
  /** A question that waited longer is answered that it did. */
  readonly oldestQuestionMs: number;
  /** Transactions of effects at a time in this process: the pool belongs to the decisions first. */
  readonly effectsAtOnce: number;
}

export const FRONT_DOOR_OPTIONS = Symbol('FrontDoorOptions');

export const DEFAULT_FRONT_DOOR_OPTIONS: FrontDoorOptions = {
  tries: 4,
  offers: 5,
  backoffMs: (attempt) => 100 * 3 ** (attempt - 1),
  oldestQuestionMs: MINUTE,
  effectsAtOnce: 4,
};
