import {
  type BeforeApplicationShutdown,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { HOUR } from '../../domain/time/instant';
import { CONFIG } from '../installation/tokens';
import { LOG, type Log } from '../observability/logger';
import { BusMetrics } from './bus-metrics';
import { BUS_OPTIONS, DEFAULT_BUS_OPTIONS } from './bus-options';
import { DeadLetters } from './dead-letters';
import { Delivery } from './delivery';
import { EVENT_BUS } from './event-bus';
import { Inbox } from './inbox';
import { InProcessBus } from './in-process-bus';
import { OutboxLeases } from './outbox-leases';
import { OutboxQueue } from './outbox-queue';
import { OutboxRelay } from './outbox-relay';

/** Consumers subscribe in `onModuleInit`; the relay starts after all of them and stops while the pool is still open. */
@Injectable()
class BusLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private upkeep: NodeJS.Timeout | undefined;

  constructor(
    private readonly relay: OutboxRelay,
    private readonly inbox: Inbox,
    @Inject(LOG) private readonly log: Log,
    @Inject(CONFIG) private readonly config: Pick<Config, 'role'>,
  ) {}

  onApplicationBootstrap(): void {
    // What others queue is carried by the processes of one role: they have the consumers.
    if (this.config.role !== 'all' && this.config.role !== 'jobs') return;
    this.relay.start();
    this.upkeep = setInterval(() => void this.forget(), HOUR).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.upkeep);
    await this.relay.stop();
  }

  private async forget(): Promise<void> {
    try {
      await this.inbox.forget();
    } catch (error) {
      this.log.warn({ err: error }, 'Old inbox rows could not be removed; tried again in an hour.');
    }
  }
}

/** Gives every part the `EventBus`, and empties the outbox into it while the application runs. */
@Global()
@Module({
  providers: [
    { provide: BUS_OPTIONS, useValue: DEFAULT_BUS_OPTIONS },
    { provide: EVENT_BUS, useClass: InProcessBus },
    BusLifecycle,
    BusMetrics,
    DeadLetters,
    Delivery,
    Inbox,
    OutboxLeases,
    OutboxQueue,
    OutboxRelay,
  ],
  exports: [EVENT_BUS],
})
export class BusModule {}
