import type { KafkaMessage } from 'kafkajs';
import type { InboundTopic } from '../../../contracts/inbound-topics';
import type { Log } from '../../observability/logger';
import type { Inbound, InboundReader, InboundRecord } from '../inbound';
import type { KafkaLink } from './kafka-link';
import { TopicReader } from './topic-reader';

/** All partitions of a fetch at once: their questions share batches. */
const PARTITIONS_AT_ONCE = 12;

/** The way in by Kafka: a consumer group for each reader. */
export class KafkaInbound implements Inbound {
  private readonly byName = new Map<string, InboundReader>();
  private readonly readers: TopicReader[] = [];

  constructor(
    private readonly link: KafkaLink,
    private readonly log: Log,
  ) {}

  /** Whether every reader is a member of its group. */
  get reads(): boolean {
    return this.readers.every((reader) => reader.reads);
  }

  read(reader: InboundReader): void {
    if (this.byName.has(reader.name)) {
      throw new Error(`Two readers of the name ${reader.name} would share one place.`);
    }
    this.byName.set(reader.name, reader);
  }

  start(): void {
    for (const reader of this.byName.values()) {
      const topicReader = this.topicReaderOf(reader);
      this.readers.push(topicReader);
      topicReader.start();
    }
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop()));
  }

  private topicReaderOf(reader: InboundReader): TopicReader {
    const { kafka, config, prepare } = this.link;
    return new TopicReader(
      kafka,
      {
        group: `${config.topicPrefix}quietline.${reader.name}`,
        topics: [config.topicPrefix + reader.topic],
        atOnce: reader.atOnce,
        partitions: PARTITIONS_AT_ONCE,
        prepare,
        take: ({ partition, messages }, signal) =>
          reader.take(
            messages.map((message) => recordOf(reader.topic, partition, message)),
            signal,
          ),
      },
      this.log,
    );
  }
}

function recordOf(topic: InboundTopic, partition: number, message: KafkaMessage): InboundRecord {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) headers[name.toLowerCase()] = last.toString();
  }
  const timestamp = Number(message.timestamp);
  return {
    topic,
    partition,
    ...(timestamp > 0 ? { timestamp } : {}),
    offset: message.offset,
    key: message.key?.toString('utf8'),
    headers,
    value: message.value ?? Buffer.alloc(0),
  };
}
