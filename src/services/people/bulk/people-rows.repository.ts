import { Injectable } from '@nestjs/common';
import type { SubjectFacts } from '../../../domain/decision/facts';
import { byteaArray } from '../../../platform/database/array-parameters';
import type { Tx } from '../../../platform/database/database';
import { CLAIM_IS_OPEN } from './open-claims';

/** A customer as the tables have it; read without a lock. */
export interface KnownPerson {
  personId: string;
  facts: SubjectFacts;
  /** Tags of the numbers that the customer claims, in hex. */
  numbers: ReadonlySet<string>;
  /** All of them are on the customer's own row: nobody else claims any. */
  sharesNone: boolean;
}

interface KnownRow {
  tag: Buffer;
  person_id: string;
  facts: SubjectFacts;
  numbers: Buffer[];
  shares_none: boolean;
}

const KNOWN = `
SELECT p.customer_tag AS tag, p.person_id, s.facts,
  ARRAY(SELECT n.tag FROM people_numbers c JOIN numbers n ON n.id = c.number_id
    WHERE c.person_id = p.person_id AND ${CLAIM_IS_OPEN}) AS numbers,
  NOT EXISTS (SELECT FROM people_numbers c JOIN numbers n ON n.id = c.number_id
    WHERE c.person_id = p.person_id AND ${CLAIM_IS_OPEN} AND n.subject_id <> p.person_id) AS shares_none
FROM people p JOIN subjects s ON s.id = p.person_id WHERE p.customer_tag = ANY ($1::bytea[])`;

const NAMED = `
SELECT customer_tag AS tag FROM people WHERE customer_tag = ANY ($1::bytea[])
UNION ALL
SELECT tag FROM numbers WHERE tag = ANY ($2::bytea[])`;

@Injectable()
export class PeopleRowsRepository {
  /** Those of these customers who are known, by the hex of their tags. */
  async known(tx: Tx, customers: readonly Buffer[]): Promise<Map<string, KnownPerson>> {
    const rows = await tx.query<KnownRow>({
      name: 'bulk-people',
      text: KNOWN,
      values: [byteaArray(customers)],
    });
    return new Map(
      rows.map((row) => [
        row.tag.toString('hex'),
        {
          personId: row.person_id,
          facts: row.facts,
          numbers: new Set(row.numbers.map((tag) => tag.toString('hex'))),
          sharesNone: row.shares_none,
        },
      ]),
    );
  }

  /** Tags, in hex, of those of these customers and numbers that are known at all. */
  async heardOf(tx: Tx, customers: readonly Buffer[], numbers: readonly Buffer[]): Promise<Set<string>> {
    const rows = await tx.query<{ tag: Buffer }>({
      name: 'bulk-heard-of',
      text: NAMED,
      values: [byteaArray(customers), byteaArray(numbers)],
    });
    return new Set(rows.map((row) => row.tag.toString('hex')));
  }
}
