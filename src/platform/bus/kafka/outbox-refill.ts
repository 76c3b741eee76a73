import { Injectable } from '@nestjs/common';
import type { Tx } from '../../database/database';
import { bucketOf } from '../../evidence/bucket';
import { partitionKeyOf } from '../stored-event';

const PAGE = 5_000;

/** One sort, read page by page. What waits with attributes keeps them in the copy that goes before it. */
const READ = `
DECLARE refill NO SCROLL CURSOR FOR
SELECT e.event_id, e.subject_id, e.clear::text AS clear, o.attributes::text AS attributes FROM events e
LEFT JOIN LATERAL (SELECT attributes FROM outbox WHERE event_id = e.event_id AND attributes IS NOT NULL LIMIT 1) o ON true
WHERE e.event_id >= uuid_v7_floor(clock_timestamp() - $1 * interval '1 ms') AND e.type = ANY ($2)
ORDER BY coalesce(e.seq, 0), e.event_id`;

const QUEUE = `
INSERT INTO outbox (seq, bucket, event_id, attributes)
SELECT $1::bigint + position, bucket, event_id, attributes::json
FROM unnest($2::smallint[], $3::uuid[], $4::text[]) WITH ORDINALITY AS i (bucket, event_id, attributes, position)`;

interface Row {
  event_id: string;
  subject_id: string | null;
  clear: string;
  attributes: string | null;
}

/**
 * Queues recorded events once more, before all that waits, in the order in which they were queued first. A reader that
 * had them passes over them by their ids.
 */
@Injectable()
export class OutboxRefill {
  /** Events of these types recorded within the last `ms`; how many there were. */
  async run(tx: Tx, types: readonly string[], ms: number): Promise<number> {
    // Above all that may come, so that the copies stand before what waits and in their own order.
    const [row] = await tx.query<{ base: string }>({
      text: "SELECT (least(0, min(seq)) - 1 - (SELECT count(*) FROM events WHERE event_id >= uuid_v7_floor(clock_timestamp() - $1 * interval '1 ms')))::text AS base FROM outbox",
      values: [ms],
    });
    let place = BigInt(row?.base ?? '0');
    let count = 0;
    await tx.query({ text: READ, values: [ms, types] });
    for (;;) {
      const rows = await tx.query<Row>({ text: `FETCH ${PAGE} FROM refill` });
      if (rows.length === 0) break;
      await tx.query({
        text: QUEUE,
        values: [
          String(place),
          rows.map((one) => bucketOf(partitionKeyOf(one))),
          rows.map((one) => one.event_id),
          rows.map((one) => one.attributes),
        ],
      });
      place += BigInt(rows.length);
      count += rows.length;
    }
    await tx.query({ text: 'CLOSE refill' });
    return count;
  }
}
