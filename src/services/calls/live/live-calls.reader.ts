import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';

/** What may have changed what a call is told: how much was reported of it, and whether it was withdrawn. */
const MARKS = `
WITH RECURSIVE asked AS (
  SELECT call_id, subject_id FROM calls WHERE call_id = ANY ($1::uuid[])
), present AS (
  SELECT a.call_id, s.merged_into, s.slots FROM asked a JOIN subjects s ON s.id = a.subject_id
  UNION ALL
  SELECT p.call_id, s.merged_into, s.slots FROM present p JOIN subjects s ON s.id = p.merged_into
), withdrawn AS (
  SELECT p.call_id, slot->>'voidedAt' AS at FROM present p, json_array_elements(p.slots) AS slot
  WHERE p.merged_into IS NULL AND slot->>'callId' = p.call_id::text
), reported AS (
  SELECT call_id, count(*) AS reports FROM call_events WHERE call_id = ANY ($1::uuid[]) GROUP BY call_id
)
SELECT a.call_id AS "callId", concat_ws('/', coalesce(r.reports, 0), w.at) AS mark
FROM asked a LEFT JOIN withdrawn w ON w.call_id = a.call_id LEFT JOIN reported r ON r.call_id = a.call_id`;

/** Looks after many calls at once, without a lock. */
@Injectable()
export class LiveCallsReader {
  /** A text for each call that changes whenever what it is told may. Whatever committed before is in it. */
  async marks(tx: Tx, callIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ callId: string; mark: string }>({
      name: 'live-marks',
      text: MARKS,
      values: [callIds],
    });
    return new Map(rows.map((row) => [row.callId, row.mark]));
  }
}
