import { type Static, Type } from '@sinclair/typebox';
import { WEEKDAYS } from '../../../domain/time/week-hours';
import { closed, listOf, oneOf, prose, setOf, Timestamp, Uuid } from '../../../platform/http/schemas';
import { searchMembers } from '../person-finder';
import { EvidenceBody, searchBodyWith } from '../shapes';
import { targetMembers } from '../word-target';

/** Allowed hours of some weekdays, in the person's zone or zones; `from` is within them, `to` no longer. */
const Hours = closed({
  days: setOf(WEEKDAYS),
  from: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' }),
  to: Type.String({ pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$' }),
});

/** A preference only narrows, so there is no `false`: an earlier one is withdrawn instead. */
const narrowing = {
  quietUntil: Type.Optional(Timestamp),
  hours: Type.Optional(Type.Array(Hours, { minItems: 1, maxItems: 50 })),
  noAiVoice: Type.Optional(Type.Literal(true)),
  noProfiling: Type.Optional(Type.Literal(true)),
  language: Type.Optional(
    Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$', description: 'BCP 47.' }),
  ),
};

export const PreferenceBody = closed({ ...targetMembers, ...narrowing });
export type PreferenceBody = Static<typeof PreferenceBody>;

export const PreferenceReceipt = Type.Object({ id: Uuid, receiptId: Uuid, effectiveAt: Timestamp });
export type PreferenceReceipt = Static<typeof PreferenceReceipt>;

export const PreferenceSearch = searchBodyWith(searchMembers);
export type PreferenceSearch = Static<typeof PreferenceSearch>;

export const PreferenceAnswer = Type.Object({
  id: Uuid,
  receiptId: Uuid,
  personId: Uuid,
  state: oneOf(['active', 'withdrawn']),
  recordedAt: Timestamp,
  recordedBy: Uuid,
  withdrawnAt: Type.Optional(Timestamp),
  carriedFrom: Type.Optional(Uuid),
  ...narrowing,
  noAiVoice: Type.Optional(Type.Boolean()),
  noProfiling: Type.Optional(Type.Boolean()),
});
export type PreferenceAnswer = Static<typeof PreferenceAnswer>;
export const PreferenceList = listOf(PreferenceAnswer);

export const WithdrawPreferenceBody = closed({ reason: prose(2_000), evidence: EvidenceBody });
export type WithdrawPreferenceBody = Static<typeof WithdrawPreferenceBody>;
