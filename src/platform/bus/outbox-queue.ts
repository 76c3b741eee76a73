import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import type { BusEvent, Lease } from './event-bus';
import type { Audience } from './audience';
import { STORED_EVENT, type StoredEvent, toBusEvent } from './stored-event';

export interface QueuedEvents {
  lease: Lease;
  events: BusEvent[];
  seqs: string[];
}

export interface Taken {
  /** What was looked at, wanted or not. */
  read: number;
  passed: number;
  /** A bucket held as many as were looked at, so there may be more. */
  more: boolean;
  batches: QueuedEvents[];
}

/** A deletion that a crash of the server forgets offers its events again, and nothing more: no disk is waited for. */
const NOT_AWAITED = `set_config('synchronous_commit', 'off', true)`;

/**
 * One statement for all buckets. A row stays until it is deleted and is found whatever its seq is, so a transaction
 * that commits late is not skipped as a cursor would (PITFALLS, "Outbox").
 *
 * `passed`: events of types that nobody subscribes to are deleted here and never read. That is safe without a lock,
 * because every relay that was announced before such an event committed is seen by the same snapshot: when one of
 * them subscribes to something that this process lacks, `lease` is empty and nothing is touched. The same snapshot
 * shows every demand that was made before the event. The LATERAL with its
 * LIMIT keeps the planner from ever scanning `events`; a ctid is good for as long as its snapshot is.
 */
const TAKE = `
WITH lease AS MATERIALIZED (
  SELECT l.bucket, l.epoch
  FROM unnest($1::smallint[], $2::bigint[]) AS mine (bucket, epoch)
  JOIN outbox_leases l ON l.bucket = mine.bucket AND l.epoch = mine.epoch
  WHERE NOT EXISTS (
    SELECT FROM outbox_relays WHERE remembered_until > clock_timestamp() AND NOT subscriptions <@ $4::text[]
  )
), demanded AS MATERIALIZED (
  SELECT type FROM event_demands WHERE consumer || '/' || type = ANY ($6::text[])
), head AS MATERIALIZED (
  SELECT lease.bucket, lease.epoch, o.seq, o.ctid AS place, o.event_id, o.attributes,
    e.type = ANY ($5::text[]) OR e.type IN (SELECT type FROM demanded) AS wanted
  FROM lease
  CROSS JOIN LATERAL (SELECT seq, event_id, ctid, attributes FROM outbox WHERE bucket = lease.bucket ORDER BY seq LIMIT $3) o
  LEFT JOIN LATERAL (SELECT type FROM events WHERE event_id = o.event_id LIMIT 1) e ON true
), passed AS (
  DELETE FROM outbox WHERE ctid = ANY (ARRAY(SELECT place FROM head WHERE wanted IS NOT TRUE)) RETURNING 1
)
SELECT (SELECT count(*) FROM head)::int AS read, (SELECT count(*) FROM passed)::int AS passed,
  EXISTS (SELECT FROM head GROUP BY bucket HAVING count(*) >= $3) AS more,
  h.bucket, h.epoch, h.seq, h.attributes, e.*
FROM (SELECT ${NOT_AWAITED}) AS once
LEFT JOIN head h ON h.wanted
LEFT JOIN LATERAL (SELECT ${STORED_EVENT} FROM events e WHERE e.event_id = h.event_id LIMIT 1) e ON true
ORDER BY h.bucket, h.seq`;

const REMOVE = `
WITH lease AS MATERIALIZED (SELECT ${NOT_AWAITED} FROM outbox_leases WHERE bucket = $1 AND epoch = $3 FOR KEY SHARE),
gone AS (DELETE FROM outbox WHERE bucket = $1 AND seq = ANY ($2::bigint[]) AND EXISTS (SELECT FROM lease))
SELECT EXISTS (SELECT FROM lease) AS held`;

type Counted = { read: number; passed: number; more: boolean };
type TakenRow = Counted & (({ bucket: number; epoch: string; seq: string } & StoredEvent) | { bucket: null });

/** The queue of events that no bus has carried yet. Deleting a row loses nothing: the event stays in `events`. */
@Injectable()
export class OutboxQueue {
  constructor(private readonly database: Database) {}

  /** The oldest events of these buckets that the audience wants; at most `limit` of each bucket are looked at. */
  async take(leases: readonly Lease[], limit: number, audience: Audience): Promise<Taken> {
    const rows = await this.database.query<TakenRow>(
      TAKE,
      [
        leases.map((lease) => lease.bucket),
        leases.map((lease) => lease.epoch),
        limit,
        audience.subscriptions,
        audience.types,
        audience.onDemand,
      ],
      'outbox-take',
    );
    const batches = new Map<number, QueuedEvents>();
    for (const row of rows) {
      if (row.bucket === null) continue;
      const { bucket, epoch } = row;
      const batch = batches.get(bucket) ?? { lease: { bucket, epoch }, events: [], seqs: [] };
      batch.events.push(toBusEvent(row));
      batch.seqs.push(row.seq);
      batches.set(bucket, batch);
    }
    const [first] = rows;
    if (first === undefined) throw new Error('Taking from the outbox gave no row.');
    const { read, passed, more } = first;
    return { read, passed, more, batches: [...batches.values()] };
  }

  /** Takes published events off the queue. False, and nothing done, where the bucket has another holder. */
  async remove(lease: Lease, seqs: readonly string[]): Promise<boolean> {
    const [row] = await this.database.query<{ held: boolean }>(
      REMOVE,
      [lease.bucket, seqs, lease.epoch],
      'outbox-remove',
    );
    return row?.held === true;
  }
}
