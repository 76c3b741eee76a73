import { type Static, Type } from '@sinclair/typebox';
import { STOP_LIVE, STOP_SCOPES } from '../../domain/suppression/stops';
import { writeInstant } from '../../platform/http/instants';
import {
  closed,
  listOf,
  listQueryWith,
  oneOf,
  prose,
  Slug,
  Timestamp,
  Uuid,
} from '../../platform/http/schemas';
import type { StoredStop } from './stops.repository';

export const STOP_STATES = ['standing', 'ended', 'lifted'] as const;
export type StopState = (typeof STOP_STATES)[number];

export const StopBody = closed({
  /** `all` needs no id, everything else does. */
  scope: closed({ kind: oneOf(STOP_SCOPES), id: Type.Optional(Slug) }),
  live: oneOf(STOP_LIVE),
  reason: prose(2_000),
  until: Type.Optional(Timestamp),
});
export type StopBody = Static<typeof StopBody>;

export const LiftBody = closed({ reason: prose(2_000) });
export type LiftBody = Static<typeof LiftBody>;

export const StopQuery = listQueryWith({ state: Type.Optional(oneOf(STOP_STATES)) });
export type StopQuery = Static<typeof StopQuery>;

export const StopAnswer = Type.Object({
  id: Uuid,
  state: oneOf(STOP_STATES),
  scope: Type.Object({ kind: oneOf(STOP_SCOPES), id: Type.Optional(Type.String()) }),
  live: oneOf(STOP_LIVE),
  reason: Type.String({ description: 'Every number in it is hidden.' }),
  recordedAt: Timestamp,
  recordedBy: Type.Optional(Type.String({ format: 'uuid', description: 'Absent where a monitor made it.' })),
  madeBy: oneOf(['client', 'monitor']),
  until: Type.Optional(Timestamp),
  liftedAt: Type.Optional(Timestamp),
  liftedBy: Type.Optional(Uuid),
  approvalId: Type.Optional(Uuid),
});
export type StopAnswer = Static<typeof StopAnswer>;
export const StopList = listOf(StopAnswer);

export function stopAnswer(stop: StoredStop, now: number): StopAnswer {
  const { until, lift, recordedBy } = stop;
  return {
    id: stop.id,
    state: stateOf(stop, now),
    scope: stop.scope,
    live: stop.live,
    reason: stop.reason,
    recordedAt: writeInstant(stop.recordedAt),
    madeBy: recordedBy === null ? 'monitor' : 'client',
    ...(recordedBy === null ? {} : { recordedBy }),
    ...(until === undefined ? {} : { until: writeInstant(until) }),
    ...(lift === undefined
      ? {}
      : { liftedAt: writeInstant(lift.at), liftedBy: lift.by, approvalId: lift.approvalId }),
  };
}

export function stateOf({ lift, until }: Pick<StoredStop, 'lift' | 'until'>, now: number): StopState {
  if (lift !== undefined) return 'lifted';
  return until !== undefined && until <= now ? 'ended' : 'standing';
}
