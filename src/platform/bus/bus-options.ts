/** What an operator never needs to turn and a test does. */
export interface BusOptions {
  /** How often a handler is tried with one event before it becomes a dead letter. */
  readonly tries: number;
  /** The wait after the given try, counted from 1. */
  readonly backoffMs: (attempt: number) => number;
  /** When one that has not come back is given up as failed; above the time that one statement may take. */
  readonly handlerMs: number;
  /** Transactions of handlers at a time in this process: the pool belongs to the decisions first. */
  readonly handlersAtOnce: number;
  /** After this a silent holder may be overtaken; renewed at a third of it. Ends within ten seconds together. */
  readonly leaseMs: number;
  /** How long the subscriptions of a process that went away still bind the others, so that its restart loses nothing. */
  readonly rememberMs: number;
  /** Events taken in one turn, over all buckets. */
  readonly batch: number;
  readonly pollMs: { readonly busy: number; readonly idle: number };
  /** How long a stop goes on emptying the queue. */
  readonly drainMs: number;
}

export const BUS_OPTIONS = Symbol('BusOptions');

/** Five tries within four seconds; a dead process is overtaken after at most eight. */
export const DEFAULT_BUS_OPTIONS: BusOptions = {
  tries: 5,
  backoffMs: (attempt) => 100 * 3 ** (attempt - 1),
  handlerMs: 20_000,
  handlersAtOnce: 4,
  leaseMs: 6_000,
  rememberMs: 120_000,
  batch: 1_000,
  pollMs: { busy: 20, idle: 100 },
  drainMs: 2_000,
};
