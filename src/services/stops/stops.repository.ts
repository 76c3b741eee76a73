import { Injectable } from '@nestjs/common';
import type { Stop, StopScopeKind } from '../../domain/suppression/stops';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';
import type { StopState } from './stops.dto';

/** A stop as history holds it. */
export interface StoredStop extends Omit<Stop, 'liftedAt'> {
  /** Null: a monitor. */
  recordedBy: string | null;
  eventId: string;
  lift?: { at: Instant; by: string; approvalId: string };
}

export interface StopFilter {
  state?: StopState;
  limit: number;
  cursor?: string;
}

interface StopRow {
  id: string;
  scope_kind: StopScopeKind;
  scope_id: string | null;
  live: Stop['live'];
  reason: string;
  recorded_at: Date;
  recorded_by: string | null;
  until: Date | null;
  event_id: string;
  lifted_at: Date | null;
  lifted_by: string | null;
  approval_id: string | null;
}

const COLUMNS = `
SELECT s.id, s.scope_kind, s.scope_id, s.live, s.reason, s.recorded_at, s.recorded_by, s.until, s.event_id,
  l.lifted_at, l.lifted_by, l.approval_id
FROM stops s LEFT JOIN stop_lifts l ON l.stop_id = s.id`;

/** Stops and their lifts; appended, never changed. */
@Injectable()
export class StopsRepository {
  async now(tx: Tx): Promise<Instant> {
    const text = 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';
    const [row] = await tx.query<{ now: Instant }>({ name: 'stop-clock', text });
    if (row === undefined) throw new Error('The database did not tell its time.');
    return row.now;
  }

  async insert(tx: Tx, stop: StoredStop): Promise<void> {
    await tx.query({
      name: 'stop-insert',
      text: `
INSERT INTO stops (id, scope_kind, scope_id, live, reason, recorded_at, recorded_by, until, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [
        stop.id,
        stop.scope.kind,
        'id' in stop.scope ? stop.scope.id : null,
        stop.live,
        stop.reason,
        new Date(stop.recordedAt),
        stop.recordedBy,
        stop.until === undefined ? null : new Date(stop.until),
        stop.eventId,
      ],
    });
  }

  async find(tx: Tx, id: string): Promise<StoredStop | undefined> {
    const rows = await tx.query<StopRow>({
      name: 'stop-find',
      text: `${COLUMNS} WHERE s.id = $1`,
      values: [id],
    });
    return rows.map(stopOfRow)[0];
  }

  /** One at a time until the transaction ends: of two lifts the second sees the first. */
  async lock(tx: Tx, id: string): Promise<StoredStop | undefined> {
    await tx.query({
      name: 'stop-lock',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`stop\n${id}`],
    });
    return this.find(tx, id);
  }

  /** One more than the page, newest first. */
  async list(tx: Tx, filter: StopFilter, now: Instant): Promise<StoredStop[]> {
    const start = startOf(filter, 'uuid');
    const rows = await tx.query<StopRow>({
      name: 'stop-list',
      text: `${COLUMNS}
WHERE ($1::timestamptz IS NULL OR (s.recorded_at, s.id) < ($1, $2::uuid))
  AND ($3::text IS NULL OR $3 = CASE WHEN l.stop_id IS NOT NULL THEN 'lifted' WHEN s.until <= $4 THEN 'ended'
    ELSE 'standing' END)
ORDER BY s.recorded_at DESC, s.id DESC LIMIT $5`,
      values: [start.at, start.id, filter.state ?? null, new Date(now), filter.limit + 1],
    });
    return rows.map(stopOfRow);
  }

  async insertLift(
    tx: Tx,
    lift: { stopId: string; at: Instant; askedBy: string; by: string; approvalId: string; eventId: string },
  ): Promise<void> {
    await tx.query({
      name: 'stop-lift-insert',
      text: `
INSERT INTO stop_lifts (stop_id, lifted_at, asked_by, lifted_by, approval_id, event_id) VALUES ($1, $2, $3, $4, $5, $6)`,
      values: [lift.stopId, new Date(lift.at), lift.askedBy, lift.by, lift.approvalId, lift.eventId],
    });
  }

  /** The sealed record of an event that concerns nobody. */
  async sealedEvent(tx: Tx, eventId: string): Promise<{ sealed: Buffer; wrappedKey: Buffer } | undefined> {
    const rows = await tx.query<{ sealed: Buffer; wrappedKey: Buffer }>({
      name: 'stop-event',
      text: 'SELECT sealed, wrapped_key AS "wrappedKey" FROM events WHERE event_id = $1 AND subject_id IS NULL',
      values: [eventId],
    });
    return rows[0];
  }
}

function stopOfRow(row: StopRow): StoredStop {
  const { scope_kind: kind, scope_id: id, lifted_at: at, lifted_by: by, approval_id: approvalId } = row;
  return {
    id: row.id,
    scope: kind === 'all' || id === null ? { kind: 'all' } : { kind, id },
    live: row.live,
    reason: row.reason,
    recordedAt: row.recorded_at.getTime(),
    recordedBy: row.recorded_by,
    ...(row.until === null ? {} : { until: row.until.getTime() }),
    eventId: row.event_id,
    ...(at === null || by === null || approvalId === null
      ? {}
      : { lift: { at: at.getTime(), by, approvalId } }),
  };
}
