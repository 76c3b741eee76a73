import { Injectable } from '@nestjs/common';
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

  /** A record and those of the households that the person shares a number with. */
  async recordsOf(tx: Tx, subjectId: string): Promise<string[]> {
    const numbers = await this.numbersOf(tx, subjectId);
    return [...new Set([subjectId, ...numbers.map((number) => number.subjectId)])];
  }
}
