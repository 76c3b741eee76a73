/** What an operator never needs to turn and a test does. */
export interface LeaseOptions {
  /** After this a silent holder may be overtaken; renewed at a third of it. Ends within ten seconds together. */
  readonly leaseMs: number;
  /** How often a standby looks whether the lease is free. */
  readonly standbyMs: number;
}

export const LEASE_OPTIONS = Symbol('LeaseOptions');

/** A dead leader is overtaken after at most six seconds, one that stops in order within half of one. */
export const DEFAULT_LEASE_OPTIONS: LeaseOptions = { leaseMs: 5_000, standbyMs: 500 };
