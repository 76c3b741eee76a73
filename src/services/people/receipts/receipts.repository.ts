import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';

export interface StoredReceipt {
  kind: 'suppression' | 'preference' | 'consent_withdrawal' | 'consent_refusal';
  /** Of the wish, preference, withdrawal or refusal. */
  id: string;
  subjectId: string;
  recordedBy: string;
  eventId: string;
}

@Injectable()
export class ReceiptsRepository {
  async find(tx: Tx, receiptId: string): Promise<StoredReceipt | undefined> {
    const [row] = await tx.query<StoredReceipt>({
      name: 'receipt-find',
      text: `
SELECT 'suppression' AS kind, id, subject_id AS "subjectId", recorded_by AS "recordedBy", event_id AS "eventId"
FROM suppressions WHERE receipt_id = $1
UNION ALL
SELECT 'preference', id, subject_id, recorded_by, event_id FROM preferences WHERE receipt_id = $1
UNION ALL
SELECT CASE kind WHEN 'refused' THEN 'consent_refusal' ELSE 'consent_withdrawal' END, id, subject_id, recorded_by, event_id
FROM consent_events WHERE receipt_id = $1`,
      values: [receiptId],
    });
    return row;
  }
}
