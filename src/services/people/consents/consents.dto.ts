import { type Static, Type } from '@sinclair/typebox';
import { CHANNELS, CONSENT_PURPOSES } from '../../../domain/decision/purpose';
import { closed, oneOf, prose, setOf, Slug, Timestamp, Uuid } from '../../../platform/http/schemas';
import { searchMembers } from '../person-finder';
import { EvidenceBody } from '../shapes';
import { Scope, ScopeBody } from '../wishes/suppressions.dto';
import { targetMembers } from '../word-target';

const Purposes = setOf(CONSENT_PURPOSES);
const Channels = setOf(CHANNELS);
const Sha256 = Type.String({ pattern: '^[0-9a-fA-F]{64}$' });

const GrantScope = Type.Object({ kind: oneOf(['entity', 'group']), id: Type.String() });
/** What a consent is like, for a law to ask for. */
export const attributes = {
  express: Type.Optional(Type.Boolean()),
  written: Type.Optional(Type.Boolean()),
  signed: Type.Optional(Type.Boolean()),
  separate: Type.Optional(Type.Boolean()),
  bundledInTerms: Type.Optional(Type.Boolean()),
  uiDefaultOn: Type.Optional(Type.Boolean()),
};

const late = {
  backDated: Type.Boolean({ description: 'Recorded more than five minutes after it was said.' }),
  backdated: Type.Boolean({ description: 'Recorded more than a day after it was said.' }),
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
    language: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$',
        description: 'Of the text that was shown, BCP 47.',
      }),
    ),
    leadChain: Type.Optional(
      Type.Array(prose(256), {
        minItems: 1,
        maxItems: 20,
        description: 'Through whose hands the consent came, first to last.',
      }),
    ),
  }),
});
export type ConsentBody = Static<typeof ConsentBody>;

export const ConsentReceipt = Type.Object({
  id: Uuid,
  recordedAt: Timestamp,
  grantedAt: Timestamp,
  scope: GrantScope,
  ...late,
});
export type ConsentReceipt = Static<typeof ConsentReceipt>;

const takenBack = {
  ...targetMembers,
  scope: Type.Optional(ScopeBody),
  purposes: Type.Optional(Purposes),
  channels: Type.Optional(Channels),
  at: Type.Optional(Timestamp),
  evidence: Type.Optional(EvidenceBody),
};
export const WithdrawConsentBody = closed({ ...takenBack, method: prose(256) });
export type WithdrawConsentBody = Static<typeof WithdrawConsentBody>;

export const RefusedConsentBody = closed({ ...takenBack, method: Type.Optional(prose(256)) });
export type RefusedConsentBody = Static<typeof RefusedConsentBody>;

const takenBackReceipt = {
  id: Uuid,
  receiptId: Uuid,
  effectiveAt: Timestamp,
  scope: Scope,
  purposes: Type.Array(Type.String()),
  channels: Type.Array(Type.String()),
  confirmation: Type.String({ description: "A sentence to read out, in the person's language." }),
};
export const WithdrawalReceipt = Type.Object(takenBackReceipt);
export type WithdrawalReceipt = Static<typeof WithdrawalReceipt>;

const AskAgainFrom = Type.Union([Timestamp, Type.Null()], {
  description: 'Before this nobody asks for consent again; null: not before the person consents unasked.',
});
export const RefusalReceipt = Type.Object({ ...takenBackReceipt, askAgainFrom: Type.Optional(AskAgainFrom) });
export type RefusalReceipt = Static<typeof RefusalReceipt>;

export const ConsentSearch = closed({
  ...searchMembers,
  asOf: Type.Optional(Timestamp),
  knownAt: Type.Optional(Timestamp),
});
export type ConsentSearch = Static<typeof ConsentSearch>;

const cells = { purposes: Type.Array(Type.String()), channels: Type.Array(Type.String()) };
const except = Type.Optional(Type.Array(Scope, { description: 'But not for calls within these.' }));
const CurrentConsent = Type.Object({
  id: Uuid,
  personId: Type.Optional(Uuid),
  scope: GrantScope,
  ...cells,
  except,
  attributes: Type.Object(attributes),
  grantedAt: Timestamp,
  expiresAt: Type.Optional(Timestamp),
  backdated: late.backdated,
});
const StandingRefusal = Type.Object({
  id: Uuid,
  personId: Type.Optional(Uuid),
  scope: Scope,
  ...cells,
  except,
  at: Timestamp,
  askAgainFrom: AskAgainFrom,
});
const consentEvent = {
  id: Uuid,
  receiptId: Type.Optional(Uuid),
  kind: oneOf(['granted', 'withdrawn', 'refused']),
  personId: Type.Optional(Uuid),
  scope: Type.Optional(Scope),
  ...cells,
  attributes: Type.Optional(Type.Object(attributes)),
  at: Timestamp,
  expiresAt: Type.Optional(Timestamp),
  consentId: Type.Optional(
    Type.String({ format: 'uuid', description: 'Of a correction: the one consent that it takes back.' }),
  ),
  recordedAt: Timestamp,
  recordedBy: Uuid,
  ...late,
};
export const ConsentEventAnswer = Type.Object(consentEvent);
export type ConsentEventAnswer = Static<typeof ConsentEventAnswer>;

/**
 * `current`: what counts at `asOf`, without what was withdrawn; `doNotAsk`: what was refused and not consented to since,
 * and may still not be asked for at `asOf`, where there is any; `events`: all that was known, newest first.
 */
export const ConsentsAnswer = Type.Object({
  current: Type.Array(CurrentConsent),
  doNotAsk: Type.Optional(Type.Array(StandingRefusal)),
  events: Type.Array(ConsentEventAnswer),
});
export type ConsentsAnswer = Static<typeof ConsentsAnswer>;
export type DoNotAsk = Static<typeof StandingRefusal>;

export const ConsentDetail = Type.Object({
  ...consentEvent,
  method: Type.Optional(Type.String()),
  evidence: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type ConsentDetail = Static<typeof ConsentDetail>;
