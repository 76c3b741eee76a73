import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../../database/database';
import { bucketOf } from '../../evidence/bucket';
import { partitionKeyOf } from '../stored-event';

const PAGE = 5_000;
/** More than a page ever holds at once, so that a refill that is cut off leaves room for the next before it. */
const ROOM = 2n ** 40n;

const READ = `
SELECT seq::text AS seq, event_id, subject_id, clear::text AS clear FROM events
WHERE event_id >= uuid_v7_floor(clock_timestamp() - $1 * interval '1 ms') AND type = ANY ($2)
  AND (coalesce(seq, 0), event_id) > ($3::bigint, $4::uuid)
ORDER BY coalesce(seq, 0), event_id LIMIT ${PAGE}`;

const QUEUE = `
INSERT INTO outbox (seq, bucket, event_id)
SELECT $1::bigint + position, bucket, event_id
FROM unnest($2::smallint[], $3::uuid[]) WITH ORDINALITY AS i (bucket, event_id, position)`;

const FIRST = '00000000-0000-0000-0000-000000000000';

interface Row {
  seq: string | null;
  event_id: string;
  subject_id: string | null;
  clear: string;
}

/**
 * Queues recorded events once more, before all that waits, in the order in which they were queued first. A reader that
 * had them passes over them by their ids.
 */
@Injectable()
export class OutboxRefill {
  constructor(private readonly database: Database) {}

  /** Events of these types recorded within the last `ms`; how many there were. Cut off, it is begun again. */
  async run(types: readonly string[], ms: number): Promise<number> {
    const [row] = await this.database.query<{ base: string }>(
      'SELECT (least(0, min(seq)) - $1::bigint)::text AS base FROM outbox',
      [String(ROOM)],
    );
    let place = BigInt(row?.base ?? '0');
    let last = { seq: '-1', id: FIRST };
    let count = 0;
    for (;;) {
      const rows = await this.database.transaction((tx) => this.page(tx, { types, ms, after: last, place }));
      const end = rows.at(-1);
      if (end === undefined) return count;
      place += BigInt(rows.length);
      count += rows.length;
      last = { seq: end.seq ?? '0', id: end.event_id };
    }
  }

  private async page(
    tx: Tx,
    from: { types: readonly string[]; ms: number; after: { seq: string; id: string }; place: bigint },
  ): Promise<Row[]> {
    const { types, ms, after, place } = from;
    const rows = await tx.query<Row>({ text: READ, values: [ms, types, after.seq, after.id] });
    const buckets = rows.map((row) => bucketOf(partitionKeyOf(row)));
    await tx.query({ text: QUEUE, values: [String(place), buckets, rows.map((row) => row.event_id)] });
    return rows;
  }
}
