import { Client } from 'pg';

/** What became of the events of a test, read with SQL of its own and none of the code that wrote it. */
export interface Outcome {
  queued: number;
  /** Consumer and event that have several effects, or an effect and a dead letter, or neither. */
  notExactlyOnce: unknown[];
  /** Effects of a key that are not 1, 2, 3 … without a gap, in the order they were stored. */
  outOfOrder: unknown[];
  /** Effects without the memory of them, and memories without an effect. */
  torn: unknown[];
  /** Dead letters that were parked though no letter was before them, or lie in another order than their events. */
  misparked: unknown[];
}

export const CLEAN: Outcome = { queued: 0, notExactlyOnce: [], outOfOrder: [], torn: [], misparked: [] };

const ONCE = `
SELECT c.consumer, e.event_id, count(DISTINCT f.seq)::int AS effects, count(DISTINCT d.seq)::int AS letters
FROM unnest($1::text[]) AS c (consumer)
CROSS JOIN (SELECT event_id FROM events WHERE event_id = ANY ($2::uuid[])) e
LEFT JOIN effects f ON f.consumer = c.consumer AND f.event_id = e.event_id
LEFT JOIN dead_letters d ON d.consumer = c.consumer AND d.event_id = e.event_id
GROUP BY 1, 2
HAVING count(DISTINCT f.seq) + count(DISTINCT d.seq) <> 1`;

const ORDER = `
SELECT * FROM (
  SELECT consumer, key, n, row_number() OVER (PARTITION BY consumer, key ORDER BY seq) AS position FROM effects
) AS stored WHERE n <> position`;

const TORN = `
SELECT consumer, event_id, f.seq, i.recorded_at
FROM effects f FULL JOIN inbox i USING (consumer, event_id)
WHERE f.seq IS NULL OR i.recorded_at IS NULL`;

const PARKED = `
WITH letters AS (
  SELECT d.*, (e.clear ->> 'n')::int AS n, first_value(d.event_id) OVER key AS head, lag((e.clear ->> 'n')::int) OVER key AS before
  FROM dead_letters d JOIN events e USING (event_id)
  WINDOW key AS (PARTITION BY consumer, partition_key ORDER BY d.seq)
)
SELECT consumer, event_id, n, parked_behind FROM letters
WHERE before >= n OR (event_id <> head AND parked_behind IS DISTINCT FROM head) OR (event_id = head AND parked_behind IS NOT NULL)`;

export async function examine(
  url: string,
  consumers: readonly string[],
  ids: readonly string[],
): Promise<Outcome> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const rows = async (sql: string, values: unknown[] = []): Promise<unknown[]> =>
      (await client.query(sql, values)).rows;
    return {
      queued: (await rows('SELECT FROM outbox')).length,
      notExactlyOnce: await rows(ONCE, [consumers, ids]),
      outOfOrder: await rows(ORDER),
      torn: await rows(TORN),
      misparked: await rows(PARKED),
    };
  } finally {
    await client.end();
  }
}
