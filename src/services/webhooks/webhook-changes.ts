import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import type { EventType } from '../../contracts/topics';
import type { Json } from '../../domain/ledger/canonical-json';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { type Webhook, webhookMembers } from './webhook';
import { WebhooksRepository } from './webhooks.repository';

type Members = { [member: string]: Json | undefined };

/** What was done with a subscription, as it stands in the record. */
interface WebhookChange {
  type: Extract<EventType, `webhook.${string}`>;
  id: string;
  /** Absent: the gateway itself. */
  actor?: Actor;
  /** Random ids, codes and times for the outside. */
  clear?: Members;
  /** Sealed. */
  before?: Members;
  after?: Members;
}

/** The record of subscriptions: to whom events went at any time is part of who learned what. */
@Injectable()
export class WebhookChanges {
  constructor(
    private readonly evidence: EvidenceWriter,
    private readonly webhooks: WebhooksRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** In the transaction of the change; returns the event's id. */
  async record(tx: Tx, { type, id, actor, clear, before, after }: WebhookChange): Promise<string> {
    const by = actor === undefined ? undefined : { id: actor.clientId, name: actor.name, kind: actor.kind };
    const [eventId] = await this.evidence.record(tx, [
      {
        type,
        at: this.clock.now(),
        partitionKey: id,
        clear: { ...clear, id, by: actor?.clientId },
        payload: { id, by, before, after },
      },
    ]);
    if (eventId === undefined) throw new Error('An event got no id.');
    return eventId;
  }

  /** The caller has locked the webhook's row. */
  async disable(tx: Tx, webhook: Webhook, because: 'asked' | 'gone', actor?: Actor): Promise<void> {
    await this.webhooks.setState(tx, webhook.id, { because, at: this.clock.now() });
    await this.record(tx, {
      type: 'webhook.disabled.v1',
      id: webhook.id,
      ...(actor === undefined ? {} : { actor }),
      clear: { because },
      before: webhookMembers(webhook),
      after: { state: 'disabled', because },
    });
  }

  /** The subscriber answered 410. Several such answers disable it once. */
  async disableGone(tx: Tx, id: string): Promise<void> {
    const webhook = await this.webhooks.lock(tx, id);
    if (webhook?.state === 'active') await this.disable(tx, webhook, 'gone');
  }
}
