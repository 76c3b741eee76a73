import { Injectable } from '@nestjs/common';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { startOf } from '../../../platform/http/cursor';
import { FAMILY } from '../wishes/wishes.repository';

/** A preference as history holds it; what it says is sealed in its event. */
export interface StoredPreference {
  id: string;
  receiptId: string;
  subjectId: string;
  recordedAt: Instant;
  recordedBy: string;
  eventId: string;
  carriedFrom?: string;
  withdrawnAt?: Instant;
}

interface PreferenceRow {
  id: string;
  receipt_id: string;
  subject_id: string;
  recorded_at: Date;
  recorded_by: string;
  event_id: string;
  carried_from: string | null;
  withdrawn_at: Date | null;
}

const COLUMNS = `
SELECT p.id, p.receipt_id, p.subject_id, p.recorded_at, p.recorded_by, p.event_id, p.carried_from, w.withdrawn_at
FROM preferences p LEFT JOIN preference_withdrawals w ON w.preference_id = p.id`;

@Injectable()
export class PreferencesRepository {
  async insert(tx: Tx, preference: StoredPreference): Promise<void> {
    await tx.query({
      name: 'preference-insert',
      text: `
INSERT INTO preferences (id, receipt_id, subject_id, recorded_at, recorded_by, event_id) VALUES ($1, $2, $3, $4, $5, $6)`,
      values: [
        preference.id,
        preference.receiptId,
        preference.subjectId,
        new Date(preference.recordedAt),
        preference.recordedBy,
        preference.eventId,
      ],
    });
  }

  async find(tx: Tx, id: string): Promise<StoredPreference | undefined> {
    const rows = await tx.query<PreferenceRow>({ text: `${COLUMNS} WHERE p.id = $1`, values: [id] });
    return rows.map(preferenceOf)[0];
  }

  /** Newest first, one more than asked for; of these subjects and of everything merged into them. */
  async list(
    tx: Tx,
    subjectIds: readonly string[],
    page: { limit: number; cursor?: string },
  ): Promise<StoredPreference[]> {
    const start = startOf(page, 'uuid');
    const rows = await tx.query<PreferenceRow>({
      text: `${FAMILY}
${COLUMNS}
WHERE p.subject_id IN (SELECT id FROM family)
  AND ($2::timestamptz IS NULL OR (p.recorded_at, p.id) < ($2, $3::uuid))
ORDER BY p.recorded_at DESC, p.id DESC LIMIT $4`,
      values: [subjectIds, start.at, start.id, page.limit + 1],
    });
    return rows.map(preferenceOf);
  }

  async insertWithdrawal(
    tx: Tx,
    withdrawal: { preferenceId: string; withdrawnAt: Instant; approvalId: string; eventId: string },
  ): Promise<void> {
    const { preferenceId, withdrawnAt, approvalId, eventId } = withdrawal;
    await tx.query({
      name: 'preference-withdrawal-insert',
      text: `
INSERT INTO preference_withdrawals (preference_id, withdrawn_at, approval_id, event_id) VALUES ($1, $2, $3, $4)`,
      values: [preferenceId, new Date(withdrawnAt), approvalId, eventId],
    });
  }
}

function preferenceOf(row: PreferenceRow): StoredPreference {
  return {
    id: row.id,
    receiptId: row.receipt_id,
    subjectId: row.subject_id,
    recordedAt: row.recorded_at.getTime(),
    recordedBy: row.recorded_by,
    eventId: row.event_id,
    ...(row.carried_from === null ? {} : { carriedFrom: row.carried_from }),
    ...(row.withdrawn_at === null ? {} : { withdrawnAt: row.withdrawn_at.getTime() }),
  };
}
