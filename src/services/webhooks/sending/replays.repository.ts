import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../../../platform/database/database';

/** What is left of a replay: events whose id lies between the two. */
export interface OpenReplay {
  id: string;
  webhookId: string;
  position: string;
  until: string;
}

/** Skips one that another process works at. */
const TAKE = `
SELECT id, webhook_id, position, until FROM webhook_replays WHERE finished_at IS NULL
ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED`;

/** What is pending stays as it is; what was finished is delivered again from its first attempt on. */
const QUEUE = `
WITH found AS MATERIALIZED (
  SELECT e.event_id FROM events e
  WHERE e.event_id > $2 AND e.event_id < $3 AND e.type = ANY ((SELECT types FROM webhooks WHERE id = $1)::text[])
  ORDER BY e.event_id LIMIT $4
), queued AS (
  INSERT INTO webhook_deliveries AS d (webhook_id, event_id, state, attempts, queued_at, due_at)
  SELECT $1, event_id, 'pending', 0, clock_timestamp(), clock_timestamp() FROM found
  ON CONFLICT (webhook_id, event_id) DO UPDATE SET state = 'pending', attempts = 0, queued_at = excluded.queued_at,
    due_at = excluded.due_at, finished_at = NULL
  WHERE d.state <> 'pending'
)
SELECT (SELECT count(*) FROM found)::int AS read,
  (SELECT event_id FROM found ORDER BY event_id DESC LIMIT 1) AS last`;

/** Replays that were asked for and are not done. */
@Injectable()
export class ReplaysRepository {
  constructor(private readonly database: Database) {}

  async anyOpen(): Promise<boolean> {
    const rows = await this.database.query(
      'SELECT 1 FROM webhook_replays WHERE finished_at IS NULL LIMIT 1',
      [],
      'webhook-replays-open',
    );
    return rows.length > 0;
  }

  /** The row stays locked until the transaction ends. */
  async takeOldest(tx: Tx): Promise<OpenReplay | undefined> {
    const rows = await tx.query<{ id: string; webhook_id: string; position: string; until: string }>({
      text: TAKE,
    });
    return rows.map(({ id, webhook_id: webhookId, position, until }) => ({
      id,
      webhookId,
      position,
      until,
    }))[0];
  }

  /** Queues up to `limit` of the events up to `end`; `last` is the one it came to. */
  async queue(
    tx: Tx,
    replay: OpenReplay,
    end: string,
    limit: number,
  ): Promise<{ read: number; last?: string }> {
    const [row] = await tx.query<{ read: number; last: string | null }>({
      name: 'webhook-replay',
      text: QUEUE,
      values: [replay.webhookId, replay.position, end, limit],
    });
    if (row === undefined) throw new Error('A replay gave no row.');
    return { read: row.read, ...(row.last === null ? {} : { last: row.last }) };
  }

  async advance(tx: Tx, id: string, position: string, finished: boolean): Promise<void> {
    await tx.query({
      text: `
UPDATE webhook_replays SET position = $2, finished_at = CASE WHEN $3 THEN clock_timestamp() END WHERE id = $1`,
      values: [id, position, finished],
    });
  }
}
