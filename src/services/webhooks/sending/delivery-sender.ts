import { setMaxListeners } from 'node:events';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Pause } from '../../../platform/bus/pause';
import { LOG, type Log } from '../../../platform/observability/logger';
import { DeliveriesRepository, type DueWebhook, type TakenDelivery } from '../deliveries.repository';
import { WEBHOOK_OPTIONS, type WebhookOptions } from '../webhook-options';
import { DeliveryAttempts } from './delivery-attempts';
import { EventBodies } from './event-bodies';
import { ReplayQueue } from './replay-queue';

const LONGEST_REST_MS = 5_000;
const SILENCE_MS = 60_000;

/**
 * Sends what is due, in any number of processes: each delivery is taken by one of them for as long as its lease runs,
 * so whatever a killed process had in hand is sent again, under the same id. Subscribers share nothing but this loop,
 * which waits for none of them: each has its own few requests at a time.
 */
@Injectable()
export class DeliverySender implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly inHand = new Map<string, Set<Promise<void>>>();
  private readonly pause = new Pause();
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;
  private stopping = false;
  private failures = 0;
  private silentUntil = 0;
  private late: NodeJS.Timeout | undefined;

  constructor(
    private readonly deliveries: DeliveriesRepository,
    private readonly bodies: EventBodies,
    private readonly attempts: DeliveryAttempts,
    private readonly replays: ReplayQueue,
    @Inject(LOG) private readonly log: Log,
    @Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions,
  ) {
    // One for each request in hand.
    setMaxListeners(0, this.abort.signal);
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Takes nothing more; the time of the requests in hand runs while other parts stop, too. */
  onModuleDestroy(): void {
    if (this.running === undefined || this.stopping) return;
    this.stopping = true;
    this.pause.end();
    this.late = setTimeout(() => this.abort.abort(), this.options.stopMs);
  }

  /** Waits for the requests in hand, and gives back what has had no answer in time. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.running;
    await Promise.all([...this.inHand.values()].flatMap((requests) => [...requests]));
    clearTimeout(this.late);
  }

  private async run(): Promise<void> {
    const { busy, idle } = this.options.pollMs;
    while (!this.stopping) {
      let wait: number;
      try {
        wait = (await this.sendDue()) ? busy : idle;
        this.recovered();
      } catch (error) {
        wait = this.failed(error);
      }
      if (await this.replayed()) wait = 0;
      if (!this.stopping) await this.pause.for(wait);
    }
  }

  /** A replay that cannot go on now keeps nobody else waiting. */
  private async replayed(): Promise<boolean> {
    try {
      return !this.stopping && (await this.replays.step());
    } catch (error) {
      // The loop comes back to it as often as it looks for deliveries; said once in a while is enough.
      if (performance.now() >= this.silentUntil) {
        this.silentUntil = performance.now() + SILENCE_MS;
        this.log.error({ err: error }, 'A replay of a webhook cannot go on; trying again.');
      }
      return false;
    }
  }

  /** Whether there was anything to send. */
  private async sendDue(): Promise<boolean> {
    const due = await this.deliveries.due();
    for (const webhook of due) await this.sendTo(webhook);
    return due.length > 0;
  }

  private async sendTo(webhook: DueWebhook): Promise<void> {
    const requests = this.inHand.get(webhook.id) ?? new Set<Promise<void>>();
    const room = this.options.atOnce - requests.size;
    if (room <= 0 || this.stopping) return;
    const taken = await this.deliveries.take(webhook.id, room, this.options.leaseMs);
    const bodies = await this.bodiesOf(taken);
    if (bodies === undefined) return;
    this.inHand.set(webhook.id, requests);
    for (const delivery of taken) {
      const request = this.attempts
        .make(webhook, delivery, bodies.get(delivery.eventId), this.abort.signal)
        .finally(() => {
          requests.delete(request);
          if (requests.size === 0) this.inHand.delete(webhook.id);
          // There may be more behind it.
          this.pause.end();
        });
      requests.add(request);
    }
  }

  /** What cannot be read now has not been tried. */
  private async bodiesOf(taken: readonly TakenDelivery[]): Promise<Map<string, string> | undefined> {
    if (taken.length === 0) return undefined;
    try {
      return await this.bodies.of(taken.map((delivery) => delivery.eventId));
    } catch (error) {
      await Promise.allSettled(taken.map((delivery) => this.deliveries.giveBack(delivery)));
      throw error;
    }
  }

  private failed(error: unknown): number {
    this.failures += 1;
    if (this.failures === 1) this.log.error({ err: error }, 'Webhooks cannot be read; trying again.');
    return Math.min(LONGEST_REST_MS, this.options.pollMs.idle * 2 ** Math.min(10, this.failures));
  }

  private recovered(): void {
    if (this.failures > 0) this.log.info({ failures: this.failures }, 'Webhooks are read again.');
    this.failures = 0;
  }
}
