import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalJson } from '../../domain/ledger/canonical-json';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { derivedKey } from '../../platform/keys/derived-key';
import { Keyring } from '../../platform/keys/keyring';
import type { InboundMessage, SmsAction } from './sms-message';

/** What is known of a message that was taken: nothing that tells a number or a text. */
export interface KnownMessage {
  contentTag: Buffer;
  receivedAt: Instant;
  dated: boolean;
  action: SmsAction;
  /** What it said, in the record of whose word it was; absent where it changed nothing. */
  eventId?: string;
}

/** Messages that were taken. An id or a text may be a number, so only keyed hashes of them are stored. */
@Injectable()
export class SmsRepository {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = derivedKey(keyring.answerKey, 'sms/messages/v1');
  }

  tagOf(messageId: string): Buffer {
    return this.tag('id', messageId);
  }

  contentTagOf({ from, to, text }: InboundMessage): Buffer {
    return this.tag('content', canonicalJson({ from, to, text }));
  }

  /** Of a message that came under the id of another one. */
  otherTagOf({ messageId, from, to, text, receivedAt, dated }: InboundMessage): Buffer {
    const content = { messageId, from, to, text, ...(dated ? { receivedAt } : {}) };
    return this.tag('other', canonicalJson(content));
  }

  /**
   * One message of an id at a time, for the length of the transaction. Before any subject is locked: whoever waits here
   * holds nothing that others wait for.
   */
  async takeTurn(tx: Tx, tag: Buffer): Promise<void> {
    await tx.query({
      name: 'sms-turn',
      text: 'SELECT pg_advisory_xact_lock($1::bigint)',
      values: [tag.readBigInt64BE(0).toString()],
    });
  }

  async find(tx: Tx, tag: Buffer): Promise<KnownMessage | undefined> {
    const rows = await tx.query<Omit<KnownMessage, 'eventId'> & { eventId: string | null }>({
      name: 'sms-find',
      text: `
SELECT m.content_tag AS "contentTag", m.dated OR t.tag IS NOT NULL AS dated, m.action, m.event_id AS "eventId",
  (extract(epoch FROM coalesce(t.received_at, m.received_at)) * 1000)::float8 AS "receivedAt"
FROM sms_messages m LEFT JOIN sms_message_times t ON t.tag = m.tag WHERE m.tag = $1`,
      values: [tag],
    });
    return rows.map(({ eventId, ...known }) => ({ ...known, ...(eventId === null ? {} : { eventId }) }))[0];
  }

  /** The provider's own time of a message that came without one. */
  async insertTime(
    tx: Tx,
    tag: Buffer,
    time: { receivedAt: Instant; recordedAt: Instant; eventId: string | undefined },
  ): Promise<void> {
    const { receivedAt, recordedAt, eventId = null } = time;
    await tx.query({
      name: 'sms-insert-time',
      text: 'INSERT INTO sms_message_times (tag, received_at, recorded_at, event_id) VALUES ($1, $2, $3, $4)',
      values: [tag, new Date(receivedAt), new Date(recordedAt), eventId],
    });
  }

  async insert(
    tx: Tx,
    tag: Buffer,
    known: Omit<KnownMessage, 'eventId'> & { recordedAt: Instant; eventId: string | undefined },
  ): Promise<void> {
    await tx.query({
      name: 'sms-insert',
      text: `
INSERT INTO sms_messages (tag, content_tag, received_at, dated, action, recorded_at, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      values: [
        tag,
        known.contentTag,
        new Date(known.receivedAt),
        known.dated,
        known.action,
        new Date(known.recordedAt),
        known.eventId ?? null,
      ],
    });
  }

  private tag(kind: string, text: string): Buffer {
    return createHmac('sha256', this.key).update(`${kind}\n${text}`, 'utf8').digest();
  }
}
