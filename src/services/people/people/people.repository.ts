import { Injectable } from '@nestjs/common';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';
import type { HeldNumber, MovableSubject, NumberMoves } from './number-moves';

const text = (value: unknown): string => canonicalJson(value as Json);

/**
 * Numbers held by the subjects $1, numbers with the tags $2, and all numbers of everybody who claims one of the
 * former: enough to know who else is on each row.
 */
const NUMBERS = `
WITH held AS (
  SELECT id FROM numbers WHERE subject_id = ANY ($1::uuid[]) OR tag = ANY ($2::bytea[])
), person AS (
  SELECT DISTINCT c.person_id FROM held h JOIN people_numbers c ON c.number_id = h.id AND c.to_at IS NULL
), near AS (
  SELECT id FROM held
  UNION
  SELECT c.number_id FROM person p JOIN people_numbers c ON c.person_id = p.person_id AND c.to_at IS NULL
)
SELECT n.id, n.tag, n.subject_id,
  ARRAY(SELECT c.person_id FROM people_numbers c WHERE c.number_id = n.id AND c.to_at IS NULL)::text[] AS claimants
FROM near JOIN numbers n ON n.id = near.id`;

const OWNERS = `
SELECT id, subject_id FROM suppressions WHERE id = ANY ($1::uuid[])
UNION ALL
SELECT id, subject_id FROM preferences WHERE id = ANY ($1::uuid[])`;

const SAVE_SUBJECTS = `
INSERT INTO subjects (id, kind, tags, facts, slots, wrapping_key, merged_into, created_at)
SELECT id, kind, tags, facts::json, slots::json, wrapping_key, merged_into, clock_timestamp()
FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::bytea[], $7::uuid[])
  AS s (id, kind, tags, facts, slots, wrapping_key, merged_into)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, tags = excluded.tags, facts = excluded.facts,
  slots = excluded.slots, merged_into = excluded.merged_into`;

/** One instant closes the old stretch and opens the new one; a number may have been admitted in this very moment. */
const MOVE_NUMBERS = `
WITH move AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS m (number_id, subject_id)
), closed AS (
  UPDATE subject_numbers h SET to_at = greatest(clock_timestamp(), h.from_at + interval '1 microsecond')
  FROM move m WHERE h.number_id = m.number_id AND h.to_at IS NULL
  RETURNING h.number_id, h.to_at
), opened AS (
  INSERT INTO subject_numbers (number_id, subject_id, from_at)
  SELECT c.number_id, m.subject_id, c.to_at FROM closed c JOIN move m ON m.number_id = c.number_id
)
UPDATE numbers n SET subject_id = m.subject_id FROM move m WHERE n.id = m.number_id`;

/** Who is a customer and which numbers that customer has; the SQL behind `PutPerson`. */
@Injectable()
export class PeopleRepository {
  constructor(private readonly keyring: Keyring) {}

  async numbersNear(tx: Tx, subjectIds: readonly string[], tags: readonly Buffer[]): Promise<HeldNumber[]> {
    const rows = await tx.query<{ id: string; tag: Buffer; subject_id: string; claimants: string[] }>({
      name: 'people-numbers-near',
      text: NUMBERS,
      values: [subjectIds, tags],
    });
    return rows.map((row) => ({
      id: row.id,
      tag: row.tag,
      subjectId: row.subject_id,
      claimants: new Set(row.claimants),
    }));
  }

  /** Subjects that hold these numbers now, and those that hold what the person claims now; without a lock. */
  async holdersNear(tx: Tx, personId: string, tags: readonly Buffer[]): Promise<string[]> {
    const rows = await tx.query<{ subject_id: string }>({
      name: 'people-holders-near',
      text: `
SELECT subject_id FROM numbers WHERE tag = ANY ($2::bytea[])
UNION
SELECT n.subject_id FROM people_numbers c JOIN numbers n ON n.id = c.number_id
WHERE c.person_id = $1 AND c.to_at IS NULL`,
      values: [personId, tags],
    });
    return rows.map((row) => row.subject_id);
  }

  /** The subject that each wish or preference was said of, as it was then. */
  async ownersOf(tx: Tx, wordIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ id: string; subject_id: string }>({
      name: 'people-word-owners',
      text: OWNERS,
      values: [wordIds],
    });
    return new Map(rows.map((row) => [row.id, row.subject_id]));
  }

  /** Everything that the moves changed but the words they carried on. Returns the wrapping keys of new subjects. */
  async saveMoves(
    tx: Tx,
    moves: NumberMoves,
    subjects: ReadonlyMap<string, MovableSubject>,
  ): Promise<Map<string, Buffer>> {
    const keys = new Map(moves.made.map((made) => [made.id, this.keyring.newSubjectKey()]));
    const rows = [...moves.changed].flatMap((id) => subjects.get(id) ?? []);
    await tx.query({
      name: 'people-save-subjects',
      text: SAVE_SUBJECTS,
      values: [
        rows.map((row) => row.id),
        rows.map((row) => row.kind),
        rows.map((row) => Buffer.concat(row.tags)),
        rows.map((row) => text(row.facts)),
        rows.map((row) => text(row.slots)),
        rows.map((row) => keys.get(row.id) ?? null),
        rows.map((row) => row.mergedInto ?? null),
      ],
    });
    // A number that left a household and then the last claimant's: only where it came to rest counts.
    const moved = new Map(moves.moved.map(({ numberId, to }) => [numberId, to]));
    await tx.query({
      name: 'people-move-numbers',
      text: MOVE_NUMBERS,
      values: [[...moved.keys()], [...moved.values()]],
    });
    return keys;
  }

  /** As of the act: what happened on a number before its claim is told apart by that instant. */
  async saveClaims(
    tx: Tx,
    personId: string,
    claims: { added: readonly string[]; removed: readonly string[]; at: Instant },
  ): Promise<void> {
    const at = new Date(claims.at);
    await tx.query({
      name: 'people-close-claims',
      text: `
UPDATE people_numbers SET to_at = greatest($3, from_at + interval '1 microsecond')
WHERE person_id = $1 AND number_id = ANY ($2::uuid[]) AND to_at IS NULL`,
      values: [personId, claims.removed, at],
    });
    await tx.query({
      name: 'people-open-claims',
      text: `
INSERT INTO people_numbers (person_id, number_id, from_at)
SELECT $1, n.id, greatest($3::timestamptz, (
  SELECT max(to_at) FROM people_numbers c WHERE c.person_id = $1 AND c.number_id = n.id))
FROM unnest($2::uuid[]) AS n (id)`,
      values: [personId, claims.added, at],
    });
  }
}
