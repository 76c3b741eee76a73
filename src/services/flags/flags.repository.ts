import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';
import type { FlagKind, OpenFlag } from './flags.port';

/** A flag as history holds it, with its resolution if there is one. */
export interface StoredFlag {
  id: string;
  kind: FlagKind;
  subjectId: string | null;
  callId: string | null;
  vendorId: string | null;
  causeEventId: string;
  suppressionId: string | null;
  raisedAt: Instant;
  raisedBy: string;
  eventId: string;
  resolution: string | null;
  resolvedAt: Instant | null;
  resolvedBy: string | null;
  approvalId: string | null;
  resolutionEventId: string | null;
  /** How often the same was found again, as far as it is counted. */
  repeats: number;
}

export interface FlagFilter {
  kind?: FlagKind;
  state?: 'open' | 'resolved';
  limit: number;
  cursor?: string;
}

/** More than this says nothing more, and would be counted for every list. */
const COUNTED_REPEATS = 10_000;

const COLUMNS = `
SELECT f.id, f.kind, f.subject_id AS "subjectId", f.call_id AS "callId", f.vendor_id AS "vendorId",
  f.cause_event_id AS "causeEventId", f.suppression_id AS "suppressionId", f.raised_by AS "raisedBy",
  f.event_id AS "eventId", r.resolution, r.resolved_by AS "resolvedBy", r.approval_id AS "approvalId",
  r.event_id AS "resolutionEventId",
  (SELECT count(*)::int FROM (SELECT FROM flag_repeats p WHERE p.flag_id = f.id LIMIT ${COUNTED_REPEATS}) AS again) AS repeats,
  (extract(epoch FROM f.raised_at) * 1000)::float8 AS "raisedAt",
  (extract(epoch FROM r.resolved_at) * 1000)::float8 AS "resolvedAt"
FROM flags f LEFT JOIN flag_resolutions r ON r.flag_id = f.id`;

/** Flags and what became of them; appended, never changed. */
@Injectable()
export class FlagsRepository {
  async find(tx: Tx, id: string): Promise<StoredFlag | undefined> {
    const rows = await tx.query<StoredFlag>({
      name: 'flag-find',
      text: `${COLUMNS} WHERE f.id = $1`,
      values: [id],
    });
    return rows[0];
  }

  /** Newest first, one more than asked for. */
  async list(tx: Tx, filter: FlagFilter): Promise<StoredFlag[]> {
    const start = startOf(filter, 'uuid');
    return tx.query<StoredFlag>({
      name: 'flag-list',
      text: `${COLUMNS}
WHERE ($1::text IS NULL OR f.kind = $1) AND ($2::boolean IS NULL OR (r.flag_id IS NULL) = $2)
  AND ($3::timestamptz IS NULL OR (f.raised_at, f.id) < ($3, $4::uuid))
ORDER BY f.raised_at DESC, f.id DESC LIMIT $5`,
      values: [
        filter.kind ?? null,
        filter.state === undefined ? null : filter.state === 'open',
        start.at,
        start.id,
        filter.limit + 1,
      ],
    });
  }

  async openOf(tx: Tx, kind: FlagKind, subjectIds: readonly string[]): Promise<OpenFlag[]> {
    return tx.query<OpenFlag>({
      name: 'flag-open-of',
      text: `
WITH RECURSIVE family (id) AS (
  SELECT unnest($2::uuid[])
  UNION
  SELECT s.id FROM family m JOIN subjects s ON s.merged_into = m.id
)
SELECT f.id, f.suppression_id AS "suppressionId" FROM flags f
WHERE f.kind = $1 AND f.subject_id = ANY (ARRAY(SELECT id FROM family))
  AND NOT EXISTS (SELECT FROM flag_resolutions r WHERE r.flag_id = f.id)
ORDER BY f.raised_at, f.id`,
      values: [kind, subjectIds],
    });
  }

  /** The flag of this cause, or one of this call that is open. */
  async findSame(
    tx: Tx,
    flag: Pick<StoredFlag, 'kind' | 'subjectId' | 'callId' | 'causeEventId'>,
  ): Promise<string | undefined> {
    const rows = await tx.query<{ id: string }>({
      name: 'flag-find-same',
      text: `
SELECT f.id FROM flags f
WHERE f.kind = $1 AND f.subject_id IS NOT DISTINCT FROM $2
  AND (f.cause_event_id = $3
    OR (f.call_id = $4 AND NOT EXISTS (SELECT FROM flag_resolutions r WHERE r.flag_id = f.id)))
ORDER BY f.raised_at, f.id LIMIT 1`,
      values: [flag.kind, flag.subjectId, flag.causeEventId, flag.callId],
    });
    return rows[0]?.id;
  }

  /** What is of no person has no row whose lock could stand for it. */
  async lockCause(tx: Tx, causeEventId: string): Promise<void> {
    await tx.query({
      name: 'flag-lock-cause',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`flag/${causeEventId}`],
    });
  }

  /** The present row of a subject with the key of its record, and the database's clock; takes no lock. */
  async recordOf(
    tx: Tx,
    subjectId: string | undefined,
  ): Promise<{ id: string | null; wrappingKey: Buffer | null; now: Instant }> {
    const [row] = await tx.query<{ id: string | null; wrappingKey: Buffer | null; now: Instant }>({
      name: 'flag-record-of',
      text: `
WITH RECURSIVE present (id, merged_into, wrapping_key) AS (
  SELECT id, merged_into, wrapping_key FROM subjects WHERE id = $1
  UNION ALL
  SELECT s.id, s.merged_into, s.wrapping_key FROM present p JOIN subjects s ON s.id = p.merged_into
)
SELECT p.id, p.wrapping_key AS "wrappingKey",
  floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
FROM (SELECT) AS one LEFT JOIN present p ON p.merged_into IS NULL`,
      values: [subjectId ?? null],
    });
    if (row === undefined) throw new Error('The database gave no time.');
    return row;
  }

  /** The stored record of an event, with the key of whoever it concerned: null for nobody, or once erased. */
  async eventOf(
    tx: Tx,
    eventId: string,
  ): Promise<
    { sealed: Buffer; wrappedKey: Buffer; subjectId: string | null; wrappingKey: Buffer | null } | undefined
  > {
    const rows = await tx.query<{
      sealed: Buffer;
      wrappedKey: Buffer;
      subjectId: string | null;
      wrappingKey: Buffer | null;
    }>({
      name: 'flag-event-of',
      text: `
SELECT e.sealed, e.wrapped_key AS "wrappedKey", e.subject_id AS "subjectId", s.wrapping_key AS "wrappingKey"
FROM events e LEFT JOIN subjects s ON s.id = e.subject_id WHERE e.event_id = $1`,
      values: [eventId],
    });
    return rows[0];
  }

  async insert(
    tx: Tx,
    flag: Pick<
      StoredFlag,
      | 'id'
      | 'kind'
      | 'subjectId'
      | 'callId'
      | 'vendorId'
      | 'causeEventId'
      | 'suppressionId'
      | 'raisedAt'
      | 'raisedBy'
      | 'eventId'
    >,
  ): Promise<void> {
    await tx.query({
      name: 'flag-insert',
      text: `
INSERT INTO flags (id, kind, subject_id, call_id, vendor_id, cause_event_id, suppression_id, raised_at, raised_by, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      values: [
        flag.id,
        flag.kind,
        flag.subjectId,
        flag.callId,
        flag.vendorId,
        flag.causeEventId,
        flag.suppressionId,
        new Date(flag.raisedAt),
        flag.raisedBy,
        flag.eventId,
      ],
    });
  }

  async repeat(tx: Tx, flagId: string, again: { causeEventId: string; at: Instant }): Promise<void> {
    await tx.query({
      name: 'flag-repeat',
      text: `
INSERT INTO flag_repeats (flag_id, cause_event_id, found_at) VALUES ($1, $2, $3)
ON CONFLICT (flag_id, cause_event_id) DO NOTHING`,
      values: [flagId, again.causeEventId, new Date(again.at)],
    });
  }

  /** A second resolution of the same flag breaks the primary key. */
  async resolve(
    tx: Tx,
    resolved: {
      flagId: string;
      resolution: string;
      at: Instant;
      by: string;
      approvalId: string | null;
      eventId: string;
    },
  ): Promise<void> {
    await tx.query({
      name: 'flag-resolve',
      text: `
INSERT INTO flag_resolutions (flag_id, resolution, resolved_at, resolved_by, approval_id, event_id)
VALUES ($1, $2, $3, $4, $5, $6)`,
      values: [
        resolved.flagId,
        resolved.resolution,
        new Date(resolved.at),
        resolved.by,
        resolved.approvalId,
        resolved.eventId,
      ],
    });
  }
}
