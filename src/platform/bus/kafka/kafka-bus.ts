import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka, KafkaMessage } from 'kafkajs';
import type { KafkaConfig } from '../../../config/load-config';
import { type EventType, type Topic, topicOf, TOPICS } from '../../../contracts/topics';
import { type Database } from '../../database/database';
import type { Log } from '../../observability/logger';
import { type Audience, subscriptionsOf } from '../audience';
import type { DeadLetters } from '../dead-letters';
import type { Delivery } from '../delivery';
import {
  type Batch,
  type BusEvent,
  type Consumer,
  type EventBus,
  LeaseLostError,
  type Replay,
} from '../event-bus';
import type { GroupStart } from './group-start';
import type { KafkaPublisher } from './kafka-publisher';
import type { PartitionHold, PartitionHolds } from './partition-holds';
import { eventOf } from './read-event';
import { type Lot, type ReaderOptions, TopicReader } from './topic-reader';

const RECORDS_AT_ONCE = 100;
const PARTITIONS_AT_ONCE = 4;
const LONGEST_REST_MS = 2_000;
/** What announces to relays of the in-process bus that they would take events away from Kafka's readers. */
const ANYBODY = 'kafka';

/** What a bus is made of. */
export interface KafkaBusParts {
  kafka: Kafka;
  config: KafkaConfig;
  publisher: KafkaPublisher;
  holds: PartitionHolds;
  delivery: Delivery;
  deadLetters: DeadLetters;
  database: Database;
  /** Makes the topics where they are missing. */
  prepare: () => Promise<void>;
  starts: GroupStart;
  log: Log;
}

/**
 * The bus of processes that share the work by Apache Kafka: acceptance is the write to all replicas in step, and each
 * consumer is a consumer group of its own. Every type is published, because the institution's systems read too.
 */
export class KafkaBus implements EventBus {
  private readonly byName = new Map<string, Consumer>();
  private readonly readers: TopicReader[] = [];
  private begun = false;
  /** Holds by consumer, topic, partition; each good for one sharing out of the group. */
  private readonly held = new Map<string, { sharing: number; hold: Promise<PartitionHold> }>();

  constructor(private readonly parts: KafkaBusParts) {}

  get consumers(): readonly Consumer[] {
    return [...this.byName.values()];
  }

  get audience(): Audience {
    const types = Object.values(TOPICS).flat();
    return {
      subscriptions: [...subscriptionsOf(this.consumers), ...types.map((type) => `${ANYBODY}/${type}`)],
      types,
      onDemand: [],
    };
  }

  /** Whether every consumer of this process is a member of its group, and the last batch was taken. */
  get works(): boolean {
    return this.begun && this.parts.publisher.works && this.readers.every((reader) => reader.reads);
  }

  subscribe(consumer: Consumer): void {
    if (this.byName.has(consumer.name)) {
      throw new Error(`Two consumers of the name ${consumer.name} would share one memory.`);
    }
    this.byName.set(consumer.name, consumer);
  }

  async publish({ events }: Batch): Promise<void> {
    await this.parts.publisher.publish(events);
  }

  async replayDeadLetter(consumer: string, eventId: string): Promise<Replay> {
    const known = this.byName.get(consumer);
    if (known === undefined) throw new Error(`This process has no consumer ${consumer}.`);
    return this.parts.deadLetters.replay(known, eventId);
  }

  async start(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await this.begin();
        break;
      } catch (error) {
        if (failures === 0)
          this.parts.log.error({ err: error }, 'The brokers cannot be reached; trying again.');
        await delay(Math.min(LONGEST_REST_MS, 100 * 2 ** failures), undefined, { signal }).catch(
          () => undefined,
        );
      }
    }
    if (signal.aborted) return;
    this.begun = true;
    for (const consumer of this.consumers) {
      const reader = this.readerOf(consumer);
      this.readers.push(reader);
      reader.start();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop()));
    await this.parts.publisher.disconnect();
  }

  private async begin(): Promise<void> {
    await this.parts.publisher.connect();
    for (const consumer of this.consumers) {
      await this.parts.starts.ensure(this.memoryOf(consumer), this.topicsOf(consumer));
    }
  }

  private readerOf(consumer: Consumer): TopicReader {
    const { kafka, config, prepare, log } = this.parts;
    const options: ReaderOptions = {
      group: `${config.topicPrefix}quietline.${consumer.name}`,
      topics: this.topicsOf(consumer),
      atOnce: RECORDS_AT_ONCE,
      partitions: PARTITIONS_AT_ONCE,
      prepare,
      take: (lot, signal) => this.take(consumer, lot, signal),
    };
    return new TopicReader(kafka, options, log);
  }

  private topicsOf(consumer: Consumer): string[] {
    const topics = new Set<Topic>(consumer.types.map((type: EventType) => topicOf(type)));
    return [...topics].map((topic) => this.parts.config.topicPrefix + topic);
  }

  /** Keys do not wait for each other within a lot; the lot waits for all of them. */
  private async take(consumer: Consumer, lot: Lot, signal: AbortSignal): Promise<void> {
    const hold = await this.holdOf(consumer, lot);
    const mine = lot.messages.filter(({ offset }) => BigInt(offset) >= hold.begins);
    const wanted = await this.wantedBy(consumer);
    const chains = new Map<string, BusEvent[]>();
    for (const event of mine.flatMap((message) => this.read(message, lot))) {
      if (!wanted.has(event.type)) continue;
      const chain = chains.get(event.partitionkey);
      if (chain === undefined) chains.set(event.partitionkey, [event]);
      else chain.push(event);
    }
    const outcomes = await Promise.allSettled(
      [...chains.values()].map(async (chain) => {
        for (const event of chain) {
          signal.throwIfAborted();
          await this.parts.delivery.deliver(consumer, event, hold, signal);
        }
      }),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      // Whoever took it may have been on its way out: if the partition is ours still, it is taken back.
      if (outcome.reason instanceof LeaseLostError) this.held.delete(nameOf(consumer, lot));
      throw outcome.reason;
    }
  }

  /** Only we may write to these topics, so what is no event of ours has nobody to be handed to. */
  private read(message: KafkaMessage, { topic, partition }: Lot): BusEvent[] {
    const event = eventOf(message);
    if (event !== undefined) return [event];
    const { offset } = message;
    this.parts.log.warn(
      { topic, partition, offset },
      'A record of a topic of ours is no event of ours; passed over.',
    );
    return [];
  }

  private holdOf(consumer: Consumer, { topic, partition, sharing }: Lot): Promise<PartitionHold> {
    const name = nameOf(consumer, { topic, partition });
    const known = this.held.get(name);
    if (known?.sharing === sharing) return known.hold;
    const hold = this.parts.holds.take(this.memoryOf(consumer), topic, partition);
    this.held.set(name, { sharing, hold });
    // One that was not given is asked for again.
    hold.catch(() => this.held.delete(name));
    return hold;
  }

  private memoryOf(consumer: Consumer): string {
    return this.parts.config.topicPrefix + consumer.name;
  }

  /** Read after the records came: whatever was demanded before they were recorded is in it. */
  private async wantedBy(consumer: Consumer): Promise<ReadonlySet<string>> {
    if (consumer.onDemand !== true) return new Set(consumer.types);
    const rows = await this.parts.database.query<{ type: string }>(
      'SELECT type FROM event_demands WHERE consumer = $1 AND type = ANY ($2)',
      [consumer.name, consumer.types],
      'event-demands',
    );
    return new Set(rows.map((row) => row.type));
  }
}

function nameOf(consumer: Consumer, { topic, partition }: Pick<Lot, 'topic' | 'partition'>): string {
  return `${consumer.name} ${topic} ${partition}`;
}
