import { type Static, Type } from '@sinclair/typebox';
import { VOICES } from '../../domain/decision/purpose';
import { closed, oneOf, prose, Slug, Timestamp, Uuid } from '../../platform/http/schemas';

/** The question of API.md, "Deciding". `toRef` comes with lists assigned to vendors; `channel: sms` with the message rules. */
const QUESTION = {
  to: Type.String({ minLength: 1, maxLength: 64, description: 'E.164, or national format with `region`.' }),
  region: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2.' })),
  campaignId: Slug,
  callerId: Type.String({
    pattern: '^\\+?[0-9][0-9 -]{1,23}$',
    description: 'As dialled: 95588 is not E.164 and is welcome.',
  }),
  voice: Type.Optional(oneOf(VOICES)),
  channel: Type.Optional(oneOf(['voice'])),
  external: Type.Optional(
    closed({
      callId: Type.Optional(prose(128)),
      taskId: Type.Optional(prose(128)),
      lineId: Type.Optional(prose(128)),
    }),
  ),
  customerId: Type.Optional(prose(128)),
  timeZone: Type.Optional(Type.String({ maxLength: 64, description: 'IANA zone; it only narrows.' })),
  subdivision: Type.Optional(
    Type.String({ pattern: '^[A-Z]{2}-[A-Z0-9]{1,3}$', description: 'ISO 3166-2.' }),
  ),
};

export const AuthorizeBody = closed(QUESTION);
export type AuthorizeBody = Static<typeof AuthorizeBody>;

const ReasonSchema = Type.Object({
  code: Type.String(),
  rule: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  source: Type.Optional(Type.String()),
  force: Type.Optional(Type.String()),
  until: Type.Optional(Timestamp),
});

/** The answer. A refusal is an answer; a problem means "not decided: do not dial". */
export const DecisionAnswer = Type.Object(
  {
    callId: Type.Optional(Uuid),
    outcome: oneOf(['allow', 'deny', 'defer']),
    enforced: Type.Boolean(),
    reasons: Type.Array(ReasonSchema),
    decidedAt: Timestamp,
    policyVersion: Type.String(),
    notBefore: Type.Optional(Timestamp),
    e164: Type.Optional(
      Type.String({
        description:
          'Preview only: the number that was asked about, as it would be rung (RULINGS 18: whole, since the caller sent it).',
      }),
    ),
    authorization: Type.Optional(Type.Object({ token: Type.String(), expiresAt: Timestamp })),
    obligations: Type.Optional(
      Type.Object({
        aiDisclosure: Type.Object({
          required: Type.Boolean(),
          text: Type.String(),
          source: Type.String(),
        }),
        identify: Type.Array(Type.String()),
        recordingNotice: Type.Boolean(),
        optOut: Type.Array(Type.String()),
        humanTransfer: Type.Boolean(),
      }),
    ),
    evidence: Type.Optional(
      Type.Object({
        candidates: Type.Array(
          Type.Object({ jurisdiction: Type.String(), timeZone: Type.String(), from: Type.String() }),
        ),
      }),
    ),
  },
  { $id: 'DecisionAnswer' },
);
export type DecisionAnswer = Static<typeof DecisionAnswer>;

export const MAX_BATCH = 1_000;

/** Rows are judged one by one against AuthorizeBody: a bad row is that row's problem, not the batch's failure. */
const Rows = Type.Array(Type.Unknown(), { minItems: 1, maxItems: MAX_BATCH });
export const BatchBody = closed({ calls: Rows });
export type BatchBody = Static<typeof BatchBody>;

const At = Type.Optional(
  Type.String({
    format: 'date-time',
    description: 'The instant to judge at; now when absent. Accepted nowhere else.',
  }),
);
export const PreviewBody = closed({ ...QUESTION, at: At });
export type PreviewBody = Static<typeof PreviewBody>;
export const PreviewBatchBody = closed({ calls: Rows, at: At });
export type PreviewBatchBody = Static<typeof PreviewBatchBody>;

/** One row of a batch: an answer or a problem. Serialised without a schema, since it is one of two things. */
export type BatchRow = DecisionAnswer | { problem: Record<string, unknown> };
export const BatchAnswer = Type.Object({ results: Type.Array(Type.Any()) }, { $id: 'BatchAnswer' });

export const RedeemBody = closed({ token: prose(1_024), to: prose(64), callerId: prose(32) });
export type RedeemBody = Static<typeof RedeemBody>;
export const RedeemAnswer = Type.Object({
  callId: Uuid,
  redeemedAt: Timestamp,
});
