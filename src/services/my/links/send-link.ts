import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/load-config';
import type { Actor } from '../../../contracts/actor';
import { AppError, invalidMember } from '../../../contracts/app-error';
import type { E164 } from '../../../domain/phone/e164';
import { parseNumber } from '../../../domain/phone/parse-number';
import { unexpiredWishes } from '../../../domain/suppression/standing-words';
import { HOUR } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { CONFIG } from '../../../platform/installation/tokens';
import { Keyring } from '../../../platform/keys/keyring';
import { PeopleReader } from '../../people/people/people.reader';
import { PersonRecord } from '../../people/person-record';
import { recordedActor } from '../../people/recorded-actor';
import type { LockedSubject } from '../../people/subjects.port';
import { languageOf } from '../../people/wishes/confirmation';
import { CustomerMessagesPort } from '../../sms/replies/customer-messages.port';
import { MyAccessService, type MyLink } from '../my-access.service';
import { type MyLanguage, myLanguageOf, textsOf } from '../my-texts';

/** Who waits for a link has long asked for another one by then. */
const SEND_WITHIN = HOUR;

export interface LinkRequest {
  personId: string;
  /** Undefined: the only one that the person has. */
  number: E164 | undefined;
  /** Undefined: that of the number's country. */
  language: MyLanguage | undefined;
}

/** Sends a link to the person's own telephone, so that whoever asks for it never sees it. */
@Injectable()
export class SendLink {
  constructor(
    private readonly access: MyAccessService,
    private readonly people: PeopleReader,
    private readonly messages: CustomerMessagesPort,
    private readonly records: PersonRecord,
    private readonly keyring: Keyring,
    private readonly time: DatabaseTime,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * The link, its message and both entries of the record, or none of them.
   * @throws AppError CONFLICT without an SMS platform; NOT_FOUND; INVALID for a number that is not this person's alone
   */
  async send(tx: Tx, { personId, number, language }: LinkRequest, actor: Actor): Promise<MyLink> {
    if (!this.messages.isConfigured) {
      throw new AppError('CONFLICT', { detail: 'SMS_SENDER_URL must be set before links can be sent.' });
    }
    // Under the lock nobody takes the number from the person meanwhile.
    const own = await this.access.lockOwn(tx, personId);
    const to = await this.ownNumber(tx, own, number);
    const spoken = language ?? myLanguageOf(languageOf({ country: countryOf(to) }));
    const link = await this.access.makeLink(tx, own.id, spoken, actor);
    const url = `${this.config.http.publicUrl}/my/${link.secret}`;
    const messageId = await this.messages.queue(tx, {
      to,
      text: (sender) => textsOf(spoken).message(sender, url),
      sendBefore: link.madeAt + SEND_WITHIN,
    });
    await this.records.record(tx, own, {
      type: 'my.link_queued.v1',
      at: link.madeAt,
      clear: { linkId: link.id, clientId: actor.clientId },
      payload: { linkId: link.id, messageId, to, actor: recordedActor(actor) },
    });
    return link;
  }

  /** A number of several people is no way to one of them alone, and one that a stranger answered is no way at all. */
  private async ownNumber(tx: Tx, person: LockedSubject, named: E164 | undefined): Promise<E164> {
    const held = await this.people.numbersOf(tx, person.id);
    const strangers = this.strangersOf(person);
    const own = held
      .filter(({ subjectId }) => subjectId === person.id)
      .map((one) => one.number as E164)
      .filter((number) => !strangers.has(this.keyring.tagOfNumber(number).toString('hex')));
    if (named !== undefined) {
      if (own.includes(named)) return named;
      throw invalidMember('/number', 'This is no number of this person alone.', 'NOT_ALLOWED');
    }
    const [only, ...others] = own;
    if (only !== undefined && others.length === 0) return only;
    throw invalidMember('/number', `This person alone has ${own.length} numbers: name one.`, 'REQUIRED');
  }

  /** Tags of the person's numbers that somebody else was reached by. */
  private strangersOf({ facts, lockedAt }: LockedSubject): ReadonlySet<string | undefined> {
    const standing = unexpiredWishes(facts.wishes, this.time.at(lockedAt));
    return new Set(standing.filter(({ source }) => source === 'wrong_person').map(({ number }) => number));
  }
}

function countryOf(number: E164): string {
  const verdict = parseNumber(number);
  return verdict.kind === 'valid' ? verdict.country : '';
}
