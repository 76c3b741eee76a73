import { type Static, Type } from '@sinclair/typebox';
import { oneOf, Timestamp, Uuid } from '../../../platform/http/schemas';

export const ReceiptAnswer = Type.Object({
  receiptId: Uuid,
  kind: oneOf(['suppression', 'preference', 'consent_withdrawal', 'consent_refusal']),
  id: Type.String({ format: 'uuid', description: 'Of the wish, preference, withdrawal or refusal.' }),
  recordedAt: Timestamp,
  said: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Whose word it was, by what was asked with: a number (masked), a customerId or a subjectId.',
  }),
  content: Type.Record(Type.String(), Type.Unknown(), { description: 'What was recorded.' }),
  confirmation: Type.Optional(Type.String()),
});
export type ReceiptAnswer = Static<typeof ReceiptAnswer>;
