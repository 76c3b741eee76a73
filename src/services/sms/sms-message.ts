import { AppError, invalidMember } from '../../contracts/app-error';
import type { E164 } from '../../domain/phone/e164';
import { parseNumber } from '../../domain/phone/parse-number';
import { type Instant, MINUTE } from '../../domain/time/instant';
import { readInstant } from '../../platform/http/instants';
import type { SmsBody } from './sms.dto';

export const SMS_ACTIONS = ['opted_out', 'opted_in', 'help', 'none'] as const;
export type SmsAction = (typeof SMS_ACTIONS)[number];

/** How far a provider's clock may run ahead of ours (RULINGS 19). */
const AHEAD = 5 * MINUTE;

/** A reply that comes later is none any more: the customer no longer knows what it answers. */
export const REPLY_WITHIN = 5 * MINUTE;

/** A message of a customer, whoever brought it. */
export interface InboundMessage {
  /** The provider's. */
  messageId: string;
  from: E164;
  /** Of `from`, ISO 3166-1 alpha-2. */
  country: string;
  /** The number of ours that it was sent to, as the provider writes it. */
  to: string;
  text: string;
  receivedAt: Instant;
  /** Whether `receivedAt` is the provider's word; otherwise it is when we were told. */
  dated: boolean;
  /** It stands in a list of what was received, which may tell its time less exactly than a push. */
  listed?: boolean;
  /** The provider itself has taken it for an opt-out. */
  declaredStop?: boolean;
}

/** @throws AppError INVALID naming the member; nobody can be rung at what is no person's number, so nothing binds it. */
export function readMessage(body: SmsBody, now: Instant): InboundMessage {
  const { messageId, to, text } = body;
  const receivedAt = readInstant(body.receivedAt, '/receivedAt');
  if (receivedAt > now + AHEAD) {
    throw invalidMember('/receivedAt', 'This is more than five minutes in the future.', 'OUT_OF_RANGE');
  }
  return { messageId, to, text, receivedAt, dated: true, ...readSender(body.from, body.region, '/from') };
}

/** @throws AppError INVALID */
export function readSender(
  text: string,
  region: string | undefined,
  pointer: string,
): Pick<InboundMessage, 'from' | 'country'> {
  const verdict = parseNumber(text, region);
  if (verdict.kind === 'valid') return { from: verdict.e164, country: verdict.country };
  const code = verdict.kind === 'invalid' ? 'NUMBER_INVALID' : 'NUMBER_NOT_CALLABLE';
  throw invalidMember(pointer, `This is not the number of a person's telephone: ${verdict.why}.`, code);
}

/** The same id with another content is a fault of the provider's: which of the two was meant, nobody knows. */
export function otherContent(): AppError {
  return new AppError('CONFLICT', {
    detail: 'A message of this messageId came with another content; nothing was changed.',
    errors: [{ pointer: '/messageId', code: 'CONFLICT', detail: 'This id belongs to another message.' }],
  });
}
