import { Injectable } from '@nestjs/common';
import type { Figures, Limits, Measure } from '../../domain/monitoring/monitor';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';

/** A campaign or a vendor that is watched. */
export interface Watched {
  kind: 'campaign' | 'vendor';
  id: string;
}

/** The last time that a monitor stopped something. */
export interface Crossing {
  stopId: string;
  scope: Watched;
  /** Absent while the stop stands. */
  liftedAt?: Instant;
}

export interface StoredLimits extends Limits {
  version: number;
}

/** What the institution says of monitors, and what they stopped; appended, never changed. */
@Injectable()
export class MonitorsRepository {
  async now(tx: Tx): Promise<Instant> {
    const text = 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';
    const [row] = await tx.query<{ now: Instant }>({ name: 'monitor-clock', text });
    if (row === undefined) throw new Error('The database did not tell its time.');
    return row.now;
  }

  /** One evaluation at a time, whichever process; false where another one is at it. Held until the transaction ends. */
  async takeTurn(tx: Tx): Promise<boolean> {
    const [row] = await tx.query<{ mine: boolean }>({
      name: 'monitor-turn',
      text: `SELECT pg_try_advisory_xact_lock(hashtextextended('monitors', 0)) AS mine`,
    });
    return row?.mine === true;
  }

  /** Of two who change a monitor the second sees the first's change. */
  async lockMonitor(tx: Tx, id: Measure): Promise<void> {
    await tx.query({
      name: 'monitor-lock',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`monitor\n${id}`],
    });
  }

  /** The institution's own limits, by monitor. */
  async limits(tx: Tx): Promise<Map<Measure, StoredLimits>> {
    const rows = await tx.query<StoredLimits & { id: Measure }>({
      name: 'monitor-limits',
      text: `
SELECT DISTINCT ON (monitor_id) monitor_id AS id, version, threshold, min_sample AS "minSample",
  window_hours AS "windowHours"
FROM monitor_limits ORDER BY monitor_id, version DESC`,
    });
    return new Map(rows.map(({ id, ...limits }) => [id, limits]));
  }

  async insertLimits(
    tx: Tx,
    change: StoredLimits & {
      id: Measure;
      at: Instant;
      by: string;
      approvalId: string | null;
      eventId: string;
    },
  ): Promise<void> {
    await tx.query({
      name: 'monitor-limits-insert',
      text: `
INSERT INTO monitor_limits (monitor_id, version, threshold, min_sample, window_hours, recorded_at, recorded_by,
  approval_id, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [
        change.id,
        change.version,
        change.threshold,
        change.minSample,
        change.windowHours,
        new Date(change.at),
        change.by,
        change.approvalId,
        change.eventId,
      ],
    });
  }

  /** The last crossing of each that this monitor ever stopped. */
  async lastCrossings(tx: Tx, id: Measure): Promise<Crossing[]> {
    const rows = await tx.query<{
      stop_id: string;
      kind: Watched['kind'];
      scope_id: string;
      lifted_at: Date | null;
    }>({
      name: 'monitor-crossings',
      text: `
SELECT DISTINCT ON (c.scope_kind, c.scope_id) c.stop_id, c.scope_kind AS kind, c.scope_id, l.lifted_at
FROM monitor_crossings c LEFT JOIN stop_lifts l ON l.stop_id = c.stop_id
WHERE c.monitor_id = $1 ORDER BY c.scope_kind, c.scope_id, c.crossed_at DESC, c.stop_id DESC`,
      values: [id],
    });
    return rows.map((row) => ({
      stopId: row.stop_id,
      scope: { kind: row.kind, id: row.scope_id },
      ...(row.lifted_at === null ? {} : { liftedAt: row.lifted_at.getTime() }),
    }));
  }

  async insertCrossing(
    tx: Tx,
    crossing: {
      id: Measure;
      stopId: string;
      scope: Watched;
      /** Undefined: the first one. */
      after: string | undefined;
      figures: Figures;
      threshold: number;
      at: Instant;
    },
  ): Promise<void> {
    await tx.query({
      name: 'monitor-crossing-insert',
      text: `
INSERT INTO monitor_crossings (stop_id, monitor_id, scope_kind, scope_id, after_stop_id, counted, sample, threshold,
  crossed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [
        crossing.stopId,
        crossing.id,
        crossing.scope.kind,
        crossing.scope.id,
        crossing.after ?? NO_STOP,
        crossing.figures.count,
        crossing.figures.sample,
        crossing.threshold,
        new Date(crossing.at),
      ],
    });
  }
}

/** RFC 9562 section 5.9. */
const NO_STOP = '00000000-0000-0000-0000-000000000000';
