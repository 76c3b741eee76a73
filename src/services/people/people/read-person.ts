import { Injectable } from '@nestjs/common';
import { maskNumber } from '../../../domain/phone/mask-number';
import { Database, type Tx } from '../../../platform/database/database';
import { PersonFinder, type SearchTarget } from '../person-finder';
import { PersonRecord, type Reading } from '../person-record';
import type { LockedSubject } from '../subjects.port';
import type { PersonAnswer } from './people.dto';
import { PeopleReader } from './people.reader';

/** Looks at a person, and leaves a trace in the person's record. */
@Injectable()
export class ReadPerson {
  constructor(
    private readonly database: Database,
    private readonly finder: PersonFinder,
    private readonly people: PeopleReader,
    private readonly records: PersonRecord,
  ) {}

  /** @throws AppError NOT_FOUND */
  async read(target: SearchTarget, by: Reading): Promise<PersonAnswer> {
    return this.database.transaction(async (tx) => {
      const own = await this.finder.get(tx, target);
      await this.records.recordRead(tx, own, by);
      return this.answer(tx, own, by.unmaskReason !== undefined);
    });
  }

  /** Of a row under lock; the caller records that it was read. */
  async answer(tx: Tx, own: LockedSubject, unmasked: boolean): Promise<PersonAnswer> {
    const { facts } = own;
    const person = await this.people.find(tx, own.id);
    const known = facts.persons.find(({ personId }) => personId === own.id);
    const numbers = await this.people.numbersOf(tx, own.id);
    const households = numbers.map((number) => number.subjectId).filter((id) => id !== own.id);
    return {
      personId: own.id,
      kind: own.kind === 'household' ? 'household' : person === undefined ? 'number' : 'person',
      ...(person?.customerId === undefined ? {} : { customerId: person.customerId }),
      numbers: numbers.map(({ number }) => (unmasked ? number : maskNumber(number))),
      ...(known?.ageBand === undefined ? {} : { ageBand: known.ageBand }),
      ...(known?.timeZone === undefined ? {} : { timeZone: known.timeZone }),
      ...(known?.subdivision === undefined ? {} : { subdivision: known.subdivision }),
      ...(own.kind === 'household' ? { members: facts.persons.map(({ personId }) => personId) } : {}),
      ...(households.length === 0 ? {} : { households }),
      wishes: facts.wishes.filter((wish) => own.lockedAt < (wish.until ?? Infinity)).map(({ id }) => id),
      preferences: facts.preferences.map(({ id }) => id),
      consents: facts.grants.map(({ id }) => id),
    };
  }
}
