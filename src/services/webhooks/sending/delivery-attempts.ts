import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database';
import { LOG, type Log } from '../../../platform/observability/logger';
import { DeliveriesRepository, type DueWebhook, type TakenDelivery } from '../deliveries.repository';
import { WebhookChanges } from '../webhook-changes';
import { WEBHOOK_OPTIONS, type WebhookOptions } from '../webhook-options';
import { type NextStep, nextStep } from './next-step';
import { SignedPost } from './signed-post';
import { WebhookMetrics } from './webhook-metrics';

/** An event of a month that is no longer kept cannot be sent. */
const EVENT_GONE: NextStep = { state: 'dead', outcome: 'EVENT_GONE' };

/** One attempt: sent, and what became of it written down. */
@Injectable()
export class DeliveryAttempts {
  constructor(
    private readonly database: Database,
    private readonly deliveries: DeliveriesRepository,
    private readonly changes: WebhookChanges,
    private readonly post: SignedPost,
    private readonly metrics: WebhookMetrics,
    @Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Never rejects: what cannot be written down is sent again when its lease has run out. */
  async make(
    webhook: DueWebhook,
    delivery: TakenDelivery,
    body: string | undefined,
    stop: AbortSignal,
  ): Promise<void> {
    const { webhookId, eventId } = delivery;
    try {
      const step = body === undefined ? EVENT_GONE : await this.send(webhook, delivery, body, stop);
      if (step === 'stopped') await this.deliveries.giveBack(delivery);
      else await this.settle(delivery, step);
    } catch (error) {
      this.log.warn(
        { webhookId, eventId, err: error },
        'What became of a webhook could not be written down: it will be sent again.',
      );
    }
  }

  private async send(
    webhook: DueWebhook,
    { eventId, attempt }: TakenDelivery,
    body: string,
    stop: AbortSignal,
  ): Promise<NextStep | 'stopped'> {
    const since = performance.now();
    const { sent, at } = await this.post.send(webhook, { id: eventId, body }, stop);
    if (sent.kind === 'failed' && sent.code === 'STOPPED') return 'stopped';
    const step = nextStep({ sent, attempt, at, chance: Math.random() }, this.options);
    this.metrics.attempted(step, performance.now() - since);
    return step;
  }

  private async settle(delivery: TakenDelivery, step: NextStep): Promise<void> {
    const { webhookId, eventId, attempt } = delivery;
    const { state, outcome, status } = step;
    await this.database.transaction(async (tx) => {
      const settled = await this.deliveries.settle(tx, delivery, step);
      if (settled && step.gone === true) await this.changes.disableGone(tx, webhookId);
    });
    if (state !== 'dead') return;
    this.log.warn(
      { webhookId, eventId, attempt, outcome, status },
      'An event could not be delivered to a webhook and is a dead letter until it is replayed.',
    );
  }
}
