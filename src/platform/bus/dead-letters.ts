import { Inject, Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { LOG, type Log } from '../observability/logger';
import type { Consumer, Replay } from './event-bus';
import { failureReason } from './failure-reason';
import { STORED_EVENT, type StoredEvent, toBusEvent } from './stored-event';

/**
 * FOR UPDATE makes a relay that would park behind this letter wait until it is known whether it is gone, and another
 * replay of the key take the next one.
 */
const LOCK_HEAD = `
SELECT event_id FROM dead_letters WHERE consumer = $1 AND partition_key = $2 ORDER BY seq LIMIT 1 FOR UPDATE`;

const REMEMBER = `
WITH letter AS (DELETE FROM dead_letters WHERE consumer = $1 AND event_id = $2)
INSERT INTO inbox (consumer, event_id, recorded_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT DO NOTHING RETURNING 1`;

/** Events that consumers could not handle, and the way back. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Each letter in a transaction of its own. The relay may go on parking behind them meanwhile: those are replayed too. */
  async replay(consumer: Consumer, eventId: string): Promise<Replay> {
    const [letter] = await this.database.query<{ partition_key: string; head: string }>(
      `SELECT partition_key, (
         SELECT h.event_id FROM dead_letters h
         WHERE h.consumer = d.consumer AND h.partition_key = d.partition_key ORDER BY h.seq LIMIT 1
       ) AS head
       FROM dead_letters d WHERE consumer = $1 AND event_id = $2`,
      [consumer.name, eventId],
    );
    if (letter === undefined) return { outcome: 'not_found' };
    if (letter.head !== eventId) return { outcome: 'behind', head: letter.head };
    const handled: string[] = [];
    for (;;) {
      const step = await this.replayHead(consumer, letter.partition_key);
      if (step === undefined) return { outcome: 'replayed', handled };
      if (step.reason !== undefined)
        return { outcome: 'failed', handled, failed: step.id, reason: step.reason };
      handled.push(step.id);
    }
  }

  /** Undefined when the key has no dead letter left. */
  private async replayHead(
    consumer: Consumer,
    key: string,
  ): Promise<{ id: string; reason?: string } | undefined> {
    const head: { id?: string } = {};
    try {
      await this.database.transaction(async (tx) => {
        const [row] = await tx.query<{ event_id: string }>({
          text: LOCK_HEAD,
          values: [consumer.name, key],
        });
        if (row !== undefined) await this.handOver(tx, consumer, row.event_id, head);
      });
    } catch (error) {
      if (head.id === undefined) throw error;
      return { id: head.id, reason: await this.keep(consumer, head.id, error) };
    }
    return head.id === undefined ? undefined : { id: head.id };
  }

  private async handOver(tx: Tx, consumer: Consumer, id: string, head: { id?: string }): Promise<void> {
    const [event] = await tx.query<StoredEvent>({
      text: `SELECT ${STORED_EVENT} FROM events e WHERE event_id = $1`,
      values: [id],
    });
    const first = await tx.query({ text: REMEMBER, values: [consumer.name, id] });
    head.id = id;
    if (event === undefined) {
      this.log.warn(
        { consumer: consumer.name, eventId: id },
        'A dead letter outlived its event and is put away.',
      );
    } else if (first.length > 0) {
      await consumer.handle(tx, toBusEvent(event));
    }
  }

  private async keep(consumer: Consumer, eventId: string, error: unknown): Promise<string> {
    const reason = failureReason(error);
    await this.database.query(
      `UPDATE dead_letters SET attempts = attempts + 1, reason = $3, parked_behind = NULL
       WHERE consumer = $1 AND event_id = $2`,
      [consumer.name, eventId, reason],
    );
    this.log.error({ consumer: consumer.name, eventId, reason, err: error }, 'A dead letter failed again.');
    return reason;
  }
}
