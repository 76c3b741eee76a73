import { Injectable } from '@nestjs/common';
import type { Report } from '../../domain/call/report';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import type { StoredCall } from '../decisions/call.reader';
import { uuidV7Floor } from '../../platform/ids/uuid-v7';

export interface OpenedReport extends Report {
  eventId: string;
  recordedAt: Instant;
  /** As it was sent; null once the person has been erased. */
  report: unknown;
}

interface ReportRow extends Report {
  eventId: string;
  recordedAt: Instant;
  sealed: Buffer;
  wrappedKey: Buffer;
  wrappingKey: Buffer | null;
  subjectId: string | null;
}

/** Read-only queries over the record. */
@Injectable()
export class AuditReader {
  constructor(private readonly evidence: EvidenceWriter) {}

  /** Reports of a call in order of arrival, opened. */
  async reports(tx: Tx, call: StoredCall): Promise<OpenedReport[]> {
    const rows = await tx.query<ReportRow>({
      name: 'audit-reports',
      text: `
SELECT c.event_id AS "eventId", c.type, c.effective, c.flags, e.sealed, e.wrapped_key AS "wrappedKey",
  s.wrapping_key AS "wrappingKey", e.subject_id AS "subjectId",
  (extract(epoch FROM c.at) * 1000)::float8 AS at,
  (extract(epoch FROM c.recorded_at) * 1000)::float8 AS "recordedAt"
FROM call_events c JOIN events e ON e.event_id = c.event_id LEFT JOIN subjects s ON s.id = e.subject_id
WHERE c.call_id = $1 ORDER BY c.recorded_at, c.event_id`,
      values: [call.callId],
    });
    return rows.map(({ sealed, wrappedKey, wrappingKey, subjectId, ...row }) => {
      const erased = subjectId !== null && wrappingKey === null;
      const payload = erased
        ? null
        : (this.evidence.open({ id: row.eventId, sealed, wrappedKey }, wrappingKey ?? undefined) as {
            report: unknown;
          });
      return { ...row, report: payload?.report ?? null };
    });
  }

  /** Who read the dossier of a call before; the newest hundred. */
  async readers(tx: Tx, call: StoredCall): Promise<{ at: string; clientId: string; unmasked: boolean }[]> {
    return tx.query({
      name: 'audit-readers',
      text: `
SELECT to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
  clear->>'clientId' AS "clientId", (clear->>'unmasked')::boolean AS unmasked
FROM events
WHERE type = 'call.read.v1' AND event_id >= $1 AND clear->>'callId' = $2
  AND (subject_id = $3 OR ($3::uuid IS NULL AND subject_id IS NULL))
ORDER BY event_id DESC LIMIT 100`,
      values: [uuidV7Floor(call.decidedAt), call.callId, call.subjectId],
    });
  }

  /** The final entry bytes of the decision, which are canonical JSON. */
  async entry(tx: Tx, call: StoredCall): Promise<string> {
    const [row] = await tx.query<{ entry: Buffer }>({
      name: 'audit-entry',
      text: 'SELECT entry FROM events WHERE event_id = $1',
      values: [call.eventId],
    });
    return row?.entry.toString('utf8') ?? '';
  }

  /** Whose record reading the call is part of. */
  async subject(tx: Tx, call: StoredCall): Promise<{ id: string; wrappingKey: Buffer } | undefined> {
    if (call.subjectId === null) return undefined;
    const [row] = await tx.query<{ wrapping_key: Buffer | null }>({
      name: 'audit-subject',
      text: 'SELECT wrapping_key FROM subjects WHERE id = $1',
      values: [call.subjectId],
    });
    if (row === undefined || row.wrapping_key === null) return undefined;
    return { id: call.subjectId, wrappingKey: row.wrapping_key };
  }
}
