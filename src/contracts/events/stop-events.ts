import { Type } from '@sinclair/typebox';
import { STOP_LIVE, STOP_SCOPES } from '../../domain/suppression/stops';
import { INBOUND_TOPICS } from '../inbound-topics';
import { Count, event, Millis, oneOf, Slug, Uuid } from './shapes';

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

/** What came in by a topic: its place, never its words. */
export const inboundEvents = {
  'inbound.letter_kept.v1': event('A message that came in could not be handled, and is kept.', {
    letterId: Uuid,
    parkedBehind: Type.Optional(
      Type.String({ format: 'uuid', description: 'The earlier letter of its key that it waits for.' }),
    ),
    topic: oneOf(INBOUND_TOPICS),
    partition: Count,
    offset: Type.String({ pattern: '^\\d{1,19}$' }),
    reason: Type.String({ pattern: '^[\\w .:/-]{1,200}$' }),
  }),
  'inbound.letter_replayed.v1': event('A message that was kept was handled.', { letterId: Uuid, by: Uuid }),
  'inbound.letter_discarded.v1': event('A message that was kept will not be handled.', {
    letterId: Uuid,
    by: Uuid,
  }),
};
