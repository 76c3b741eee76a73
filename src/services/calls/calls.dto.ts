import { type Static, Type } from '@sinclair/typebox';
import type { TProperties } from '@sinclair/typebox';
import { REFUSAL_KINDS } from '../../domain/call/duties';
import { closed, oneOf, prose, Timestamp, Uuid } from '../../platform/http/schemas';

const Common = { at: Timestamp, eventId: Type.Optional(prose(128)) };
const Seconds = Type.Integer({ minimum: 0, maximum: 86_400 });
const report = <T extends string, P extends TProperties>(type: T, members: P) =>
  closed({ type: Type.Literal(type), ...Common, ...members });

/** One schema a type, told apart by `type`. */
export const CALL_REPORTS = {
  placed: report('placed', {}),
  not_placed: report('not_placed', { cause: Type.Optional(prose(128)) }),
  ringing: report('ringing', {}),
  answered: report('answered', {}),
  machine_detected: report('machine_detected', {
    kind: oneOf(['voicemail', 'announcement', 'assistant']),
  }),
  disclosure_played: report('disclosure_played', {}),
  transcript: report('transcript', {
    speaker: oneOf(['customer', 'agent']),
    text: Type.String({ maxLength: 8_192 }),
    language: Type.Optional(prose(35)),
  }),
  dtmf: report('dtmf', { digits: Type.String({ pattern: '^[0-9A-D*#]{1,64}$' }) }),
  refused: report('refused', {
    kind: Type.Optional(oneOf(REFUSAL_KINDS)),
    until: Type.Optional(Timestamp),
  }),
  human_requested: report('human_requested', {}),
  transferred: report('transferred', {}),
  recording: report('recording', {
    url: Type.String({ format: 'uri', maxLength: 2_048 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    seconds: Seconds,
  }),
  failed: report('failed', { cause: prose(128) }),
  ended: report('ended', { cause: Type.Optional(prose(128)), seconds: Type.Optional(Seconds) }),
};

export type CallReport = {
  [T in keyof typeof CALL_REPORTS]: Static<(typeof CALL_REPORTS)[T]>;
}[keyof typeof CALL_REPORTS];

/** Each alternative is closed; the root is left open only so that the alternative can say what it takes. */
export const CallReportBody = Type.Unsafe<CallReport>({
  $id: 'CallReport',
  type: 'object',
  additionalProperties: true,
  required: ['type'],
  properties: { type: { type: 'string' } },
  discriminator: { propertyName: 'type' },
  oneOf: Object.values(CALL_REPORTS),
});

const DirectiveSchema = Type.Object({
  type: Type.String(),
  reason: Type.String(),
  text: Type.Optional(Type.String({ description: 'Of confirm_opt_out: the sentence to say.' })),
});
export const DirectivesAnswer = Type.Object({ directives: Type.Array(DirectiveSchema) });

export const CallParams = closed({ callId: Uuid });
export type CallParams = Static<typeof CallParams>;

export const CallAnswer = Type.Object(
  {
    callId: Uuid,
    outcome: Type.String(),
    state: Type.String(),
    campaignId: Type.String(),
    decidedAt: Timestamp,
    authorization: Type.Object({
      state: Type.String(),
      expiresAt: Type.Optional(Timestamp),
    }),
    directives: Type.Array(DirectiveSchema),
    events: Type.Array(
      Type.Object({
        type: Type.String(),
        at: Timestamp,
        recordedAt: Timestamp,
        effective: Type.Boolean(),
      }),
    ),
    flags: Type.Array(Type.String()),
  },
  { $id: 'Call' },
);
export type CallAnswer = Static<typeof CallAnswer>;
