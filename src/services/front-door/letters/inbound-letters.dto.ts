import { type Static, Type } from '@sinclair/typebox';
import { INBOUND_TOPICS } from '../../../contracts/inbound-topics';
import { closed, listOf, listQueryWith, oneOf, prose, Timestamp, Uuid } from '../../../platform/http/schemas';
import { LETTER_STATES } from './inbound-letter';

export const LetterQuery = listQueryWith({
  state: Type.Optional(oneOf(LETTER_STATES)),
  topic: Type.Optional(oneOf(INBOUND_TOPICS)),
});
export type LetterQuery = Static<typeof LetterQuery>;

export const LetterAnswer = Type.Object({
  id: Uuid,
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.String(),
  state: oneOf(LETTER_STATES),
  parkedBehind: Type.Optional(Uuid),
  reason: Type.String({ description: 'A code, and where the fault lies; never what the record says.' }),
  attempts: Type.Integer(),
  recordedAt: Timestamp,
  settledAt: Type.Optional(Timestamp),
  settledBy: Type.Optional(Uuid),
});
export type LetterAnswer = Static<typeof LetterAnswer>;
export const LetterList = listOf(LetterAnswer);

export const DiscardBody = closed({ reason: prose(2_000) });
export type DiscardBody = Static<typeof DiscardBody>;

export const ReplayAnswer = Type.Object({
  handled: Type.Array(Uuid, { description: 'Letters that have had their effect, in order.' }),
  failed: Type.Optional(
    Type.Object(
      { id: Uuid, reason: Type.String() },
      { description: 'The letter that failed again; it stays, and those behind it.' },
    ),
  ),
});
