import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { type BusEvent, type Hold, LeaseLostError } from './event-bus';

/** `parked`: an earlier event of the key is a dead letter of this consumer, so this one waits behind it. */
export type Admission = 'admitted' | 'duplicate' | 'parked';

/** Longer than an event can be offered again by a queue that works; an event still queued is never forgotten. */
const KEPT_DAYS = 14;
const FORGET_BATCH = 5_000;
/** Below the ten seconds in which another process must be able to take over from one that stands still. */
const IDLE_LIMIT = '4s';

/** By what a hold is found, and what its statements are named after. */
const PLACES = {
  outbox_leases: { key: 'bucket', name: 'lease' },
  partition_holds: { key: 'id', name: 'partition' },
} as const satisfies Record<Hold['table'], unknown>;

/**
 * KEY SHARE on the lease excludes a takeover, which locks FOR UPDATE, but not the holder's own renewal. The transaction
 * may not stand idle from then on.
 */
const holding = (table: Hold['table']): string => `
SELECT set_config('idle_in_transaction_session_timeout', '${IDLE_LIMIT}', true)
FROM ${table} WHERE ${PLACES[table].key} = $1 AND epoch = $2 FOR KEY SHARE`;

/**
 * First in the effect's own transaction. KEY SHARE on the first dead letter waits for a replay that is just removing
 * it; when it is gone, the next one is found, or none.
 */
const admitting = (table: Hold['table']): string => `
WITH lease AS MATERIALIZED (${holding(table)}
), head AS MATERIALIZED (
  SELECT event_id FROM dead_letters WHERE consumer = $3 AND partition_key = $4 ORDER BY seq LIMIT 1 FOR KEY SHARE
), taken AS (
  INSERT INTO inbox (consumer, event_id, recorded_at)
  SELECT $3, $5, clock_timestamp() FROM lease WHERE NOT EXISTS (SELECT FROM head)
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT EXISTS (SELECT FROM lease) AS held, EXISTS (SELECT FROM taken) AS taken, (SELECT event_id FROM head) AS head`;

/** An event that was handled before is not parked, whatever befell a later one of its key. */
const BURY = `
INSERT INTO dead_letters (consumer, event_id, partition_key, parked_behind, attempts, reason, recorded_at)
SELECT $1::text, $2::uuid, $3, $4, $5, $6, clock_timestamp()
WHERE NOT EXISTS (SELECT FROM inbox WHERE consumer = $1 AND event_id = $2)
ON CONFLICT DO NOTHING`;

const FORGET = `
WITH old AS (
  SELECT consumer, event_id FROM inbox
  WHERE event_id < least(
    uuid_v7_floor(clock_timestamp() - $1 * interval '1 day'),
    (SELECT event_id FROM outbox ORDER BY event_id LIMIT 1)
  )
  LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM inbox i USING old WHERE i.consumer = old.consumer AND i.event_id = old.event_id RETURNING 1
)
SELECT count(*)::int AS count FROM gone`;

/** The memory of the consumers: what each has handled, and what it could not. */
@Injectable()
export class Inbox {
  constructor(private readonly database: Database) {}

  /**
   * Whether the consumer is to handle the event in this very transaction. The first statement of it, because what it
   * decides must be seen by a snapshot taken after its locks.
   * @throws LeaseLostError when the bucket or partition has another holder: the transaction must be given up.
   */
  async admit(tx: Tx, consumer: string, event: BusEvent, hold: Hold): Promise<Admission> {
    const { table, row: key, epoch } = hold;
    const [row] = await tx.query<{ held: boolean; taken: boolean; head: string | null }>({
      name: `inbox-admit-${PLACES[table].name}`,
      text: admitting(table),
      values: [key, epoch, consumer, event.partitionkey, event.id],
    });
    if (row?.held !== true) throw new LeaseLostError(hold);
    if (row.head === null) return row.taken ? 'admitted' : 'duplicate';
    // A statement of its own: its snapshot knows what the replay had handled when the lock was granted.
    await this.bury(tx, consumer, event, { parkedBehind: row.head, attempts: 0, reason: 'PARKED' });
    return 'parked';
  }

  /** The dead letter of an event that failed for good. Durable before the event may leave the queue. */
  async giveUp(
    consumer: string,
    event: BusEvent,
    hold: Hold,
    failure: { attempts: number; reason: string },
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      const held = await tx.query({
        name: `inbox-${PLACES[hold.table].name}`,
        text: holding(hold.table),
        values: [hold.row, hold.epoch],
      });
      if (held.length === 0) throw new LeaseLostError(hold);
      await this.bury(tx, consumer, event, { parkedBehind: null, ...failure });
    });
  }

  /** Forgets what no queue can offer again; cheap when there is nothing. */
  async forget(): Promise<number> {
    let total = 0;
    for (;;) {
      const [row] = await this.database.query<{ count: number }>(FORGET, [KEPT_DAYS, FORGET_BATCH]);
      total += row?.count ?? 0;
      if (row === undefined || row.count < FORGET_BATCH) return total;
    }
  }

  private async bury(
    tx: Tx,
    consumer: string,
    event: BusEvent,
    letter: { parkedBehind: string | null; attempts: number; reason: string },
  ): Promise<void> {
    await tx.query({
      name: 'inbox-bury',
      text: BURY,
      values: [consumer, event.id, event.partitionkey, letter.parkedBehind, letter.attempts, letter.reason],
    });
  }
}
