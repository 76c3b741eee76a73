import { engineStamp, objection, type Check } from '../decision/checks/check';
import type { DecisionFacts } from '../decision/facts';
import type { Instant } from '../time/instant';

const stamp = engineStamp('engine-stops', 'a stop binds the next decision');

/** What a stop may be narrowed to (API.md, "Running campaigns"). */
export const STOP_SCOPES = [
  'all',
  'entity',
  'line',
  'vendor',
  'campaign',
  'callerId',
  'country',
  'subdivision',
  'purpose',
] as const;
export type StopScopeKind = (typeof STOP_SCOPES)[number];
export type StopScope = { kind: 'all' } | { kind: Exclude<StopScopeKind, 'all'>; id: string };

/** What becomes of calls in progress: those that were answered may finish, or every one of them ends. */
export const STOP_LIVE = ['finish', 'end'] as const;
export type StopLive = (typeof STOP_LIVE)[number];

/** No call of its scope may be placed from its recording to its end. Suspension of a campaign or vendor is one (RULINGS 12). */
export interface Stop {
  id: string;
  scope: StopScope;
  live: StopLive;
  reason: string;
  recordedAt: Instant;
  /** It ends by itself then. */
  until?: Instant;
  /** Two persons lifted it. */
  liftedAt?: Instant;
}

export const stopEnd = ({
  until = Infinity,
  liftedAt = Infinity,
}: Pick<Stop, 'until' | 'liftedAt'>): Instant => Math.min(until, liftedAt);

/**
 * What was allowed before the end of a stop was allowed before the stop, because while it stands nothing is. Such an
 * authorization is withdrawn for good: neither a lift nor an end brings it back.
 */
export const outlives = (stop: Stop, decidedAt: Instant): boolean => decidedAt < stopEnd(stop);

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
