import { type Static, Type } from '@sinclair/typebox';
import { CHANNELS, CONSENT_PURPOSES } from '../../../domain/decision/purpose';
import { closed, oneOf, prose, setOf, Slug, Timestamp, Uuid } from '../../../platform/http/schemas';
import { searchMembers } from '../person-finder';
import { EvidenceBody } from '../shapes';
import { targetMembers } from '../word-target';

const Purposes = setOf(CONSENT_PURPOSES);
const Channels = setOf(CHANNELS);
const Sha256 = Type.String({ pattern: '^[0-9a-fA-F]{64}$' });

const Scope = Type.Object({ kind: oneOf(['entity', 'group']), id: Type.String() });
const attributes = {
  express: Type.Optional(Type.Boolean()),
  written: Type.Optional(Type.Boolean()),
  signed: Type.Optional(Type.Boolean()),
  separate: Type.Optional(Type.Boolean()),
  bundledInTerms: Type.Optional(Type.Boolean()),
  uiDefaultOn: Type.Optional(Type.Boolean()),
};

export const ConsentBody = closed({
  ...targetMembers,
  purposes: Purposes,
  channels: Channels,
  scope: Type.Optional(closed({ kind: oneOf(['entity', 'group']), id: Type.Optional(Slug) })),
  attributes: closed(attributes),
  grantedAt: Timestamp,
  expiresAt: Type.Optional(Timestamp),
  evidence: closed({
    textVersion: prose(256),
    textSha256: Sha256,
    source: prose(256),
    url: Type.Optional(Type.String({ format: 'uri', maxLength: 2_048 })),
    ip: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f:.]{2,45}$' })),
    recordingSha256: Type.Optional(Sha256),
  }),
});
export type ConsentBody = Static<typeof ConsentBody>;

export const ConsentReceipt = Type.Object({
  id: Uuid,
  recordedAt: Timestamp,
  grantedAt: Timestamp,
  scope: Scope,
  backDated: Type.Boolean({ description: 'Recorded more than five minutes after it was given.' }),
});
export type ConsentReceipt = Static<typeof ConsentReceipt>;

export const WithdrawConsentBody = closed({
  ...targetMembers,
  purposes: Type.Optional(Purposes),
  channels: Type.Optional(Channels),
  at: Type.Optional(Timestamp),
  method: prose(256),
  evidence: Type.Optional(EvidenceBody),
});
export type WithdrawConsentBody = Static<typeof WithdrawConsentBody>;

export const WithdrawalReceipt = Type.Object({
  id: Uuid,
  receiptId: Uuid,
  effectiveAt: Timestamp,
  purposes: Type.Array(Type.String()),
  channels: Type.Array(Type.String()),
});
export type WithdrawalReceipt = Static<typeof WithdrawalReceipt>;

export const ConsentSearch = closed({
  ...searchMembers,
  asOf: Type.Optional(Timestamp),
  knownAt: Type.Optional(Timestamp),
});
export type ConsentSearch = Static<typeof ConsentSearch>;

const cells = { purposes: Type.Array(Type.String()), channels: Type.Array(Type.String()) };
const CurrentConsent = Type.Object({
  id: Uuid,
  personId: Type.Optional(Uuid),
  scope: Scope,
  ...cells,
  attributes: Type.Object(attributes),
  grantedAt: Timestamp,
  expiresAt: Type.Optional(Timestamp),
});
const consentEvent = {
  id: Uuid,
  receiptId: Type.Optional(Uuid),
  kind: oneOf(['granted', 'withdrawn']),
  personId: Type.Optional(Uuid),
  scope: Type.Optional(Scope),
  ...cells,
  attributes: Type.Optional(Type.Object(attributes)),
  at: Timestamp,
  expiresAt: Type.Optional(Timestamp),
  recordedAt: Timestamp,
  recordedBy: Uuid,
  backDated: Type.Boolean(),
};
export const ConsentEventAnswer = Type.Object(consentEvent);
export type ConsentEventAnswer = Static<typeof ConsentEventAnswer>;

/** `current`: what counts at `asOf`, without what was withdrawn; `events`: all that was known, newest first. */
export const ConsentsAnswer = Type.Object({
  current: Type.Array(CurrentConsent),
  events: Type.Array(ConsentEventAnswer),
});
export type ConsentsAnswer = Static<typeof ConsentsAnswer>;

export const ConsentDetail = Type.Object({
  ...consentEvent,
  method: Type.Optional(Type.String()),
  evidence: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type ConsentDetail = Static<typeof ConsentDetail>;
