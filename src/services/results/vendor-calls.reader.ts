import { Injectable } from '@nestjs/common';
import type { ReportType } from '../../domain/call/report';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { isUuid } from '../../platform/ids/uuid';
import { callKeyHash } from '../decisions/batch/pending-decision';

/** What was told of a call while it went on, or by an earlier result. */
export interface ToldOfCall {
  types: Set<ReportType>;
  /** Somebody passed a refusal for good on, as such or as the words that were heard so. */
  refused: boolean;
}

/** Read-only queries over calls and the record, for reports that come late. */
@Injectable()
export class VendorCallsReader {
  constructor(private readonly evidence: EvidenceWriter) {}

  /**
   * The vendor's call that a session id names: by the id the dialer gave it, else by ours. Of several clients that used
   * the same id, the one who reports now comes first, then those of the vendor. Ids of dialers are kept 90 days.
   */
  async callOf(
    tx: Tx,
    { vendorId, sessionId, clientId }: { vendorId: string; sessionId: string; clientId: string },
  ): Promise<string | undefined> {
    const rows = await tx.query<{ callId: string }>({
      name: 'result-call-of-key',
      text: `
SELECT c.call_id AS "callId"
FROM clients o JOIN call_keys k ON k.client_id = o.id AND k.key = $2 JOIN calls c ON c.call_id = k.call_id
WHERE c.vendor_id = $1
ORDER BY (o.id = $3) DESC, (o.vendor_id IS NOT DISTINCT FROM $1) DESC, c.call_id DESC LIMIT 1`,
      values: [vendorId, callKeyHash('external', sessionId), clientId],
    });
    if (rows[0] !== undefined || !isUuid(sessionId)) return rows[0]?.callId;
    const own = await tx.query<{ callId: string }>({
      name: 'result-call-of-id',
      text: 'SELECT call_id AS "callId" FROM calls WHERE call_id = $2 AND vendor_id = $1',
      values: [vendorId, sessionId],
    });
    return own[0]?.callId;
  }

  async told(tx: Tx, callId: string): Promise<ToldOfCall> {
    const rows = await tx.query<{ type: ReportType; refused: boolean }>({
      name: 'result-call-told',
      text: `
SELECT type, bool_or('REFUSED' = ANY (flags) AND coalesce(code, 'refuse_permanent') ~ 'refuse_permanent') AS refused
FROM call_events WHERE call_id = $1 GROUP BY type`,
      values: [callId],
    });
    return { types: new Set(rows.map(({ type }) => type)), refused: rows.some(({ refused }) => refused) };
  }

  /** What an event of a report or of a mapping holds; undefined once its person has been erased. */
  async opened(tx: Tx, eventId: string): Promise<{ [member: string]: unknown } | undefined> {
    const [event] = await tx.query<{
      sealed: Buffer;
      wrappedKey: Buffer;
      subjectId: string | null;
      wrappingKey: Buffer | null;
    }>({
      name: 'result-event',
      text: `
SELECT e.sealed, e.wrapped_key AS "wrappedKey", e.subject_id AS "subjectId", s.wrapping_key AS "wrappingKey"
FROM events e LEFT JOIN subjects s ON s.id = e.subject_id WHERE e.event_id = $1`,
      values: [eventId],
    });
    if (event === undefined || (event.subjectId !== null && event.wrappingKey === null)) return undefined;
    const { sealed, wrappedKey, wrappingKey } = event;
    return this.evidence.open({ id: eventId, sealed, wrappedKey }, wrappingKey ?? undefined) as {
      [member: string]: unknown;
    };
  }
}
