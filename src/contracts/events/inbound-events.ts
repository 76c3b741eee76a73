import { Type } from '@sinclair/typebox';
import { INBOUND_TOPICS } from '../inbound-topics';
import { Count, event, oneOf, ourWords, Uuid } from './shapes';

const settled = { letterId: Uuid, by: Uuid };

export const inboundEvents = {
  'inbound.letter_kept.v1': event('A record of an inbound topic could not be handled, or waits for one.', {
    letterId: Uuid,
    topic: oneOf(INBOUND_TOPICS),
    partition: Count,
    offset: Type.String({ pattern: '^\\d{1,19}$' }),
    reason: ourWords,
    parkedBehind: Type.Optional(
      Type.String({ format: 'uuid', description: 'The letter that has to be settled first.' }),
    ),
  }),
  'inbound.letter_replayed.v1': event('Such a record was taken after all.', settled),
  'inbound.letter_discarded.v1': event('Such a record was given up, with a reason.', settled),
};
