import type { Instant } from '../../domain/time/instant';

/**
 * The process's own time. It stamps what this process saw (an arrival, a log line); what orders decisions is the
 * database's clock, read after the row lock (RULINGS 1, 2).
 */
export interface Clock {
  /** The present moment. It may step backwards when the machine's time is corrected. */
  now(): Instant;
}

/** The token under which Nest injects the clock. */
export const CLOCK = Symbol('Clock');

/** The machine's clock. */
export class SystemClock implements Clock {
  now(): Instant {
    return Date.now();
  }
}
