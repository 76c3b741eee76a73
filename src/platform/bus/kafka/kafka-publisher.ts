import { type Kafka, Partitioners, type Producer, type TopicMessages } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventType, type Topic, topicOf } from '../../../contracts/topics';
import { toMessage } from '../cloud-event-message';
import type { BusEvent } from '../event-bus';

/** Above what the client itself waits with all its retries; after it nobody knows what was written. */
const DEADLINE_MS = 20_000;

/** The most bytes of one write: a record batch of the broker's default size holds it whatever its headers are. */
const MAX_BYTES = 500_000;
/** What a record is besides its value, about. */
const BESIDES = 600;

export class PublishLateError extends Error {
  override readonly name = 'PublishLateError';
}

/** The connection was made while the batch waited, and topics may have been refilled before it: read the queue again. */
export class ConnectedAnewError extends Error {
  override readonly name = 'ConnectedAnewError';
}

/**
 * Writes events to their topics, waiting for all replicas that are in step. No idempotent producer: with it the client
 * may never come back (PITFALLS). A batch that is offered again after a failure is written again from its start, so the
 * first copies of the events of a key stand in their order, and readers pass over the others by their ids.
 */
export class KafkaPublisher {
  private connecting: Promise<Producer> | undefined;
  private producer: Producer | undefined;
  private failed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly prefix: string,
    /** Before every connection: makes the topics where they are missing. */
    private readonly prepare: () => Promise<void>,
  ) {}

  /** Whether the brokers took the last batch, where there was one. */
  get works(): boolean {
    return !this.failed;
  }

  /** @throws where the brokers cannot be reached. */
  async connect(): Promise<void> {
    try {
      this.producer ??= await (this.connecting ??= this.open());
    } finally {
      this.connecting = undefined;
    }
  }

  async publish(events: readonly BusEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      const { producer } = this;
      if (producer === undefined) {
        await this.connect();
        throw new ConnectedAnewError('The brokers are connected again; what is queued is read again.');
      }
      for (const part of this.partsOf(events)) {
        await inTime(producer.sendBatch({ acks: -1, topicMessages: part }).then(() => undefined));
      }
      this.failed = false;
    } catch (error) {
      if (error instanceof ConnectedAnewError) throw error;
      this.failed = true;
      // The next batch connects anew, and sees whether the topics are still there.
      await this.disconnect();
      throw error;
    }
  }

  async disconnect(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  private async open(): Promise<Producer> {
    await this.prepare();
    const producer = this.kafka.producer({
      // The one of the Java client: every other client finds a person's events where we put them.
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      // A try of its own could succeed in a topic that was made anew meanwhile, before what is refilled into it.
      retry: { retries: 0 },
    });
    await producer.connect();
    return producer;
  }

  /** In their order, in writes that a broker takes. */
  private *partsOf(events: readonly BusEvent[]): Generator<TopicMessages[]> {
    let byTopic = new Map<Topic, TopicMessages>();
    let bytes = 0;
    for (const event of events) {
      const message = toMessage(event);
      const size = message.value.length + BESIDES;
      if (bytes > 0 && bytes + size > MAX_BYTES) {
        yield [...byTopic.values()];
        byTopic = new Map();
        bytes = 0;
      }
      bytes += size;
      const topic = topicOf(event.type as EventType);
      const one = byTopic.get(topic) ?? { topic: this.prefix + topic, messages: [] };
      one.messages.push(message);
      byTopic.set(topic, one);
    }
    yield [...byTopic.values()];
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = delay(DEADLINE_MS, undefined, { signal: over.signal }).then(() => {
    throw new PublishLateError(`The brokers did not answer within ${DEADLINE_MS} ms.`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    work.catch(() => undefined);
    over.abort();
  }
}
