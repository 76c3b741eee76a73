import { type Config, loadConfig } from '../../src/config/load-config';
import { TOPICS } from '../../src/contracts/topics';
import { type Batch, type Consumer, EVENT_BUS, type EventBus } from '../../src/platform/bus/event-bus';
import { connectTo } from '../../src/platform/bus/kafka/kafka-connection';
import { KafkaPublisher } from '../../src/platform/bus/kafka/kafka-publisher';
import { KafkaTopics } from '../../src/platform/bus/kafka/kafka-topics';
import { OutboxRefill } from '../../src/platform/bus/kafka/outbox-refill';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { type AppOverrides, startApp, type TestApp } from './app';
import { createTestDatabase, type TestDatabase } from './database';
import { queryRows } from './database-rows';
import { eventually } from './proofs/eventually';

/** Publishes whatever is recorded, and hands nothing to anybody here: what others read is looked at. */
class OnlyPublished implements EventBus {
  readonly consumers: readonly Consumer[] = [];
  readonly audience = {
    subscriptions: ['kafka/all'],
    types: Object.values(TOPICS).flat(),
    onDemand: [],
  };

  constructor(private readonly publisher: KafkaPublisher) {}

  subscribe(): void {}
  async start(): Promise<void> {}

  async stop(): Promise<void> {
    await this.publisher.disconnect();
  }

  publish({ events }: Batch): Promise<void> {
    return this.publisher.publish(events);
  }

  replayDeadLetter(): Promise<never> {
    throw new Error('Nobody here has consumers.');
  }
}

/** A gateway whose events leave by these brokers, as the environment names them. */
export interface PublishingApp {
  readonly app: TestApp;
  readonly prefix: string;
  readonly publisher: KafkaPublisher;
  /** Until nothing waits any more. */
  published(): Promise<void>;
  close(): Promise<void>;
}

export async function startPublishing(
  kafka: Record<string, string>,
  overrides: AppOverrides = {},
): Promise<PublishingApp> {
  const database = await createTestDatabase();
  const connection = connectionOf(database);
  const publisher = publisherOf(kafka, connection);
  const bus = new OnlyPublished(publisher);
  const app = await startApp({ ...overrides, database, providers: [{ token: EVENT_BUS, value: bus }] });
  return {
    app,
    prefix: kafka['KAFKA_TOPIC_PREFIX'] ?? '',
    publisher,
    async published() {
      await eventually('everything is published', async () => {
        const [row] = await queryRows<{ count: string }>(database, 'SELECT count(*) FROM outbox');
        return row?.count === '0';
      });
    },
    async close() {
      await app.close();
      await bus.stop();
      await connection.onApplicationShutdown();
      await database.drop();
    },
  };
}

/** The publisher that these variables make. @throws ConfigError */
export function publisherOf(kafka: Record<string, string>, database: Database): KafkaPublisher {
  const config = kafkaOf(kafka);
  const log = createLogger('error');
  const client = connectTo(config, 'test', log);
  const topics = new KafkaTopics(client, config, database, new OutboxRefill(database), log);
  return new KafkaPublisher(client, config.topicPrefix, () => topics.ensure());
}

export function connectionOf(database: TestDatabase): Database {
  return new Database({ url: database.url, poolSize: 4 }, createLogger('error'));
}

function kafkaOf(variables: Record<string, string>): NonNullable<Config['kafka']> {
  const { kafka } = loadConfig({ KAFKA_PARTITIONS: '3', ...variables });
  if (kafka === undefined) throw new Error('Brokers were to be named.');
  return kafka;
}
