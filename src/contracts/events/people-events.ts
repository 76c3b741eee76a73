import { Type } from '@sinclair/typebox';
import { WISH_SOURCES } from '../../domain/decision/facts';
import { CHANNELS, CONSENT_PURPOSES, PURPOSES } from '../../domain/decision/purpose';
import { Count, event, ofPerson, oneOf, setOf, Slug, Timestamp, Uuid, word } from './shapes';

const SCOPES = ['group', 'entity', 'line', 'product', 'campaign'] as const;

const carriedFrom = Type.Optional(
  Type.String({ format: 'uuid', description: 'The subject it was said of before a number changed hands.' }),
);
/** What a wish covers. */
const reach = {
  scope: oneOf(SCOPES),
  channels: setOf(CHANNELS),
  purposes: setOf(PURPOSES),
  source: oneOf(WISH_SOURCES),
};
const scopeOfConsent = Type.Object(
  { kind: oneOf(SCOPES), id: Type.Optional(Slug) },
  { additionalProperties: false },
);
const lateness = {
  backDated: Type.Boolean({ description: 'Recorded later than it was said, by more than clocks differ.' }),
  backdated: Type.Boolean({ description: 'Said more than a day before it was recorded.' }),
};
const withdrawal = {
  ...ofPerson,
  consentId: Uuid,
  receiptId: Type.Optional(Uuid),
  scope: Type.Optional(scopeOfConsent),
  purposes: Type.Optional(setOf(CONSENT_PURPOSES)),
  channels: Type.Optional(setOf(CHANNELS)),
  at: Timestamp,
  ...lateness,
};
const reading = {
  clientId: Type.String({ format: 'uuid', description: 'Who read.' }),
  unmasked: Type.Boolean({ description: 'Whether numbers were shown whole.' }),
};

export const wishEvents = {
  'wish.recorded.v1': event('Somebody does not want to be contacted. It binds from this event’s commit.', {
    ...ofPerson,
    ...reach,
    suppressionId: Uuid,
    receiptId: Type.Optional(Uuid),
    scopeId: Type.Optional(Slug),
    onlyNumber: Type.Optional(
      Type.Literal(true, { description: 'It is of one number, and not of the person.' }),
    ),
    until: Type.Optional(Timestamp),
    jobId: Type.Optional(Uuid),
    carriedFrom,
  }),
  'wish.release_requested.v1': event('Somebody asked to lift a wish; another person decides.', {
    ...ofPerson,
    suppressionId: Uuid,
    askedBy: Uuid,
  }),
  'wish.released.v1': event('A wish was lifted.', {
    ...ofPerson,
    ...reach,
    suppressionId: Uuid,
    approvalId: Type.Optional(Uuid),
    ownWord: Type.Optional(
      Type.String({ format: 'uuid', description: 'The event of the person’s own word that lifted it.' }),
    ),
    jobId: Type.Optional(Uuid),
  }),
  'preference.recorded.v1': event('Somebody said when and how to be called; what exactly is sealed.', {
    ...ofPerson,
    preferenceId: Uuid,
    receiptId: Type.Optional(Uuid),
    carriedFrom,
  }),
  'preference.withdrawal_requested.v1': event(
    'Somebody asked to lift a preference; another person decides.',
    {
      ...ofPerson,
      preferenceId: Uuid,
      askedBy: Uuid,
    },
  ),
  'preference.withdrawn.v1': event('A preference was lifted.', {
    ...ofPerson,
    preferenceId: Uuid,
    approvalId: Uuid,
  }),
  'sms.received.v1': event('A message came from a customer. Its words are sealed.', {
    ...ofPerson,
    receivedAt: Timestamp,
  }),
  'sms.dated.v1': event('A message that came again says that it was written earlier.', {
    ...ofPerson,
    messageEventId: Uuid,
    receivedAt: Timestamp,
  }),
};

export const consentEvents = {
  'consent.granted.v1': event('Somebody agreed to be contacted.', {
    ...ofPerson,
    consentId: Uuid,
    scope: scopeOfConsent,
    purposes: setOf(CONSENT_PURPOSES),
    channels: setOf(CHANNELS),
    grantedAt: Timestamp,
    expiresAt: Type.Optional(Timestamp),
    ...lateness,
  }),
  'consent.withdrawn.v1': event('Consent was taken back. It binds from this event’s commit.', withdrawal),
  'consent.refused.v1': event('Somebody was asked for consent and said no.', withdrawal),
};

export const personEvents = {
  'person.changed.v1': event('A person, or a household of several, came to be or was corrected.', {
    ...ofPerson,
    created: Type.Boolean(),
    added: Type.Optional(Type.Integer({ ...Count, description: 'Numbers that the person got.' })),
    removed: Type.Optional(Type.Integer({ ...Count, description: 'Numbers that the person gave up.' })),
    household: Type.Optional(Type.Array(Uuid, { description: 'The persons who share one number.' })),
  }),
  'person.merged.v1': event('What was known of a number became part of a person’s record.', {
    ...ofPerson,
    from: Uuid,
    into: Uuid,
  }),
  'person.read.v1': event('Somebody looked at a person’s record.', {
    ...ofPerson,
    ...reading,
    what: word('person', 'person.export', 'receipt', 'consents'),
  }),
  'call.read.v1': event('Somebody looked at the dossier of a call.', { ...reading, callId: Uuid }),
  'call.previewed.v1': event('Somebody asked what a decision would be.', {
    asked: Count,
    known: Type.Integer({ ...Count, description: 'How many of the numbers are of a person we know.' }),
    clientId: Uuid,
  }),
  'my.link_made.v1': event('A link to a person’s own page was made.', {
    ...ofPerson,
    linkId: Uuid,
    clientId: Uuid,
  }),
  'my.link_queued.v1': event('A link to a person’s own page is on its way to the person’s telephone.', {
    ...ofPerson,
    linkId: Uuid,
    clientId: Uuid,
  }),
  'my.opened.v1': event('A person opened the own page.', { ...ofPerson, linkId: Uuid }),
};
