import { Injectable } from '@nestjs/common';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';

/** Read-only queries about customers and their numbers. */
@Injectable()
export class PeopleReader {
  constructor(private readonly keyring: Keyring) {}

  /** Undefined for a number nobody claims and for a household; without `customerId` once the person is erased. */
  async find(tx: Tx, personId: string): Promise<{ customerId?: string } | undefined> {
    const [row] = await tx.query<{ customer_sealed: Buffer | null }>({
      name: 'people-find',
      text: 'SELECT customer_sealed FROM people WHERE person_id = $1',
      values: [personId],
    });
    if (row === undefined) return undefined;
    return row.customer_sealed === null
      ? {}
      : { customerId: this.keyring.openIdentifier(row.customer_sealed) };
  }

  /** Numbers that a row holds or its person claims, with the row that holds each. */
  async numbersOf(tx: Tx, subjectId: string): Promise<{ number: string; subjectId: string }[]> {
    const rows = await tx.query<{ sealed: Buffer; subject_id: string }>({
      name: 'people-numbers-of',
      text: `
SELECT n.sealed, n.subject_id FROM numbers n
WHERE n.sealed IS NOT NULL AND (n.subject_id = $1
  OR n.id IN (SELECT number_id FROM people_numbers WHERE person_id = $1 AND to_at IS NULL))
ORDER BY n.id`,
      values: [subjectId],
    });
    return rows.map((row) => ({
      number: this.keyring.openIdentifier(row.sealed),
      subjectId: row.subject_id,
    }));
  }

  /** Households of the person, each with when the person came to it: what happened there before is others' alone. */
  async householdsOf(tx: Tx, personId: string): Promise<{ id: string; since: Instant }[]> {
    return tx.query({
      name: 'people-households-of',
      text: `
SELECT n.subject_id AS id, floor(extract(epoch FROM min(c.from_at)) * 1000)::float8 AS since
FROM people_numbers c JOIN numbers n ON n.id = c.number_id
WHERE c.person_id = $1 AND c.to_at IS NULL AND n.subject_id <> $1
GROUP BY n.subject_id ORDER BY n.subject_id`,
      values: [personId],
    });
  }

  /** A record and those of the households that the person shares a number with. */
  async recordsOf(tx: Tx, subjectId: string): Promise<string[]> {
    const numbers = await this.numbersOf(tx, subjectId);
    return [...new Set([subjectId, ...numbers.map((number) => number.subjectId)])];
  }
}
