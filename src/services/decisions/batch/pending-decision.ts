import { createHash } from 'node:crypto';
import type { Actor } from '../../../contracts/actor';
import type { EventAttributes } from '../../../contracts/events';
import type { AskFacts } from '../../../domain/decision/facts';
import type { Decision } from '../../../domain/decision/verdict';
import type { E164 } from '../../../domain/phone/e164';
import type { Instant } from '../../../domain/time/instant';
import type { AuthorizeBody } from '../decisions.dto';

/** A natural key under which the same question gets the same answer (RULINGS 7). */
export interface CallKey {
  hash: Buffer;
  /** Keyed hash of the canonical body: the same key with another body is a mistake, not a retry. */
  request: Buffer;
}

/** One question on its way through lock, decide, write. */
export interface PendingDecision {
  actor: Actor;
  body: AuthorizeBody;
  /** The body as canonical JSON: for its hash and for the record. */
  bodyText: string;
  ask: AskFacts;
  /** Absent when the number is no person's phone: then there is no row to lock. */
  e164?: E164;
  tag?: Buffer;
  key?: CallKey;
  /** Of a question that came as an event: it is answered once, whatever `key` says. Both are taken together or neither. */
  event?: CallKey;
  /** CloudEvents extension attributes that leave with the recorded answer and are not kept. */
  attributes?: (made: { callId: string; decision: Decision }) => EventAttributes;
}

/** What was decided and is durable, or the first answer of this key. */
export interface MadeDecision {
  callId: string;
  /** It is the first answer of this key, given to an earlier question. */
  repeated?: true;
  decidedAt: Instant;
  decision: Omit<Decision, 'verdicts'>;
  policyVersion: string;
}

/** An event that came again: its answer is on its way or was given, and nothing is to be done. */
export class AnsweredBefore extends Error {
  override readonly name = 'AnsweredBefore';

  constructor() {
    super('This event has been answered before.');
  }
}

/** Under what a question must never be answered twice. */
export const keysOf = ({ event, key }: PendingDecision): CallKey[] =>
  [event, key].filter((one) => one !== undefined);

/** Keys of `external.callId` and of the `Idempotency-Key` header never meet. */
export const callKeyHash = (kind: 'external' | 'header' | 'event', key: string): Buffer =>
  createHash('sha256').update(`${kind}\n${key}`, 'utf8').digest();

/** What rows have for `request` that were written before it was keyed. */
export const formerRequestHash = (bodyText: string): Buffer =>
  createHash('sha256').update(bodyText, 'utf8').digest();
