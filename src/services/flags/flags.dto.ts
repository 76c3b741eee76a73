import { type Static, Type } from '@sinclair/typebox';
import { closed, listOf, listQueryWith, oneOf, prose, Timestamp, Uuid } from '../../platform/http/schemas';
import { EvidenceBody } from '../people/shapes';
import { FLAG_KINDS } from './flags.port';

export const FLAG_STATES = ['open', 'resolved'] as const;

export const FlagQuery = listQueryWith({
  kind: Type.Optional(oneOf(FLAG_KINDS)),
  state: Type.Optional(oneOf(FLAG_STATES)),
});
export type FlagQuery = Static<typeof FlagQuery>;

const flag = {
  id: Uuid,
  kind: oneOf(FLAG_KINDS),
  state: oneOf(FLAG_STATES),
  personId: Type.Optional(Type.String({ format: 'uuid', description: 'Whose record it stands in.' })),
  callId: Type.Optional(Uuid),
  vendorId: Type.Optional(Type.String()),
  suppressionId: Type.Optional(
    Type.String({
      format: 'uuid',
      description: 'What holds until somebody has looked, and may be released.',
    }),
  ),
  causeEventId: Uuid,
  repeats: Type.Integer({
    minimum: 0,
    description: 'How often the same was found again while it was open; counted up to 10,000.',
  }),
  raisedAt: Timestamp,
  raisedBy: Uuid,
  resolution: Type.Optional(Type.String()),
  resolvedAt: Type.Optional(Timestamp),
  resolvedBy: Type.Optional(Uuid),
  approvalId: Type.Optional(Uuid),
};
export const FlagAnswer = Type.Object(flag);
export type FlagAnswer = Static<typeof FlagAnswer>;
export const FlagList = listOf(FlagAnswer);

export const FlagDetail = Type.Object({
  ...flag,
  detail: Type.Unknown({ description: 'What was heard or found, masked; null once the person is erased.' }),
  note: Type.Optional(Type.String()),
});
export type FlagDetail = Static<typeof FlagDetail>;

export const ResolveBody = closed({
  resolution: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,63}$',
    description: 'A word of your own for what came of it, e.g. confirmed or unfounded; it stands in clear.',
  }),
  note: prose(2_000),
  release: Type.Optional(
    Type.Boolean({ description: 'Also ask for the release of what it suppressed; another person decides.' }),
  ),
  reason: Type.Optional(prose(2_000)),
  evidence: Type.Optional(EvidenceBody),
});
export type ResolveBody = Static<typeof ResolveBody>;
