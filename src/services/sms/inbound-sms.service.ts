import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import type { EffectFrame } from '../../platform/bus/effect-frame';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database, type Tx } from '../../platform/database/database';
import { Metrics } from '../../platform/observability/metrics';
import { ReplyQueue } from './replies/reply-queue.repository';
import { ReplySender } from './replies/reply-sender';
import { SmsDuties } from './sms-duties';
import { type InboundMessage, otherContent, REPLY_WITHIN, type SmsAction } from './sms-message';
import { type KnownMessage, SmsRepository } from './sms.repository';

/** How a message came, which decides by whom its reply goes out. */
export interface Delivery {
  actor: Actor;
  /** `answer`: whoever brought it sends what the answer says, so the queue gets none. */
  reply: 'answer' | 'queue' | 'none';
}

export interface TakenMessage {
  action: SmsAction;
  /** For whoever brought it to send: only the first time, only in time, and never what we send ourselves. */
  reply?: string;
  /** We send the reply. */
  queued?: true;
  /** It was taken before: nothing was changed now. */
  known: boolean;
}

/** Takes messages of customers, each once, whoever brings it and how often (API.md: the same message twice is one wish). */
@Injectable()
export class InboundSms {
  private readonly taken;
  private readonly conflicts;

  constructor(
    private readonly database: Database,
    private readonly messages: SmsRepository,
    private readonly duties: SmsDuties,
    private readonly queue: ReplyQueue,
    private readonly sender: ReplySender,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.taken = metrics.counter({
      name: 'quietline_sms_messages_total',
      help: 'Messages of customers taken for the first time, by what they led to.',
      labels: ['action'],
    });
    this.conflicts = metrics.counter({
      name: 'quietline_sms_conflicts_total',
      help: 'Messages that were not taken: they came under the id of another one and stopped nothing.',
    });
  }

  /** Everything it asks for is stored when this resolves. @throws AppError CONFLICT for an id with another content. */
  async take(message: InboundMessage, delivery: Delivery, frame?: EffectFrame): Promise<TakenMessage> {
    const taken = await this.database.transaction(async (tx): Promise<TakenMessage> => {
      const enters = frame === undefined || (await frame.enter(tx));
      return enters ? this.takeOnce(tx, message, delivery) : { action: 'none', known: true };
    });
    if (!taken.known) this.taken.inc({ action: taken.action });
    if (taken.queued === true) this.sender.wake();
    return taken;
  }

  private async takeOnce(tx: Tx, message: InboundMessage, delivery: Delivery): Promise<TakenMessage> {
    const tag = this.messages.tagOf(message.messageId);
    const contentTag = this.messages.contentTagOf(message);
    await this.messages.takeTurn(tx, tag);
    const known = await this.messages.find(tx, tag);
    if (known === undefined) return this.takeNew(tx, { tag, contentTag }, message, delivery);
    if (!isSame(known, { ...message, contentTag })) {
      return this.takeOther(tx, message, { known, contentTag }, delivery);
    }
    if (message.dated && !known.dated) {
      const eventId = await this.duties.date(tx, message, known.eventId, delivery.actor);
      const { receivedAt } = message;
      await this.messages.insertTime(tx, tag, { receivedAt, recordedAt: this.clock.now(), eventId });
    }
    return { action: known.action, known: true };
  }

  /**
   * The id of a message that said something else. Of two contents nobody knows which was meant, but a refusal is never
   * the one to lose: it is taken, each content once. What stops nothing is a conflict, and counted.
   */
  private async takeOther(
    tx: Tx,
    message: InboundMessage,
    { known, contentTag }: { known: KnownMessage; contentTag: Buffer },
    delivery: Delivery,
  ): Promise<TakenMessage> {
    const tag = this.messages.otherTagOf(message);
    const again = await this.messages.find(tx, tag);
    if (again !== undefined) return { action: again.action, known: true };
    if (!this.duties.stopsContact(message)) {
      this.conflicts.inc();
      throw otherContent();
    }
    // The same words at another time were confirmed the first time.
    const reply = known.contentTag.equals(contentTag) ? 'none' : delivery.reply;
    return this.takeNew(tx, { tag, contentTag }, message, { ...delivery, reply });
  }

  private async takeNew(
    tx: Tx,
    { tag, contentTag }: { tag: Buffer; contentTag: Buffer },
    message: InboundMessage,
    delivery: Delivery,
  ): Promise<TakenMessage> {
    const { action, reply, eventId } = await this.duties.fulfil(tx, message, delivery.actor);
    const now = this.clock.now();
    const { receivedAt, dated } = message;
    await this.messages.insert(tx, tag, { contentTag, receivedAt, dated, action, recordedAt: now, eventId });
    const sendBefore = receivedAt + REPLY_WITHIN;
    if (reply === undefined || now >= sendBefore || delivery.reply === 'none')
      return { action, known: false };
    if (delivery.reply === 'queue' && this.sender.isConfigured) {
      const { messageId: inReplyTo, to: from, from: to } = message;
      await this.queue.add(tx, { inReplyTo, from, to, text: reply }, sendBefore);
      return { action, queued: true, known: false };
    }
    return { action, reply, known: false };
  }
}

/** Twilio tells no time, and a list may tell it otherwise than a push did: only two pushes must agree in it. */
function isSame(known: KnownMessage, message: InboundMessage & { contentTag: Buffer }): boolean {
  if (!known.contentTag.equals(message.contentTag)) return false;
  return !known.dated || !message.dated || message.listed === true || known.receivedAt === message.receivedAt;
}
