import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';

/** `refusal_not_reported`: the dialogue holds one, the vendor's words do not. `talked_on`: the bot sold on after it. */
export const FINDING_KINDS = ['refusal_not_reported', 'talked_on'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface StoredFinding {
  id: string;
  kind: FindingKind;
  callId: string;
  resultId: string;
  foundAt: Instant;
}

/** What counts against a vendor; appended, never changed. */
@Injectable()
export class FindingsRepository {
  async isKnown(tx: Tx, callId: string, kind: FindingKind): Promise<boolean> {
    const rows = await tx.query({
      name: 'finding-known',
      text: 'SELECT 1 FROM vendor_findings WHERE call_id = $1 AND kind = $2',
      values: [callId, kind],
    });
    return rows.length > 0;
  }

  async insert(tx: Tx, vendorId: string, finding: StoredFinding & { eventId: string }): Promise<void> {
    await tx.query({
      name: 'finding-insert',
      text: `
INSERT INTO vendor_findings (id, vendor_id, call_id, kind, result_id, found_at, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      values: [
        finding.id,
        vendorId,
        finding.callId,
        finding.kind,
        finding.resultId,
        new Date(finding.foundAt),
        finding.eventId,
      ],
    });
  }

  /** Newest first, one more than asked for. */
  async list(tx: Tx, vendorId: string, page: { limit: number; cursor?: string }): Promise<StoredFinding[]> {
    const start = startOf(page, 'uuid');
    return tx.query<StoredFinding>({
      name: 'finding-list',
      text: `
SELECT id, kind, call_id AS "callId", result_id AS "resultId",
  (extract(epoch FROM found_at) * 1000)::float8 AS "foundAt"
FROM vendor_findings
WHERE vendor_id = $1 AND ($2::timestamptz IS NULL OR (found_at, id) < ($2, $3::uuid))
ORDER BY found_at DESC, id DESC LIMIT $4`,
      values: [vendorId, start.at, start.id, page.limit + 1],
    });
  }
}
