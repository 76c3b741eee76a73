import { Injectable } from '@nestjs/common';
import type { Wish } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import { bareArray, byteaArray, textArray } from '../../../platform/database/array-parameters';
import type { Tx } from '../../../platform/database/database';

/** A number or customer that comes into being together with its first words. */
export interface NewSubject {
  subjectId: string;
  tag: Buffer;
  /** The number or the customer id. */
  sealed: Buffer;
  wrappingKey: Buffer;
  /** Canonical JSON. */
  facts: string;
}

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

/** Customers in the order of their tags, and a subject for each that was really new. */
const ADMIT_PEOPLE = `
WITH wanted AS (
  SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[])
    AS w (tag, subject_id, sealed, wrapping_key, facts)
), admitted AS (
  INSERT INTO people (person_id, customer_tag, customer_sealed, created_at)
  SELECT subject_id, tag, sealed, clock_timestamp() FROM wanted ORDER BY tag
  ON CONFLICT (customer_tag) DO NOTHING
  RETURNING person_id
)
INSERT INTO subjects (id, kind, tags, facts, slots, wrapping_key, created_at)
SELECT w.subject_id, 'person', '', w.facts::json, '[]', w.wrapping_key, clock_timestamp()
FROM admitted a JOIN wanted w ON w.subject_id = a.person_id
RETURNING id`;

/** The same for numbers, which are nobody's yet. */
const ADMIT_NUMBERS = `
WITH wanted AS (
  SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::uuid[])
    AS w (tag, subject_id, sealed, wrapping_key, facts, number_id)
), admitted AS (
  INSERT INTO numbers (id, tag, tag_version, sealed, subject_id)
  SELECT number_id, tag, 1, sealed, subject_id FROM wanted ORDER BY tag
  ON CONFLICT (tag) DO NOTHING
  RETURNING id, subject_id
), history AS (
  INSERT INTO subject_numbers (number_id, subject_id, from_at)
  SELECT id, subject_id, clock_timestamp() FROM admitted
)
INSERT INTO subjects (id, kind, tags, facts, slots, wrapping_key, created_at)
SELECT w.subject_id, 'person', w.tag, w.facts::json, '[]', w.wrapping_key, clock_timestamp()
FROM admitted a JOIN wanted w ON w.subject_id = a.subject_id
RETURNING id`;

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
  async now(tx: Tx): Promise<Instant> {
    const [row] = await tx.query<{ at: number }>({
      name: 'bulk-time',
      text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
    });
    if (row === undefined) throw new Error('The database did not tell its time.');
    return row.at;
  }

  /** Ids of the subjects that came into being. */
  admitPeople(tx: Tx, subjects: readonly NewSubject[]): Promise<string[]> {
    return this.admit(tx, 'bulk-admit-people', ADMIT_PEOPLE, subjects, []);
  }

  admitNumbers(tx: Tx, subjects: readonly NewSubject[], numberIds: readonly string[]): Promise<string[]> {
    return this.admit(tx, 'bulk-admit-numbers', ADMIT_NUMBERS, subjects, [bareArray(numberIds)]);
  }

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

  async released(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
    const rows = await tx.query<{ id: string }>({
      name: 'bulk-released',
      text: 'SELECT suppression_id AS id FROM suppression_releases WHERE suppression_id = ANY ($1::uuid[])',
      values: [bareArray(ids)],
    });
    return new Set(rows.map((row) => row.id));
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

  private async admit(
    tx: Tx,
    name: string,
    text: string,
    subjects: readonly NewSubject[],
    more: readonly unknown[],
  ): Promise<string[]> {
    if (subjects.length === 0) return [];
    const rows = await tx.query<{ id: string }>({
      name,
      text,
      values: [
        byteaArray(subjects.map(({ tag }) => tag)),
        bareArray(subjects.map(({ subjectId }) => subjectId)),
        byteaArray(subjects.map(({ sealed }) => sealed)),
        byteaArray(subjects.map(({ wrappingKey }) => wrappingKey)),
        textArray(subjects.map(({ facts }) => facts)),
        ...more,
      ],
    });
    return rows.map((row) => row.id);
  }
}
