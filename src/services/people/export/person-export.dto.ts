import { type Static, Type } from '@sinclair/typebox';
import { Timestamp, Uuid } from '../../../platform/http/schemas';
import { ConsentDetail, ConsentsAnswer } from '../consents/consents.dto';
import { PersonAnswer } from '../people/people.dto';
import { PreferenceAnswer } from '../preferences/preferences.dto';
import { SuppressionAnswer } from '../wishes/suppressions.dto';

const { receiptId, personId, recordedBy, source, ...bound } = SuppressionAnswer.properties;
const ExportedWish = Type.Object({
  ...bound,
  receiptId: Type.Optional(receiptId),
  personId: Type.Optional(personId),
  recordedBy: Type.Optional(recordedBy),
  source: Type.Optional(source),
  reason: Type.Optional(Type.String()),
  bindsYou: Type.Optional(
    Type.Boolean({
      description: 'Said by a number that others have or had: it binds, and no more is told of it.',
    }),
  ),
});
export type ExportedWish = Static<typeof ExportedWish>;

const ExportedCooldown = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  at: Timestamp,
  until: Type.Optional(Type.String({ format: 'date-time', description: 'The time the person named.' })),
  campaignId: Type.Optional(Type.String()),
});
export type ExportedCooldown = Static<typeof ExportedCooldown>;

const ExportedCall = Type.Object({
  callId: Uuid,
  number: Type.String(),
  campaignId: Type.Optional(Type.String()),
  entity: Type.Optional(Type.String()),
  vendorId: Type.Optional(Type.String()),
  purpose: Type.Optional(Type.String()),
  decidedAt: Timestamp,
  outcome: Type.String(),
  reasons: Type.Array(
    Type.Object({
      code: Type.String(),
      rule: Type.String(),
      detail: Type.String(),
      source: Type.String(),
      until: Type.Optional(Timestamp),
    }),
  ),
  events: Type.Array(Type.Object({ type: Type.String(), at: Timestamp })),
});
export type ExportedCall = Static<typeof ExportedCall>;

const ExportedReading = Type.Object({
  at: Timestamp,
  what: Type.String(),
  clientId: Type.Optional(Type.String()),
  reader: Type.Optional(Type.String({ description: 'The name of the client or person.' })),
  unmasked: Type.Boolean(),
  unmaskReason: Type.Optional(Type.String()),
});
export type ExportedReading = Static<typeof ExportedReading>;

/** All lists are newest first. What others said of the same household's numbers by their own name is not in it. */
export const PersonExport = Type.Object({
  exportedAt: Timestamp,
  person: PersonAnswer,
  cooldowns: Type.Array(ExportedCooldown),
  wishes: Type.Array(ExportedWish),
  preferences: Type.Array(PreferenceAnswer),
  currentConsents: ConsentsAnswer.properties.current,
  consents: Type.Array(ConsentDetail),
  withdrawals: Type.Array(ConsentDetail),
  refusals: Type.Array(ConsentDetail),
  calls: Type.Array(ExportedCall),
  readings: Type.Array(ExportedReading, { description: 'Who looked at this record, this export included.' }),
});
export type PersonExport = Static<typeof PersonExport>;
