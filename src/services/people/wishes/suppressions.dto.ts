import { type Static, Type } from '@sinclair/typebox';
import { WISH_SOURCES } from '../../../domain/decision/facts';
import { closed, listOf, oneOf, prose, Slug, Timestamp, Uuid } from '../../../platform/http/schemas';
import { searchMembers } from '../person-finder';
import { Channels, EvidenceBody, Purposes, searchBodyWith } from '../shapes';
import { targetMembers } from '../word-target';

const SCOPE_KINDS = ['group', 'entity', 'line', 'product', 'campaign'] as const;

/** `group` needs no id, everything else does. */
export const ScopeBody = closed({ kind: oneOf(SCOPE_KINDS), id: Type.Optional(Slug) });
export const Scope = Type.Object({ kind: oneOf(SCOPE_KINDS), id: Type.Optional(Type.String()) });

export const SuppressionBody = closed({
  ...targetMembers,
  scope: Type.Optional(ScopeBody),
  channels: Type.Optional(Channels),
  purposes: Type.Optional(Purposes),
  source: Type.Optional(oneOf(WISH_SOURCES)),
  reason: prose(2_000),
  evidence: Type.Optional(EvidenceBody),
  until: Type.Optional(Timestamp),
});
export type SuppressionBody = Static<typeof SuppressionBody>;

export const SuppressionReceipt = Type.Object({
  id: Uuid,
  receiptId: Uuid,
  effectiveAt: Timestamp,
  scope: Scope,
  confirmation: Type.String({ description: "A sentence to read out, in the person's language." }),
});
export type SuppressionReceipt = Static<typeof SuppressionReceipt>;

export const SuppressionSearch = searchBodyWith(searchMembers);
export type SuppressionSearch = Static<typeof SuppressionSearch>;

const suppression = {
  id: Uuid,
  receiptId: Uuid,
  personId: Uuid,
  state: oneOf(['active', 'released', 'expired']),
  scope: Scope,
  channels: Type.Array(Type.String()),
  purposes: Type.Array(Type.String()),
  source: Type.String(),
  recordedAt: Timestamp,
  recordedBy: Uuid,
  until: Type.Optional(Timestamp),
  releasedAt: Type.Optional(Timestamp),
  carriedFrom: Type.Optional(Uuid),
};
export const SuppressionAnswer = Type.Object(suppression);
export type SuppressionAnswer = Static<typeof SuppressionAnswer>;
export const SuppressionList = listOf(SuppressionAnswer);

export const SuppressionDetail = Type.Object({
  ...suppression,
  reason: Type.Optional(Type.String()),
  evidence: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type SuppressionDetail = Static<typeof SuppressionDetail>;

export const ReleaseBody = closed({ reason: prose(2_000), evidence: EvidenceBody });
export type ReleaseBody = Static<typeof ReleaseBody>;
