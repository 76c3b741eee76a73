import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import type { WishSource } from '../../domain/decision/facts';
import { CHANNELS, type Channel, type Purpose } from '../../domain/decision/purpose';
import { type HeardSms, recogniseSms } from '../../domain/recognition/recognise-sms';
import { RECOGNISER_VERSION } from '../../domain/recognition/version';
import { WRONG_PERSON_PURPOSES } from '../../domain/suppression/wrong-person';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { type EvidenceInput, EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { writeInstant } from '../../platform/http/instants';
import { type FlagKind, FlagsPort } from '../flags/flags.port';
import { erased } from '../people/person-record';
import { recordedActor } from '../people/recorded-actor';
import {
  type LockedSubject,
  OwnWordsPort,
  type RecordedWish,
  SubjectsPort,
  WishesPort,
} from '../people/subjects.port';
import { channelsOf, type Demands, demandsOf, weighs } from './demands';
import { addresseeOf, helpReply, hintOf, optedInReply } from './replies/replies';
import { SenderIdentity } from './replies/sender-identity';
import type { InboundMessage, SmsAction } from './sms-message';

/** What a message led to. */
export interface Fulfilled {
  action: SmsAction;
  /** What the customer may be told of it: one statement, in the language heard. */
  reply?: string;
  /** The event that holds the message; none where it changed nothing. */
  eventId?: string;
}

interface Word {
  message: InboundMessage;
  heard: HeardSms;
  eventId: string;
  actor: Actor;
}

/** What is suppressed until a person with `compliance` has looked. */
interface Matter {
  source: WishSource;
  flag: FlagKind;
  reason: string;
  purposes?: readonly Purpose[];
}

/** The number and nothing else, and nothing is told to a stranger. */
const WRONG_PERSON: Matter = {
  source: 'wrong_person',
  flag: 'wrong_person',
  reason: 'Wrote by SMS that this is not the customer.',
  purposes: WRONG_PERSON_PURPOSES,
};
const VULNERABLE: Matter = {
  source: 'vulnerable',
  flag: 'vulnerable',
  reason: 'Wrote by SMS what asks for care: not to be sold anything until a person has looked.',
};
const COMPLAINT: Matter = {
  source: 'complaint',
  flag: 'complaint_threat',
  reason: 'Complained or threatened to by SMS: paused while it is open.',
};

/** Does what a message asks for, each duty of each true label, in the transaction of the message (OPTOUT.md, "SMS"). */
@Injectable()
export class SmsDuties {
  constructor(
    private readonly subjects: SubjectsPort,
    private readonly wishes: WishesPort,
    private readonly ownWords: OwnWordsPort,
    private readonly flags: FlagsPort,
    private readonly evidence: EvidenceWriter,
    private readonly identity: SenderIdentity,
    private readonly time: DatabaseTime,
  ) {}

  async fulfil(tx: Tx, message: InboundMessage, actor: Actor): Promise<Fulfilled> {
    const heard = recogniseSms(message.text, hintOf(message.country));
    const demands = demandsOf(heard, message);
    const addressee = addresseeOf(message, heard.language);
    const answer = (): Pick<Fulfilled, 'action' | 'reply'> =>
      demands.help
        ? { action: 'help', reply: helpReply(addressee, this.identity.of(message.to)) }
        : { action: 'none' };
    if (!weighs(demands)) return answer();
    // Everything below is decided under this lock, with what was said before read inside of it.
    const { own } = await this.subjects.lockReach(tx, { number: message.from });
    const eventId = await this.record(tx, own, { message, heard, actor });
    const word = { message, heard, eventId, actor };
    await this.care(tx, word, demands);
    if (demands.wrongPerson || demands.optOut) {
      const stranger = demands.wrongPerson ? await this.suppress(tx, word, WRONG_PERSON) : undefined;
      const reply = (demands.optOut ? await this.optOut(tx, word) : undefined) ?? stranger?.confirmation;
      return reply === undefined ? { action: 'none', eventId } : { action: 'opted_out', reply, eventId };
    }
    if (demands.optIn) {
      const order = await this.ownWords.optIn(tx, wordOf(word));
      return order === 'stands'
        ? { action: 'opted_in', reply: optedInReply(addressee), eventId }
        : { action: 'none', eventId };
    }
    if (demands.declined) await this.coolDown(tx, word, this.time.at(own.lockedAt));
    return { ...answer(), eventId };
  }

  /** Whether it would be a loss to the customer not to take it. */
  stopsContact(message: InboundMessage): boolean {
    const demands = demandsOf(recogniseSms(message.text, hintOf(message.country)), message);
    return weighs(demands) && !demands.optIn;
  }

  /**
   * When a message was received that had come without a time, and whose event this is. It counts by that now: what a
   * START lifted that was said before binds again. Returns the event in the person's record.
   */
  async date(
    tx: Tx,
    message: InboundMessage,
    messageEventId: string | undefined,
    actor: Actor,
  ): Promise<string | undefined> {
    if (messageEventId === undefined) return undefined;
    const target = { number: message.from };
    const { own } = await this.subjects.lockReach(tx, target);
    const receivedAt = writeInstant(message.receivedAt);
    const { messageId } = message;
    const eventId = await this.write(tx, own, {
      type: 'sms.dated.v1',
      clear: { messageEventId, receivedAt },
      payload: { messageId, messageEventId, receivedAt, actor: recordedActor(actor) },
    });
    const word = { target, saidAt: message.receivedAt, eventId: messageEventId, actor };
    await this.ownWords.correctOptIn(tx, word, eventId);
    return eventId;
  }

  /** The message itself, in the record of whose word it is: what was said, and how it was understood. */
  private record(
    tx: Tx,
    own: LockedSubject,
    { message, heard, actor }: Omit<Word, 'eventId'>,
  ): Promise<string> {
    return this.write(tx, own, {
      type: 'sms.received.v1',
      clear: { receivedAt: writeInstant(message.receivedAt) },
      payload: { from: message.from, to: message.to, ...said(message, heard), actor: recordedActor(actor) },
    });
  }

  private async write(
    tx: Tx,
    own: LockedSubject,
    event: Pick<EvidenceInput, 'type' | 'clear' | 'payload'>,
  ): Promise<string> {
    if (own.wrappingKey === null) throw erased();
    const [eventId] = await this.evidence.record(tx, [
      {
        ...event,
        at: this.time.at(own.lockedAt),
        subject: { id: own.id, wrappingKey: own.wrappingKey },
        partitionKey: own.id,
        clear: { ...event.clear, subjectId: own.id },
      },
    ]);
    if (eventId === undefined) throw new Error('An event got no id.');
    return eventId;
  }

  /** Its confirmation where it binds: the customer may have asked later, by a message that came earlier, to go on. */
  private async optOut(tx: Tx, word: Word): Promise<string | undefined> {
    const wish = await this.wish(tx, word, {
      source: 'customer',
      reason: 'Asked by SMS not to be contacted again.',
      channels: channelsOf(word.heard.reach),
    });
    const order = await this.ownWords.settleOptOut(tx, wordOf(word), wish);
    return order === 'stands' ? wish.confirmation : undefined;
  }

  /** A person in distress and a person who complains are left alone until somebody has looked. */
  private async care(tx: Tx, word: Word, demands: Demands): Promise<void> {
    if (demands.vulnerable) await this.suppress(tx, word, VULNERABLE);
    if (demands.complaint) await this.suppress(tx, word, COMPLAINT);
  }

  private async suppress(tx: Tx, word: Word, matter: Matter): Promise<RecordedWish> {
    const { flag, ...how } = matter;
    const wish = await this.wish(tx, word, { ...how, channels: CHANNELS });
    await this.flags.raise(tx, {
      kind: flag,
      subjectId: wish.subjectId,
      causeEventId: word.eventId,
      suppressionId: wish.id,
      detail: { channel: 'sms', ...said(word.message, word.heard) },
      actor: word.actor,
    });
    return wish;
  }

  private wish(
    tx: Tx,
    { message, heard, eventId, actor }: Word,
    wish: Pick<Matter, 'source' | 'reason' | 'purposes'> & { channels: readonly Channel[] },
  ): Promise<RecordedWish> {
    return this.wishes.recordWish(tx, {
      target: { number: message.from },
      ...wish,
      spoken: addresseeOf(message, heard.language),
      evidence: { channel: 'sms', eventId, ...said(message, heard) },
      actor,
    });
  }

  private async coolDown(tx: Tx, { message, eventId }: Word, now: number): Promise<void> {
    const at = Math.min(message.receivedAt, now);
    const cooldown = { id: eventId, kind: 'not_interested' as const, at };
    await this.wishes.recordCooldown(tx, { number: message.from }, cooldown);
  }
}

const wordOf = ({ message, eventId, actor }: Word) => ({
  target: { number: message.from },
  saidAt: message.receivedAt,
  eventId,
  actor,
});

/** What shows what was said, and by which rules it was heard so. */
const said = (message: InboundMessage, heard: HeardSms) => ({
  messageId: message.messageId,
  text: message.text,
  receivedAt: writeInstant(message.receivedAt),
  ...(message.declaredStop === true ? { declaredStop: true } : {}),
  label: heard.label,
  also: [...heard.also],
  language: heard.language,
  recogniser: RECOGNISER_VERSION,
  rules: [...heard.rules],
});
