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
import { Database } from '../database/database';
import { OK, Readiness } from '../health/readiness';
import { CONFIG } from '../installation/tokens';
import { LOG, type Log } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { BusMetrics } from './bus-metrics';
import { BUS_OPTIONS, DEFAULT_BUS_OPTIONS } from './bus-options';
import { DeadLetters } from './dead-letters';
import { Delivery } from './delivery';
import { EVENT_BUS, type EventBus } from './event-bus';
import { INBOUND, type Inbound } from './inbound';
import { Inbox } from './inbox';
import { InProcessBus } from './in-process-bus';
import { GroupStart } from './kafka/group-start';
import { KafkaBus } from './kafka/kafka-bus';
import { KafkaInbound } from './kafka/kafka-inbound';
import { KAFKA_LINK, type KafkaLink, linkOf } from './kafka/kafka-link';
import { KafkaPublisher } from './kafka/kafka-publisher';
import { PartitionHolds } from './kafka/partition-holds';
import { KafkaWatch } from './kafka/kafka-watch';
import { BROKER_WATCH, type BrokerWatch, NoBrokers } from './operation/broker-watch';
import { BusStatus } from './operation/bus-status';
import { Letters } from './operation/letters';
import { ReplayWorker } from './operation/replay-worker';
import { OutboxLeases } from './outbox-leases';
import { OutboxQueue } from './outbox-queue';
import { OutboxRelay } from './outbox-relay';

function busOf(
  link: KafkaLink | undefined,
  delivery: Delivery,
  deadLetters: DeadLetters,
  database: Database,
  log: Log,
): EventBus {
  if (link === undefined) return new InProcessBus(delivery, deadLetters);
  const { kafka, config, prepare } = link;
  return new KafkaBus({
    kafka,
    config,
    prepare,
    publisher: new KafkaPublisher(kafka, config.topicPrefix, prepare),
    holds: new PartitionHolds(database),
    starts: new GroupStart(kafka, database),
    delivery,
    deadLetters,
    database,
    log,
  });
}

/** The lags are told to Prometheus by one role, and to operators by whichever process they ask. */
function watchOf(link: KafkaLink | undefined, metrics: Metrics, { role }: Pick<Config, 'role'>): BrokerWatch {
  if (link === undefined) return new NoBrokers();
  const watch = new KafkaWatch(link);
  if (role === 'all' || role === 'jobs') watch.expose(metrics);
  return watch;
}

/** Without Kafka nothing comes in by it. */
const NOTHING: Inbound = { read: () => undefined };

/** Empties the outbox in the processes of one role: they have the consumers. Stops while the pool is still open. */
@Injectable()
class BusLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly carries: boolean;
  private upkeep: NodeJS.Timeout | undefined;

  constructor(
    private readonly relay: OutboxRelay,
    private readonly inbox: Inbox,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
    @Inject(LOG) private readonly log: Log,
    @Inject(CONFIG) { role }: Pick<Config, 'role'>,
  ) {
    this.carries = role === 'all' || role === 'jobs';
  }

  /** Consumers have subscribed in `onModuleInit`. */
  onApplicationBootstrap(): void {
    if (!this.carries) return;
    this.relay.start();
    this.upkeep = setInterval(() => void this.forget(), HOUR).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.upkeep);
    await this.relay.stop();
    await this.bus.stop();
  }

  private async forget(): Promise<void> {
    try {
      await this.inbox.forget();
    } catch (error) {
      this.log.warn({ err: error }, 'Old inbox rows could not be removed; tried again in an hour.');
    }
  }
}

/** Reads what comes in, and says whether the brokers are there. */
@Injectable()
class KafkaLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(EVENT_BUS) private readonly bus: EventBus,
    @Inject(INBOUND) private readonly inbound: Inbound,
    private readonly readiness: Readiness,
    @Inject(CONFIG) private readonly config: Pick<Config, 'role'>,
  ) {}

  onApplicationBootstrap(): void {
    const { bus, inbound } = this;
    if (!(bus instanceof KafkaBus) || !(inbound instanceof KafkaInbound)) return;
    inbound.start();
    const carries = this.config.role === 'all' || this.config.role === 'jobs';
    // Decisions need no broker: what they record waits in the outbox. Who only carries it has nothing else to do.
    const status = this.config.role === 'jobs' ? 'fault' : 'warning';
    this.readiness.register('kafka', () => {
      if (inbound.reads && (!carries || bus.works)) return OK;
      return { status, detail: 'The brokers are not reached, or do not take what is sent.' };
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.inbound instanceof KafkaInbound) await this.inbound.stop();
  }
}

/** Gives every part the `EventBus` and the `Inbound`, and empties the outbox while the application runs. */
@Global()
@Module({
  providers: [
    { provide: BUS_OPTIONS, useValue: DEFAULT_BUS_OPTIONS },
    { provide: KAFKA_LINK, inject: [CONFIG, Database, LOG], useFactory: linkOf },
    {
      provide: EVENT_BUS,
      inject: [{ token: KAFKA_LINK, optional: true }, Delivery, DeadLetters, Database, LOG],
      useFactory: busOf,
    },
    {
      provide: INBOUND,
      inject: [{ token: KAFKA_LINK, optional: true }, LOG],
      useFactory: (link: KafkaLink | undefined, log: Log): Inbound =>
        link === undefined ? NOTHING : new KafkaInbound(link, log),
    },
    {
      provide: BROKER_WATCH,
      inject: [{ token: KAFKA_LINK, optional: true }, Metrics, CONFIG],
      useFactory: watchOf,
    },
    BusLifecycle,
    BusMetrics,
    BusStatus,
    DeadLetters,
    Delivery,
    Inbox,
    KafkaLifecycle,
    Letters,
    OutboxLeases,
    OutboxQueue,
    OutboxRelay,
    ReplayWorker,
  ],
  exports: [EVENT_BUS, INBOUND, BusStatus, Letters],
})
export class BusModule {}
