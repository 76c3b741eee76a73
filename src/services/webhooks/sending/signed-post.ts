import { Inject, Injectable } from '@nestjs/common';
import type { Instant } from '../../../domain/time/instant';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { DueWebhook } from '../deliveries.repository';
import { EventPost, type Sent } from '../outbound/event-post';
import { WebhookSecrets } from '../webhook-secrets';

/** CloudEvents 1.0.2, HTTP binding, structured mode. */
const MEDIA_TYPE = 'application/cloudevents+json; charset=utf-8';

/** Sends an event with the signatures of the moment: a retry is a new attempt with a time of its own. */
@Injectable()
export class SignedPost {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly post: EventPost,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async send(
    webhook: DueWebhook,
    event: { id: string; body: string },
    stop: AbortSignal,
  ): Promise<{ sent: Sent; at: Instant }> {
    const at = this.clock.now();
    const live = webhook.secrets.filter(({ expiresAt }) => expiresAt === undefined || at < expiresAt);
    const signatures = this.secrets.headersOf(
      live.map(({ text }) => text),
      event.id,
      at,
      event.body,
    );
    const headers = { ...signatures, 'content-type': MEDIA_TYPE };
    const sent = await this.post.send({ url: webhook.url, headers, body: event.body }, stop);
    return { sent, at: this.clock.now() };
  }
}
