import { Injectable } from '@nestjs/common';
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

/** A number that comes into being as the claim of a customer who does. */
export interface NewClaim {
  numberId: string;
  personId: string;
  tag: Buffer;
  sealed: Buffer;
}

/** Customers in the order of their tags, and a subject for each that was really new. */
const ADMIT_PEOPLE = `
WITH wanted AS (
  SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::bytea[])
    AS w (tag, subject_id, sealed, wrapping_key, facts, numbers)
), admitted AS (
  INSERT INTO people (person_id, customer_tag, customer_sealed, created_at)
  SELECT subject_id, tag, sealed, clock_timestamp() FROM wanted ORDER BY tag
  ON CONFLICT (customer_tag) DO NOTHING
  RETURNING person_id
)
INSERT INTO subjects (id, kind, tags, facts, slots, wrapping_key, created_at)
SELECT w.subject_id, 'person', w.numbers, w.facts::json, '[]', w.wrapping_key, clock_timestamp()
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

/** Numbers of customers who were admitted just before, in the order of their tags. */
const ADMIT_CLAIMS = `
WITH wanted AS (
  SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::uuid[]) AS w (tag, number_id, sealed, person_id)
), admitted AS (
  INSERT INTO numbers (id, tag, tag_version, sealed, subject_id)
  SELECT number_id, tag, 1, sealed, person_id FROM wanted ORDER BY tag
  ON CONFLICT (tag) DO NOTHING
  RETURNING id, subject_id
), history AS (
  INSERT INTO subject_numbers (number_id, subject_id, from_at)
  SELECT id, subject_id, clock_timestamp() FROM admitted
)
INSERT INTO people_numbers (person_id, number_id, from_at)
SELECT subject_id, id, clock_timestamp() FROM admitted
RETURNING number_id AS id`;

/** Makes numbers and customers known, many at once; none of it locks a subject that others can see. */
@Injectable()
export class NewcomersRepository {
  async now(tx: Tx): Promise<Instant> {
    const [row] = await tx.query<{ at: number }>({
      name: 'bulk-time',
      text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
    });
    if (row === undefined) throw new Error('The database did not tell its time.');
    return row.at;
  }

  /** Ids of the subjects that came into being; `numbers` are the tags on the row of each. */
  admitPeople(tx: Tx, subjects: readonly NewSubject[], numbers: readonly Buffer[]): Promise<string[]> {
    return this.admit(tx, 'bulk-admit-people', ADMIT_PEOPLE, subjects, [byteaArray(numbers)]);
  }

  admitNumbers(tx: Tx, subjects: readonly NewSubject[], numberIds: readonly string[]): Promise<string[]> {
    return this.admit(tx, 'bulk-admit-numbers', ADMIT_NUMBERS, subjects, [bareArray(numberIds)]);
  }

  /** Ids of the numbers that came into being. */
  async admitClaims(tx: Tx, claims: readonly NewClaim[]): Promise<string[]> {
    if (claims.length === 0) return [];
    const rows = await tx.query<{ id: string }>({
      name: 'bulk-admit-claims',
      text: ADMIT_CLAIMS,
      values: [
        byteaArray(claims.map(({ tag }) => tag)),
        bareArray(claims.map(({ numberId }) => numberId)),
        byteaArray(claims.map(({ sealed }) => sealed)),
        bareArray(claims.map(({ personId }) => personId)),
      ],
    });
    return rows.map((row) => row.id);
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
