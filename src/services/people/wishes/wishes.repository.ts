import { Injectable } from '@nestjs/common';
import type { Wish, WishScope, WishSource } from '../../../domain/decision/facts';
import type { Channel, Purpose } from '../../../domain/decision/purpose';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { startOf } from '../../../platform/http/cursor';

/** A suppression as history holds it: what was recorded, and its release if there was one. */
export interface StoredWish extends Wish {
  receiptId: string;
  /** The subject it was said of, as it was then. */
  subjectId: string;
  recordedBy: string;
  eventId: string;
  carriedFrom?: string;
  releasedAt?: Instant;
}

interface WishRow {
  id: string;
  receipt_id: string;
  subject_id: string;
  scope_kind: WishScope['kind'];
  scope_id: string | null;
  channels: Channel[];
  purposes: Purpose[];
  source: WishSource;
  recorded_at: Date;
  until: Date | null;
  recorded_by: string;
  event_id: string;
  carried_from: string | null;
  released_at: Date | null;
}

const COLUMNS = `
SELECT s.id, s.receipt_id, s.subject_id, s.scope_kind, s.scope_id, s.channels, s.purposes, s.source, s.recorded_at,
  s.until, s.recorded_by, s.event_id, s.carried_from, r.released_at
FROM suppressions s LEFT JOIN suppression_releases r ON r.suppression_id = s.id`;

/** Everything that was merged into the subjects $1, and they themselves. */
export const FAMILY = `
WITH RECURSIVE family (id) AS (
  SELECT unnest($1::uuid[])
  UNION
  SELECT s.id FROM family f JOIN subjects s ON s.merged_into = f.id
)`;

@Injectable()
export class WishesRepository {
  async insert(tx: Tx, wish: Omit<StoredWish, 'carriedFrom' | 'releasedAt'>): Promise<void> {
    await tx.query({
      name: 'wish-insert',
      text: `
INSERT INTO suppressions (id, receipt_id, subject_id, scope_kind, scope_id, channels, purposes, source, recorded_at,
  until, recorded_by, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      values: [
        wish.id,
        wish.receiptId,
        wish.subjectId,
        wish.scope.kind,
        wish.scope.kind === 'group' ? null : wish.scope.id,
        wish.channels,
        wish.purposes,
        wish.source,
        new Date(wish.recordedAt),
        wish.until === undefined ? null : new Date(wish.until),
        wish.recordedBy,
        wish.eventId,
      ],
    });
  }

  async find(tx: Tx, id: string): Promise<StoredWish | undefined> {
    const rows = await tx.query<WishRow>({ text: `${COLUMNS} WHERE s.id = $1`, values: [id] });
    return rows.map(wishOf)[0];
  }

  /** Newest first, one more than asked for; of these subjects and of everything merged into them. */
  async list(
    tx: Tx,
    subjectIds: readonly string[],
    page: { limit: number; cursor?: string },
  ): Promise<StoredWish[]> {
    const start = startOf(page, 'uuid');
    const rows = await tx.query<WishRow>({
      text: `${FAMILY}
${COLUMNS}
WHERE s.subject_id IN (SELECT id FROM family)
  AND ($2::timestamptz IS NULL OR (s.recorded_at, s.id) < ($2, $3::uuid))
ORDER BY s.recorded_at DESC, s.id DESC LIMIT $4`,
      values: [subjectIds, start.at, start.id, page.limit + 1],
    });
    return rows.map(wishOf);
  }

  /**
   * A second release of the same wish breaks the primary key: the caller looked under the subject's lock before. The
   * person's own later word needs no approval.
   */
  async insertRelease(
    tx: Tx,
    release: { suppressionId: string; releasedAt: Instant; approvalId?: string; eventId: string },
  ): Promise<void> {
    await tx.query({
      name: 'wish-release-insert',
      text: `
INSERT INTO suppression_releases (suppression_id, released_at, approval_id, event_id) VALUES ($1, $2, $3, $4)`,
      values: [
        release.suppressionId,
        new Date(release.releasedAt),
        release.approvalId ?? null,
        release.eventId,
      ],
    });
  }
}

function wishOf(row: WishRow): StoredWish {
  return {
    id: row.id,
    receiptId: row.receipt_id,
    subjectId: row.subject_id,
    scope: scopeOf(row),
    channels: row.channels,
    purposes: row.purposes,
    source: row.source,
    recordedAt: row.recorded_at.getTime(),
    ...(row.until === null ? {} : { until: row.until.getTime() }),
    recordedBy: row.recorded_by,
    eventId: row.event_id,
    ...(row.carried_from === null ? {} : { carriedFrom: row.carried_from }),
    ...(row.released_at === null ? {} : { releasedAt: row.released_at.getTime() }),
  };
}

function scopeOf(row: WishRow): WishScope {
  const { scope_kind: kind, scope_id: id } = row;
  return kind === 'group' || id === null ? { kind: 'group' } : { kind, id };
}

export type WishState = 'active' | 'released' | 'expired';

/** History is never edited: the state is what follows from it now. */
export function stateOf(wish: Pick<StoredWish, 'releasedAt' | 'until'>, now: Instant): WishState {
  if (wish.releasedAt !== undefined) return 'released';
  return wish.until !== undefined && wish.until <= now ? 'expired' : 'active';
}
