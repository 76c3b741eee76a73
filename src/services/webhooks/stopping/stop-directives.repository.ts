import { Injectable } from '@nestjs/common';
import type { Instant } from '../../../domain/time/instant';
import { Database, type Tx } from '../../../platform/database/database';

/** What is left to tell of a stop: its calls whose id lies between the two. */
export interface OpenStop {
  stopId: string;
  causeEventId: string;
  position: string;
  until: string;
  scope: { kind: string; id: string | null };
}

/** Skips one that another process works at. */
const TAKE = `
SELECT d.stop_id AS "stopId", d.cause_event_id AS "causeEventId", d.position, d.until,
  json_build_object('kind', s.scope_kind, 'id', s.scope_id) AS scope
FROM stop_directives d JOIN stops s ON s.id = d.stop_id
WHERE d.finished_at IS NULL ORDER BY d.stop_id LIMIT 1 FOR UPDATE OF d SKIP LOCKED`;

/** Of a vendor's or a campaign's stop only its calls are looked at; what else a scope says stands in the records. */
const CALLS = `
SELECT c.call_id AS "callId" FROM calls c
WHERE c.call_id > $1 AND c.call_id < $2 AND c.outcome = 'allow'
  AND ($3::text IS NULL OR c.vendor_id = $3) AND ($4::text IS NULL OR c.campaign_id = $4)
  AND NOT EXISTS (SELECT FROM call_events e
    WHERE e.call_id = c.call_id AND e.effective AND e.type IN ('ended', 'failed', 'not_placed'))
ORDER BY c.call_id LIMIT $5`;

/** Stops whose calls are being told. */
@Injectable()
export class StopDirectivesRepository {
  constructor(private readonly database: Database) {}

  async open(
    tx: Tx,
    stop: { stopId: string; causeEventId: string; from: string; until: string },
  ): Promise<void> {
    await tx.query({
      name: 'stop-directives-open',
      text: 'INSERT INTO stop_directives (stop_id, cause_event_id, position, until) VALUES ($1, $2, $3, $4)',
      values: [stop.stopId, stop.causeEventId, stop.from, stop.until],
    });
  }

  async anyOpen(): Promise<boolean> {
    const sql = 'SELECT 1 FROM stop_directives WHERE finished_at IS NULL LIMIT 1';
    return (await this.database.query(sql, [], 'stop-directives-any')).length > 0;
  }

  /** The row stays locked until the transaction ends. */
  async takeOldest(tx: Tx): Promise<OpenStop | undefined> {
    return (await tx.query<OpenStop>({ name: 'stop-directives-take', text: TAKE }))[0];
  }

  /** Allowed calls up to `end` that nobody said are over, in order of their ids. */
  async calls(tx: Tx, { position, scope }: OpenStop, end: string, limit: number): Promise<string[]> {
    const of = (kind: string): string | null => (scope.kind === kind ? scope.id : null);
    const rows = await tx.query<{ callId: string }>({
      name: 'stop-directives-calls',
      text: CALLS,
      values: [position, end, of('vendor'), of('campaign'), limit],
    });
    return rows.map(({ callId }) => callId);
  }

  async advance(tx: Tx, stopId: string, position: string, finishedAt: Instant | null): Promise<void> {
    await tx.query({
      name: 'stop-directives-advance',
      text: 'UPDATE stop_directives SET position = $2, finished_at = $3 WHERE stop_id = $1',
      values: [stopId, position, finishedAt === null ? null : new Date(finishedAt)],
    });
  }
}
