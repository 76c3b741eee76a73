import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { DAY, type Instant, MINUTE, SECOND } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import type { Tx } from '../../platform/database/database';
import { uuidV7, uuidV7Floor } from '../../platform/ids/uuid-v7';
import { DeliveriesRepository } from './deliveries.repository';
import {
  type Delivery,
  type DeliveryState,
  TEST_TYPE,
  type Webhook,
  webhookMembers,
  type WebhookView,
} from './webhook';
import { WebhookChanges } from './webhook-changes';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './webhook-options';
import { WebhookSecrets } from './webhook-secrets';
import { WebhooksRepository } from './webhooks.repository';

/** What its maker says of a webhook; the URL has been found fit. */
export interface WebhookDraft {
  url: string;
  types: readonly string[];
  description?: string;
}

/** The secret is shown this once. */
export interface NewSecret {
  id: string;
  secret: string;
}

/** How long an earlier secret signs beside a new one: time to put the new one in place. */
export const SECRET_OVERLAP = DAY;
/** Signatures in one header have an end; whoever changes secrets this often has another problem. */
const MOST_SECRETS = 5;
/** Longer ago than deliveries are kept nobody can tell any more what was delivered; one replay covers so much. */
const LONGEST_REPLAY = 31 * DAY;

/** An event may be recorded so long before it is handed on; what was sent meanwhile is sent twice. */
const RELAY_LAG = MINUTE;

/** Where events are sent, and with which secret. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly changes: WebhookChanges,
    private readonly secrets: WebhookSecrets,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions,
  ) {}

  async make(tx: Tx, draft: WebhookDraft, actor: Actor): Promise<NewSecret> {
    this.requireRoom(await this.webhooks.countActive(tx));
    const createdAt = this.clock.now();
    const webhook: Webhook = { ...draft, id: uuidV7(createdAt), state: 'active', createdAt };
    await this.webhooks.insert(tx, { ...webhook, createdBy: actor.clientId });
    const secret = await this.addSecret(tx, webhook.id, createdAt);
    await this.changes.record(tx, {
      type: 'webhook.created.v1',
      id: webhook.id,
      actor,
      clear: { types: [...webhook.types] },
      after: webhookMembers(webhook),
    });
    return secret;
  }

  /** Doing it twice is doing it once. What is pending waits until it is enabled. */
  async disable(tx: Tx, id: string, actor: Actor): Promise<void> {
    const webhook = await this.locked(tx, id);
    if (webhook.state === 'active') await this.changes.disable(tx, webhook, 'asked', actor);
  }

  async enable(tx: Tx, id: string, actor: Actor): Promise<void> {
    const active = await this.webhooks.countActive(tx);
    const webhook = await this.locked(tx, id);
    if (webhook.state === 'active') return;
    this.requireRoom(active);
    await this.webhooks.setState(tx, id, undefined);
    const missedSince = webhook.disabledBecause === 'gone' ? webhook.disabledAt : undefined;
    if (missedSince !== undefined) await this.catchUp(tx, webhook, missedSince);
    await this.changes.record(tx, {
      type: 'webhook.enabled.v1',
      id,
      actor,
      ...(missedSince === undefined ? {} : { clear: { missedSince } }),
      before: webhookMembers(webhook),
      after: { state: 'active' },
    });
  }

  /** Nobody wished to miss what a 410, which a proxy may have answered, kept from the subscriber: wishes are among it. */
  private async catchUp(tx: Tx, { id, createdAt }: Webhook, since: Instant): Promise<void> {
    const now = this.clock.now();
    const from = Math.max(since - RELAY_LAG, createdAt, now - LONGEST_REPLAY);
    await this.deliveries.requeueGone(tx, id);
    await this.webhooks.insertReplay(tx, {
      id: uuidV7(now),
      webhookId: id,
      position: uuidV7Floor(from),
      until: uuidV7Floor(now + SECOND),
      askedAt: now,
    });
  }

  /** Another secret; the earlier ones go on signing beside it for 24 hours, or, if they leaked, no longer. */
  async rotate(tx: Tx, id: string, endNow: boolean, actor: Actor): Promise<NewSecret> {
    await this.locked(tx, id);
    const now = this.clock.now();
    await this.webhooks.endSecrets(tx, id, endNow ? now : now + SECRET_OVERLAP, now);
    if ((await this.webhooks.countSecrets(tx, id)) >= MOST_SECRETS) {
      throw new AppError('CONFLICT', {
        detail: `${MOST_SECRETS} secrets sign already; the oldest ends within 24 hours.`,
      });
    }
    const secret = await this.addSecret(tx, id, now);
    await this.changes.record(tx, { type: 'webhook.secret_rotated.v1', id, actor, clear: { endNow } });
    return secret;
  }

  /** Queues the events of that time again in the background; each keeps its id. */
  async replay(tx: Tx, id: string, time: { from: Instant; to: Instant }, actor: Actor): Promise<string> {
    const { from, to } = time;
    if (to <= from) throw invalidMember('/to', 'Must be later than /from.', 'RANGE');
    if (to - from > LONGEST_REPLAY) throw invalidMember('/to', 'A replay covers 31 days at most.', 'RANGE');
    await this.lockedActive(tx, id);
    const askedAt = this.clock.now();
    const replayId = uuidV7(askedAt);
    const [position, until] = [uuidV7Floor(from), uuidV7Floor(to)];
    await this.webhooks.insertReplay(tx, { id: replayId, webhookId: id, position, until, askedAt });
    await this.changes.record(tx, { type: 'webhook.replayed.v1', id, actor, clear: { replayId, from, to } });
    return replayId;
  }

  /** Sends one event of the webhook's own by the way of all events; returns its id. */
  async test(tx: Tx, id: string, actor: Actor): Promise<string> {
    await this.lockedActive(tx, id);
    const eventId = await this.changes.record(tx, { type: TEST_TYPE, id, actor });
    await this.deliveries.queueOne(tx, id, eventId);
    return eventId;
  }

  async find(id: string): Promise<WebhookView> {
    const webhook = await this.webhooks.find(id);
    if (webhook === undefined) throw notFound();
    return webhook;
  }

  /** One more than the page. */
  list(page: { limit: number; cursor?: string }): Promise<WebhookView[]> {
    return this.webhooks.list(page);
  }

  /** One more than the page. */
  async listDeliveries(
    id: string,
    page: { state?: DeliveryState; before?: string; limit: number },
  ): Promise<Delivery[]> {
    await this.find(id);
    return this.deliveries.list(id, page);
  }

  private async addSecret(tx: Tx, webhookId: string, createdAt: Instant): Promise<NewSecret> {
    const secret = this.secrets.make();
    await this.webhooks.insertSecret(tx, { id: uuidV7(createdAt), webhookId, text: secret, createdAt });
    return { id: webhookId, secret };
  }

  private requireRoom(active: number): void {
    const { mostActive } = this.options;
    if (active < mostActive) return;
    throw new AppError('CONFLICT', { detail: `${mostActive} webhooks are active: disable one first.` });
  }

  private async lockedActive(tx: Tx, id: string): Promise<Webhook> {
    const webhook = await this.locked(tx, id);
    if (webhook.state === 'active') return webhook;
    throw new AppError('CONFLICT', { detail: 'This webhook is disabled: enable it first.' });
  }

  private async locked(tx: Tx, id: string): Promise<Webhook> {
    const webhook = await this.webhooks.lock(tx, id);
    if (webhook === undefined) throw notFound();
    return webhook;
  }
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', { detail: 'There is no such webhook.' });
}
