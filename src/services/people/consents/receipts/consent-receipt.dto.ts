import { type Static, Type } from '@sinclair/typebox';
import { Timestamp, Uuid } from '../../../../platform/http/schemas';
import { attributes } from '../consents.dto';

const Text = Type.String();
const Texts = Type.Array(Text);

const Purpose = Type.Object({
  purpose: Text,
  purpose_type: Text,
  lawful_basis: Text,
  pii_information: Type.Array(Type.Object({ pii_type: Text, pii_optional: Type.Boolean() })),
  pii_controllers: Texts,
  collection_method: Text,
  processing_method: Texts,
  storage_locations: Texts,
  retention_period: Type.String({ description: 'ISO 8601, counted from the end of the consent.' }),
  jurisdiction: Type.String({ description: 'ISO 3166, by the numbers and the address of the person.' }),
  recipient_third_parties: Texts,
  withdrawal_method: Text,
});

const Party = Type.Object({
  party_id: Text,
  party_name: Text,
  party_address: Text,
  party_contact: Text,
  party_type: Text,
  party_role: Text,
});

const Event = Type.Object({
  event_time: Timestamp,
  validity_duration: Text,
  entity_id: Uuid,
  event_type: Text,
  event_state: Text,
});

/** Members in snake case are those of ISO/IEC TS 27560:2023; the others are ours on top of it. */
export const ConsentReceiptDocument = Type.Object({
  schema_version: Text,
  record_id: Uuid,
  pii_principal_id: Uuid,
  pii_processing: Type.Object({ privacy_notice: Text, language: Text, purposes: Type.Array(Purpose) }),
  party_identification: Type.Array(Party),
  events: Type.Array(Event),
  numbers: Type.Array(
    Type.String({ description: 'Covered when it was recorded; masked, unless asked for with a reason.' }),
  ),
  sellers: Type.Array(Text, { description: 'Named in the request.' }),
  scope: Type.Object({ kind: Text, id: Type.Optional(Text) }),
  channels: Type.Array(Type.Object({ channel: Text, voices: Texts })),
  attributes: Type.Optional(Type.Object(attributes)),
  textVersion: Type.Optional(Text),
  textSha256: Type.Optional(Type.String({ description: 'Of the exact text that was shown.' })),
  recordingSha256: Type.Optional(Type.String({ description: 'Of the captured proof.' })),
  source: Type.Optional(Text),
  leadChain: Type.Optional(Texts),
  method: Type.Optional(Type.String({ description: 'How it was withdrawn or refused.' })),
  receiptId: Type.Optional(Uuid),
  recordedAt: Timestamp,
  recordedBy: Uuid,
  backdated: Type.Boolean({ description: 'Recorded more than a day after it was said.' }),
});
export type ConsentReceiptDocument = Static<typeof ConsentReceiptDocument>;
