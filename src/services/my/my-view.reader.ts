import { Injectable } from '@nestjs/common';
import type { Report } from '../../domain/call/report';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import type { DecisionPayload } from '../decisions/batch/decision-record';

/** A call that was allowed, with what was reported of it. */
export interface AllowedCall {
  eventId: string;
  callId: string;
  decidedAt: Instant;
  payload: DecisionPayload;
  reports: Report[];
}

interface Row {
  eventId: string;
  callId: string;
  decidedAt: Instant;
  sealed: Buffer;
  wrappedKey: Buffer;
  reports: Report[] | null;
}

/** Allowed calls of one person, newest first. Read-only, over the record. */
@Injectable()
export class MyViewReader {
  constructor(private readonly evidence: EvidenceWriter) {}

  /**
   * Of the subject's own record and of nothing merged into it: a household's calls were others' as well, and before a
   * number was claimed whoever had it was called. Calls to numbers that several people share are not among them.
   */
  async allowedCalls(
    tx: Tx,
    own: { id: string; wrappingKey: Buffer },
    page: { before?: string; limit: number },
  ): Promise<AllowedCall[]> {
    const rows = await tx.query<Row>({
      name: 'my-calls',
      text: `
SELECT e.event_id AS "eventId", e.clear->>'callId' AS "callId", e.sealed, e.wrapped_key AS "wrappedKey",
  (extract(epoch FROM e.recorded_at) * 1000)::float8 AS "decidedAt",
  (SELECT json_agg(json_build_object('type', c.type, 'at', (extract(epoch FROM c.at) * 1000)::float8,
     'effective', c.effective, 'flags', c.flags, 'seconds', c.seconds))
   FROM call_events c WHERE c.call_id = (e.clear->>'callId')::uuid) AS reports
FROM events e
WHERE e.subject_id = $1 AND e.type = 'call.decided.v1' AND e.clear->>'outcome' = 'allow'
  AND ($2::uuid IS NULL OR e.event_id < $2)
ORDER BY e.event_id DESC LIMIT $3`,
      values: [own.id, page.before ?? null, page.limit],
    });
    return rows.map(({ sealed, wrappedKey, reports, ...row }) => ({
      ...row,
      payload: this.evidence.open(
        { id: row.eventId, sealed, wrappedKey },
        own.wrappingKey,
      ) as DecisionPayload,
      reports: reports ?? [],
    }));
  }
}
