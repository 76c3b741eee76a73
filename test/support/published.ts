import { type Config, loadConfig } from '../../src/config/load-config';
import { connectTo } from '../../src/platform/bus/kafka/kafka-connection';
import { KafkaPublisher } from '../../src/platform/bus/kafka/kafka-publisher';
import { KafkaTopics } from '../../src/platform/bus/kafka/kafka-topics';
import { OutboxRefill } from '../../src/platform/bus/kafka/outbox-refill';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import type { TestApp } from './app';
import type { TestDatabase } from './database';
import { queryRows } from './database-rows';
import { eventually } from './proofs/eventually';

/** Until every event that this gateway has recorded is on its topic. */
export async function allPublished({ database }: Pick<TestApp, 'database'>): Promise<void> {
  await eventually('everything is published', async () => {
    const [row] = await queryRows<{ count: string }>(database, 'SELECT count(*) FROM outbox');
    return row?.count === '0';
  });
}

/** The publisher that these variables make. @throws ConfigError */
export function publisherOf(variables: Record<string, string>, database: Database): KafkaPublisher {
  const config = kafkaOf(variables);
  const log = createLogger('error');
  const client = connectTo(config, 'test', log);
  const topics = new KafkaTopics(client, config, database, new OutboxRefill(), log);
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
