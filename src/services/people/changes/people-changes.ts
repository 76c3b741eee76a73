import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Tx } from '../../../platform/database/database';
import { closed, Uuid } from '../../../platform/http/schemas';
import { CustomerParams, PersonBody } from '../people/people.dto';
import { readPerson } from './person-body';
import { PutPerson } from '../people/put-person';
import { WrongNumber } from '../people/wrong-number';
import { readWrongNumber, WrongNumberBody } from './wrong-number-body';
import { readNarrowing } from '../preferences/preference-body';
import { PreferenceBody } from '../preferences/preferences.dto';
import { RecordPreference } from '../preferences/record-preference';
import { SubjectsPort } from '../subjects.port';
import { SuppressionBody } from '../wishes/suppressions.dto';
import { TakeWish } from './take-wish';
import { readWish } from '../wishes/wish-body';
import { readTarget } from '../word-target';
import { BroughtConsents } from './brought-consents';
import { type PeopleChange, PeopleChangesPort } from './people-changes.port';
import { partFrom, requirer } from './read-members';

const { id: CustomerId } = CustomerParams.properties;
const requireCustomer = requirer<{ customerId: string }>(closed({ customerId: CustomerId }));
const requirePersonId = requirer<{ personId: string }>(closed({ personId: Uuid }));
const requirePerson = requirer<PersonBody>(PersonBody);
const requireWish = requirer<SuppressionBody>(SuppressionBody);
const requirePreference = requirer<PreferenceBody>(PreferenceBody);
const requireWrongNumber = requirer<WrongNumberBody>(WrongNumberBody);

/** The bodies of REST; what is in its path stands beside them. */
@Injectable()
export class PeopleChanges extends PeopleChangesPort {
  constructor(
    private readonly persons: PutPerson,
    private readonly wrongNumbers: WrongNumber,
    private readonly wishes: TakeWish,
    private readonly preferences: RecordPreference,
    private readonly consents: BroughtConsents,
    private readonly subjects: SubjectsPort,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  read(type: PeopleChange, data: unknown, actor: Actor): (tx: Tx) => Promise<void> {
    switch (type) {
      case 'person.put.v1':
        return this.person(data, actor);
      case 'wish.add.v1': {
        const input = readWish(requireWish(data), actor, this.clock.now());
        return async (tx) => void (await this.wishes.take(tx, input));
      }
      case 'preference.put.v1': {
        const body = requirePreference(data);
        const narrowing = readNarrowing(body, this.clock.now());
        const input = { target: readTarget(body), narrowing, actor };
        return async (tx) => void (await this.preferences.record(tx, input));
      }
      case 'consent.grant.v1':
        return this.consents.grant(data, actor);
      case 'consent.withdraw.v1':
        return this.consents.withdraw(data, actor);
      case 'wrong_number.v1':
        return this.wrongNumber(data, actor);
    }
  }

  private person(data: unknown, actor: Actor): (tx: Tx) => Promise<void> {
    const { path, body } = partFrom(data, ['customerId']);
    const { customerId } = requireCustomer(path);
    const input = readPerson(customerId, requirePerson(body), actor);
    return async (tx) => void (await this.persons.put(tx, input));
  }

  /** The person by either id; the institution's own systems know theirs. */
  private wrongNumber(data: unknown, actor: Actor): (tx: Tx) => Promise<void> {
    const { path, body } = partFrom(data, ['customerId', 'personId']);
    const whose = 'personId' in path ? requirePersonId(path) : requireCustomer(path);
    const input = readWrongNumber(requireWrongNumber(body));
    return async (tx) => {
      const personId =
        'personId' in whose ? whose.personId : await this.subjects.resolveByCustomer(tx, whose.customerId);
      if (personId === undefined) {
        throw new AppError('NOT_FOUND', { detail: 'No customer is known by that.' });
      }
      await this.wrongNumbers.part(tx, { ...input, personId, actor });
    };
  }
}
