import { hostname } from 'node:os';
import type { Kafka } from 'kafkajs';
import type { Config, KafkaConfig } from '../../../config/load-config';
import type { Database } from '../../database/database';
import type { Log } from '../../observability/logger';
import { connectTo } from './kafka-connection';
import { KafkaTopics } from './kafka-topics';
import { OutboxRefill } from './outbox-refill';

/** The token under which Nest injects the `KafkaLink`, or undefined without Kafka. */
export const KAFKA_LINK = Symbol('KafkaLink');

/** What every part of this process that speaks with Kafka shares. */
export interface KafkaLink {
  readonly kafka: Kafka;
  readonly config: KafkaConfig;
  /** Makes the topics where they are missing. @throws where brokers or database cannot be reached. */
  readonly prepare: () => Promise<void>;
}

export function linkOf(
  { kafka: config, role }: Pick<Config, 'kafka' | 'role'>,
  database: Database,
  log: Log,
): KafkaLink | undefined {
  if (config === undefined) return undefined;
  // Says in the broker's logs who it is.
  const kafka = connectTo(config, `quietline-${role}-${hostname()}-${process.pid}`, log);
  const topics = new KafkaTopics(kafka, config, database, new OutboxRefill(), log);
  return { kafka, config, prepare: () => topics.ensure() };
}
