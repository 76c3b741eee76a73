import { Type } from '@sinclair/typebox';
import { STOP_LIVE, STOP_SCOPES } from '../../domain/suppression/stops';
import { event, Millis, oneOf, Slug, Uuid } from './shapes';

const scope = {
  scope: oneOf(STOP_SCOPES),
  scopeId: Type.Optional(Slug),
};

export const stopEvents = {
  'stop.recorded.v1': event('Nobody of this scope is called from now on.', {
    id: Uuid,
    by: Type.Optional(Uuid),
    ...scope,
    live: oneOf(STOP_LIVE),
    until: Type.Optional(Millis),
    madeBy: oneOf(['client', 'monitor']),
  }),
  'stop.lift_requested.v1': event('Somebody asked to go on; another person decides.', {
    id: Uuid,
    askedBy: Uuid,
  }),
  'stop.lifted.v1': event('Two persons lifted a stop.', {
    id: Uuid,
    by: Type.Optional(Uuid),
    ...scope,
    approvalId: Uuid,
  }),
};
