import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';
import { corrected, PutPerson } from '../people/put-person';
import { BulkPeople } from './bulk-people';
import { type KnownPerson, PeopleRowsRepository } from './people-rows.repository';
import { PeopleRowsPort, type PersonRow } from './rows.port';

@Injectable()
export class PeopleRows extends PeopleRowsPort {
  constructor(
    private readonly single: PutPerson,
    private readonly bulk: BulkPeople,
    private readonly rows: PeopleRowsRepository,
    private readonly keyring: Keyring,
  ) {
    super();
  }

  async unchanged(tx: Tx, rows: readonly PersonRow[]): Promise<boolean[]> {
    const tags = rows.map(({ customerId }) => this.keyring.tagOfCustomer(customerId));
    const known = await this.rows.known(tx, tags);
    return rows.map((row, index) => {
      const person = known.get(tags[index]?.toString('hex') ?? '');
      return person !== undefined && this.isSame(row, person);
    });
  }

  putNew(tx: Tx, rows: readonly PersonRow[], actor: Actor): Promise<boolean[]> {
    return this.bulk.putNew(tx, rows, actor);
  }

  putKnown(tx: Tx, rows: readonly PersonRow[], actor: Actor): Promise<boolean[]> {
    return this.bulk.putKnown(tx, rows, actor);
  }

  async put(tx: Tx, row: PersonRow, actor: Actor): Promise<void> {
    await this.single.put(tx, { ...row, actor });
  }

  private isSame(row: PersonRow, { personId, facts, numbers: claimed }: KnownPerson): boolean {
    const before = facts.persons.find((person) => person.personId === personId);
    const named = new Set(row.numbers.map((number) => this.keyring.tagOfNumber(number).toString('hex')));
    return (
      corrected(before, row.known, personId).isSame &&
      claimed.size === named.size &&
      [...named].every((tag) => claimed.has(tag))
    );
  }
}
