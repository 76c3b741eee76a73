import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { E164 } from '../../../domain/phone/e164';
import { WRONG_PERSON_PURPOSES } from '../../../domain/suppression/wrong-person';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';
import { erased } from '../person-record';
import { type RecordedWish, WishesPort } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { NumberTraces } from './number-traces';
import { PeopleReader } from './people.reader';
import { PeopleRepository } from './people.repository';
import { PutPerson } from './put-person';

export interface WrongNumberInput {
  personId: string;
  number: E164;
  reason: string;
  evidence?: { [member: string]: Json | undefined };
  actor: Actor;
}

export interface WrongNumberDone {
  wish: RecordedWish;
  /** Consents that were void because they had been given by this number. */
  voidedConsents: string[];
  flags: { id: string; state: 'open' | 'resolved' }[];
}

/**
 * A number turned out not to be a customer's, or no longer: it is suppressed whoever claims it, the person is free of it
 * and stays callable by every other number, and consents given by it never were the person's (RULINGS 3, 20). What
 * bound the number before binds it on (README, "Parting frees nothing").
 */
@Injectable()
export class WrongNumber {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly people: PeopleRepository,
    private readonly reader: PeopleReader,
    private readonly writer: PutPerson,
    private readonly wishes: WishesPort,
    private readonly traces: NumberTraces,
    private readonly keyring: Keyring,
  ) {}

  /** @throws AppError NOT_FOUND for nobody we know; CONFLICT for a number that the person does not have. */
  async part(tx: Tx, input: WrongNumberInput): Promise<WrongNumberDone> {
    const { personId, number, actor } = input;
    const known = await this.reader.find(tx, personId);
    if (known === undefined) throw new AppError('NOT_FOUND', { detail: 'No customer is known by that.' });
    const { customerId } = known;
    if (customerId === undefined) throw erased();
    const { numbers, records } = await this.lockNumbers(tx, personId, number);
    if (!numbers.includes(number)) {
      throw new AppError('CONFLICT', { detail: 'This customer does not have that number.' });
    }
    // Before they part: until then a consent by the number and its withdrawal stand on the same rows.
    const voidedConsents = await this.traces.withdrawConsents(tx, { customerId, personId, number, actor });
    const kept = numbers.filter((other) => other !== number);
    await this.writer.put(tx, { customerId, numbers: kept, known: {}, actor });
    const wish = await this.wishes.recordWish(tx, {
      target: { number },
      source: 'wrong_person',
      purposes: WRONG_PERSON_PURPOSES,
      reason: input.reason,
      ...(input.evidence === undefined ? {} : { evidence: input.evidence }),
      actor,
    });
    return { wish, voidedConsents, flags: await this.traces.flag(tx, { ...input, records }, wish) };
  }

  /** The person's numbers, with every row under lock that parting from one may touch: nothing is locked after it. */
  private async lockNumbers(
    tx: Tx,
    personId: string,
    number: E164,
  ): Promise<{ numbers: E164[]; records: string[] }> {
    const tag = this.keyring.tagOfNumber(number);
    const { found } = await this.subjects.lockSettled(tx, async () => {
      const holders = await this.people.holdersNear(tx, personId, [tag]);
      return { ids: await this.subjects.reachOf(tx, [personId, ...holders]) };
    });
    const held = await this.reader.numbersOf(tx, personId);
    return { numbers: held.map((one) => one.number as E164), records: found.ids };
  }
}
