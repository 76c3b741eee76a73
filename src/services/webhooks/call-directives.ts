import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { EventType } from '../../contracts/topics';
import type { Json } from '../../domain/ledger/canonical-json';
import { type BusEvent, type Consumer, EVENT_BUS, type EventBus } from '../../platform/bus/event-bus';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { CallReader, type StoredCall } from '../decisions/call.reader';
import { OpenedEventsReader } from '../people/opened-events.reader';
import { WebhooksRepository } from './webhooks.repository';

const DIRECTIVE = 'call.directive.v1' satisfies EventType;
const END_CALL = { type: 'end_call', reason: 'The authorization of this call was withdrawn.' };

/**
 * Tells dialers that a word of the customer's has ended a call of theirs, beside the answer to their next report
 * (SHAPES, "Events"). Of a call that was not placed yet it says that its token is void. Recorded only while some webhook
 * subscribes to it: it repeats what the word's own record says.
 */
@Injectable()
export class CallDirectives implements Consumer, OnModuleInit {
  readonly name = 'call-directives';
  /** Words that take authorizations back; the calls stand in the sealed part. */
  readonly types: readonly EventType[] = [
    'wish.recorded.v1',
    'preference.recorded.v1',
    'consent.withdrawn.v1',
    'consent.refused.v1',
    'person.changed.v1',
  ];
  readonly onDemand = true;

  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly words: OpenedEventsReader,
    private readonly calls: CallReader,
    private readonly evidence: EvidenceWriter,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
  ) {}

  onModuleInit(): void {
    this.bus.subscribe(this);
  }

  async handle(tx: Tx, word: BusEvent): Promise<void> {
    if (!(await this.webhooks.anyFollows(tx, DIRECTIVE))) return;
    const voided = (await this.words.find(tx, word.id))?.payload?.['voided'];
    if (!Array.isArray(voided)) return;
    for (const callId of voided) {
      const call = await this.calls.find(tx, String(callId));
      if (call !== undefined) await this.direct(tx, call, word);
    }
  }

  private async direct(tx: Tx, call: StoredCall, word: BusEvent): Promise<void> {
    const { callId, campaignId, vendorId } = call;
    const clear: { [member: string]: Json | undefined } = {
      callId,
      campaignId,
      vendorId: vendorId ?? undefined,
      directives: [{ ...END_CALL }],
    };
    // Ordered with its call: the rows of the person are nobody's to lock here.
    await this.evidence.record(tx, [
      {
        type: DIRECTIVE,
        at: this.clock.now(),
        partitionKey: callId,
        clear,
        payload: { ...clear, causeEventId: word.id },
      },
    ]);
  }
}
