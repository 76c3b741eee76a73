import { Inject, Injectable } from '@nestjs/common';
import { DAY, type Instant } from '../../../domain/time/instant';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { derivedKey } from '../../../platform/keys/derived-key';
import { Keyring } from '../../../platform/keys/keyring';
import { open, seal } from '../../../platform/keys/sealing';

/** What a reply says, and to whom; sealed while it waits. What answers no message has neither of the first two. */
export interface Reply {
  /** The message that it answers. */
  inReplyTo?: string;
  /** The number of ours that was written to. */
  from?: string;
  to: string;
  text: string;
}

/** A reply in hand: nobody else tries it before `leaseMs` have passed. */
export interface ClaimedReply extends Reply {
  id: string;
  sendBefore: Instant;
  /** Counts the attempt that this claim is. Who was overtaken is told by it. */
  attempts: number;
}

/** How long it can be looked up what became of a reply. */
const KEPT_FOR = 30 * DAY;
const AT_ONCE = 10_000;

export type Finish = 'sent' | 'refused' | 'expired';

/**
 * Replies that wait to be sent. Any number of processes may take from it: order does not matter, and a reply whose
 * holder died is offered again when its lease is over.
 */
@Injectable()
export class ReplyQueue {
  private readonly key: Buffer;

  constructor(
    private readonly database: Database,
    keyring: Keyring,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.key = derivedKey(keyring.answerKey, 'sms/replies/v1');
  }

  /** In the transaction of what it answers: there are both or neither. @returns the id under which it is sent */
  async add(tx: Tx, reply: Reply, sendBefore: Instant): Promise<string> {
    const now = this.clock.now();
    const id = uuidV7(now);
    await tx.query({
      name: 'sms-reply-add',
      text: `
INSERT INTO sms_replies (id, sealed, send_before, due_at, attempts, state, queued_at)
VALUES ($1, $2, $3, $4, 0, 'queued', $4)`,
      values: [
        id,
        seal(this.key, Buffer.from(JSON.stringify(reply), 'utf8'), id),
        new Date(sendBefore),
        new Date(now),
      ],
    });
    return id;
  }

  /** Takes what is due, for so long. What is too late by now is never handed out: `expire` it. */
  async claim(limit: number, leaseMs: number): Promise<ClaimedReply[]> {
    const now = this.clock.now();
    const rows = await this.database.query<{
      id: string;
      sealed: Buffer;
      sendBefore: number;
      attempts: number;
    }>(
      `
WITH due AS (
  SELECT id FROM sms_replies WHERE state = 'queued' AND due_at <= $1 AND send_before > $1
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE sms_replies r SET due_at = $3, attempts = r.attempts + 1 FROM due WHERE r.id = due.id
RETURNING r.id, r.sealed, (extract(epoch FROM r.send_before) * 1000)::float8 AS "sendBefore", r.attempts`,
      [new Date(now), limit, new Date(now + leaseMs)],
      'sms-reply-claim',
    );
    return rows.map(({ id, sealed, sendBefore, attempts }) => ({
      ...(JSON.parse(open(this.key, sealed, id).toString('utf8')) as Reply),
      id,
      sendBefore,
      attempts,
    }));
  }

  /** Whoever held it: what was sent is sent, even by one who was overtaken meanwhile. */
  async finish(id: string, state: Finish): Promise<void> {
    await this.database.query(
      `UPDATE sms_replies SET state = $2, sealed = NULL, finished_at = $3 WHERE id = $1 AND state = 'queued'`,
      [id, state, new Date(this.clock.now())],
      'sms-reply-finish',
    );
  }

  /** Gives it back for a later attempt; nothing where somebody else has taken it meanwhile. */
  async retry(reply: Pick<ClaimedReply, 'id' | 'attempts'>, afterMs: number): Promise<void> {
    await this.database.query(
      `UPDATE sms_replies SET due_at = $3 WHERE id = $1 AND attempts = $2 AND state = 'queued'`,
      [reply.id, reply.attempts, new Date(this.clock.now() + afterMs)],
      'sms-reply-retry',
    );
  }

  /** Records what has become too late, and returns how many; what somebody has in hand may still be in time. */
  async expire(): Promise<number> {
    const gone = await this.database.query(
      `
UPDATE sms_replies SET state = 'expired', sealed = NULL, finished_at = $1
WHERE state = 'queued' AND send_before <= $1 AND due_at <= $1 RETURNING 1`,
      [new Date(this.clock.now())],
      'sms-reply-expire',
    );
    return gone.length;
  }

  /** Removes what was finished long ago, a portion at a time: who was told what stands in the records. */
  async forget(): Promise<void> {
    await this.database.query(
      `
WITH old AS (SELECT id FROM sms_replies WHERE finished_at < $1 LIMIT ${AT_ONCE})
DELETE FROM sms_replies r USING old WHERE r.id = old.id`,
      [new Date(this.clock.now() - KEPT_FOR)],
      'sms-reply-forget',
    );
  }
}
