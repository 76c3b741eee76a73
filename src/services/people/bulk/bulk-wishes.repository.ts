import { Injectable } from '@nestjs/common';
import type { Wish } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import { bareArray, textArray } from '../../../platform/database/array-parameters';
import type { Tx } from '../../../platform/database/database';

export interface StoredBulkWish {
  wish: Wish;
  receiptId: string;
  subjectId: string;
  eventId: string;
}

/** A wish that was not released, and whom it was said of. */
export interface BindingWish {
  id: string;
  subjectId: string;
  scope: string;
  channels: string[];
  purposes: string[];
}

const INSERT_WISHES = `
INSERT INTO suppressions (id, receipt_id, subject_id, scope_kind, scope_id, channels, purposes, source, recorded_at, until,
  recorded_by, event_id)
SELECT id, receipt_id, subject_id, scope_kind, scope_id, string_to_array(channels, ';'), string_to_array(purposes, ';'),
  source, 'epoch'::timestamptz + recorded_at * interval '1 ms', 'epoch'::timestamptz + until * interval '1 ms', $11::uuid, event_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
  $10::bigint[], $12::uuid[])
  AS w (id, receipt_id, subject_id, scope_kind, scope_id, channels, purposes, source, recorded_at, until, event_id)`;

@Injectable()
export class BulkWishesRepository {
  async insert(tx: Tx, wishes: readonly StoredBulkWish[], clientId: string): Promise<void> {
    if (wishes.length === 0) return;
    await tx.query({
      name: 'bulk-wish-insert',
      text: INSERT_WISHES,
      values: [
        bareArray(wishes.map(({ wish }) => wish.id)),
        bareArray(wishes.map(({ receiptId }) => receiptId)),
        bareArray(wishes.map(({ subjectId }) => subjectId)),
        textArray(wishes.map(({ wish }) => wish.scope.kind)),
        textArray(wishes.map(({ wish: { scope } }) => (scope.kind === 'group' ? null : scope.id))),
        textArray(wishes.map(({ wish }) => wish.channels.join(';'))),
        textArray(wishes.map(({ wish }) => wish.purposes.join(';'))),
        textArray(wishes.map(({ wish }) => wish.source)),
        bareArray(wishes.map(({ wish }) => wish.recordedAt)),
        bareArray(wishes.map(({ wish }) => wish.until ?? null)),
        clientId,
        bareArray(wishes.map(({ eventId }) => eventId)),
      ],
    });
  }

  async released(tx: Tx, ids: readonly string[]): Promise<Map<string, Instant>> {
    const rows = await tx.query<{ id: string; at: Date }>({
      name: 'bulk-released',
      text: `
SELECT suppression_id AS id, released_at AS at FROM suppression_releases WHERE suppression_id = ANY ($1::uuid[])`,
      values: [bareArray(ids)],
    });
    return new Map(rows.map((row) => [row.id, row.at.getTime()]));
  }

  /** Of these, those that came out of lists and were not released. */
  async binding(tx: Tx, ids: readonly string[]): Promise<BindingWish[]> {
    return tx.query({
      name: 'bulk-binding',
      text: `
SELECT s.id, s.subject_id AS "subjectId", s.scope_kind AS scope, s.channels, s.purposes FROM suppressions s
WHERE s.id = ANY ($1::uuid[]) AND s.source = 'import'
  AND NOT EXISTS (SELECT FROM suppression_releases r WHERE r.suppression_id = s.id)
ORDER BY s.id`,
      values: [bareArray(ids)],
    });
  }

  async insertReleases(
    tx: Tx,
    releases: readonly { suppressionId: string; at: Instant; eventId: string }[],
    approvalId: string,
  ): Promise<void> {
    await tx.query({
      name: 'bulk-release-insert',
      text: `
INSERT INTO suppression_releases (suppression_id, released_at, approval_id, event_id)
SELECT id, 'epoch'::timestamptz + at * interval '1 ms', $4::uuid, event_id
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS r (id, at, event_id)`,
      values: [
        bareArray(releases.map(({ suppressionId }) => suppressionId)),
        bareArray(releases.map(({ at }) => at)),
        bareArray(releases.map(({ eventId }) => eventId)),
        approvalId,
      ],
    });
  }
}
