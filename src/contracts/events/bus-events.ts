import { Type } from '@sinclair/typebox';
import { Count, event, oneOf, Uuid } from './shapes';

const ofLetter = {
  replayId: Uuid,
  consumer: Type.String({ pattern: '^[a-z][a-z-]{0,63}$' }),
  eventId: Type.String({ format: 'uuid', description: 'The event that the consumer could not handle.' }),
  by: Uuid,
};

export const busEvents = {
  'bus.letter_replay_requested.v1': event(
    'Somebody asked to hand a dead letter to its consumer again.',
    ofLetter,
  ),
  'bus.letter_replayed.v1': event('A dead letter was handed to its consumer again.', {
    ...ofLetter,
    outcome: oneOf(['replayed', 'failed', 'behind', 'not_found']),
    handled: Type.Integer({ ...Count, description: 'How many events of the key were handled.' }),
  }),
};
