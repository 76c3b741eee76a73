import { type Static, Type } from '@sinclair/typebox';
import { closed, prose, Timestamp } from '../../platform/http/schemas';
import { NumberText, Region } from '../people/word-target';
import { SMS_ACTIONS, type SmsAction } from './sms-message';

export const MAX_MESSAGES = 1_000;
const MAX_LISTED = 10_000;
const MAX_TEXT = 8_192;

export const SmsBody = closed({
  messageId: Type.String({ minLength: 1, maxLength: 256, description: "The provider's id of the message." }),
  from: NumberText,
  region: Type.Optional(Region),
  to: prose(64),
  text: Type.String({ maxLength: MAX_TEXT }),
  receivedAt: Timestamp,
});
export type SmsBody = Static<typeof SmsBody>;

/**
 * One message or a list of them. Each is judged by itself against SmsBody, so that one that is broken keeps nobody's
 * refusal waiting; the root says only what both forms share.
 */
export const InboundBody = Type.Unsafe<unknown>({
  type: ['object', 'array'],
  minItems: 1,
  maxItems: MAX_MESSAGES,
  additionalProperties: true,
  description:
    'A message `{messageId, from, to, text, receivedAt, region?}`, or an array of up to 1,000. `from` is E.164, or ' +
    'national format with `region`.',
  examples: [
    {
      messageId: 'm-1',
      from: '+8613800138000',
      to: '95588',
      text: '退订',
      receivedAt: '2026-11-20T10:00:00+08:00',
    },
  ],
});

export const SignatureHeaders = Type.Object({
  'x-timestamp': Type.Optional(
    Type.String({ description: 'Unix seconds, at most five minutes from now either way.' }),
  ),
  'x-signature': Type.Optional(
    Type.String({ description: 'sha256=<hex HMAC-SHA256(secret, timestamp + "." + raw body)>' }),
  ),
});

export interface SmsAnswer {
  action: SmsAction;
  /**
   * What to answer the customer: once a message, and within five minutes of its receipt. Absent where we send it
   * ourselves (`SMS_SENDER_URL`): whoever sends what stands here would tell the customer twice.
   */
  reply?: string;
}

/** An answer, or in an array the problem of that message. Serialised without a schema, since it is one of these. */
export type InboundRow = SmsAnswer | { problem: Record<string, unknown> };
export const InboundAnswer = Type.Unsafe<InboundRow | InboundRow[]>({
  description:
    '`{action, reply?}`, array for array in order; a message of an array that is broken is `{problem}` there. ' +
    `\`action\` is one of ${SMS_ACTIONS.join(', ')}. \`reply\` is what to answer the customer: it comes once a message, ` +
    'not later than five minutes after its receipt, and not where SMS_SENDER_URL has it sent.',
  examples: [{ action: 'opted_out', reply: '您的要求已登记并立即生效…' }],
});

/**
 * Twilio may add parameters at any time; all of them are signed, and these are read. The signature runs names and values
 * together without a mark between, so another form can have the same one: ids must be whole, or what was said once
 * could be brought again under an id that looks new.
 */
const MESSAGE_SID = '^(SM|MM)[0-9a-f]{32}$';
export const TwilioForm = Type.Object(
  {
    MessageSid: Type.String({ pattern: MESSAGE_SID }),
    SmsMessageSid: Type.Optional(Type.String({ pattern: MESSAGE_SID })),
    SmsSid: Type.Optional(Type.String({ pattern: MESSAGE_SID })),
    AccountSid: Type.String({ pattern: '^AC[0-9a-f]{32}$' }),
    From: prose(64),
    To: prose(64),
    Body: Type.Optional(Type.String({ maxLength: MAX_TEXT })),
    OptOutType: Type.Optional(
      Type.String({ description: 'Set where Twilio has answered the customer itself.' }),
    ),
  },
  { additionalProperties: Type.String(), maxProperties: 200 },
);
export type TwilioForm = Static<typeof TwilioForm>;

export const TwilioHeaders = Type.Object({ 'x-twilio-signature': Type.Optional(Type.String()) });

export const ReconcileBody = closed({
  from: Timestamp,
  to: Timestamp,
  messages: Type.Array(Type.Unknown(), {
    maxItems: MAX_LISTED,
    description: 'Every message received in [from, to), as in an inbound message. Split what is over 1 MiB.',
  }),
});
export type ReconcileBody = Static<typeof ReconcileBody>;

const Count = Type.Integer({ minimum: 0 });
export const ReconcileAnswer = Type.Object({
  read: Count,
  known: Count,
  recovered: Count,
  optOuts: Type.Integer({ minimum: 0, description: 'Of those recovered.' }),
  rejected: Count,
  errors: Type.Array(Type.Object({ index: Count, code: Type.String(), detail: Type.String() })),
});
export type ReconcileAnswer = Static<typeof ReconcileAnswer>;
