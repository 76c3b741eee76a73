import { DeadLetters } from '../../src/platform/bus/dead-letters';
import { Delivery } from '../../src/platform/bus/delivery';
import { GroupStart } from '../../src/platform/bus/kafka/group-start';
import { connectTo } from '../../src/platform/bus/kafka/kafka-connection';
import { KafkaBus } from '../../src/platform/bus/kafka/kafka-bus';
import { KafkaPublisher } from '../../src/platform/bus/kafka/kafka-publisher';
import { KafkaTopics } from '../../src/platform/bus/kafka/kafka-topics';
import { OutboxRefill } from '../../src/platform/bus/kafka/outbox-refill';
import { PartitionHolds } from '../../src/platform/bus/kafka/partition-holds';
import { loadConfig } from '../../src/config/load-config';
import type { BusAdapter } from './bus-stage';

/** The bus on this broker; every process that is opened by one adapter shares its topics. */
export function onKafka(brokers: string, prefix: string): BusAdapter {
  const { kafka: config } = loadConfig({
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    KAFKA_PARTITIONS: '3',
  });
  if (config === undefined) throw new Error('Brokers were named.');
  return {
    name: 'KafkaBus',
    open: ({ database, inbox, metrics, log, options }) => {
      const kafka = connectTo(config, 'contract', log);
      const topics = new KafkaTopics(kafka, config, database, new OutboxRefill(), log);
      const prepare = (): Promise<void> => topics.ensure();
      return new KafkaBus({
        kafka,
        config,
        publisher: new KafkaPublisher(kafka, prefix, prepare),
        holds: new PartitionHolds(database),
        delivery: new Delivery(database, inbox, metrics, log, options),
        deadLetters: new DeadLetters(database, log),
        database,
        prepare,
        starts: new GroupStart(kafka, database),
        log,
      });
    },
  };
}
