import { type Kafka, Partitioners, type Producer, type TopicMessages } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventType, type Topic, topicOf } from '../../../contracts/topics';
import { toMessage } from '../cloud-event-message';
import type { BusEvent } from '../event-bus';

/** Above what the client itself waits with all its retries; after it nobody knows what was written. */
const DEADLINE_MS = 20_000;

export class PublishLateError extends Error {
  override readonly name = 'PublishLateError';
}

/**
 * Writes events to their topics, waiting for all replicas that are in step. No idempotent producer: with it the client
 * may never come back (PITFALLS). A batch that is offered again after a failure is written again from its start, so the
 * first copies of the events of a key stand in their order, and readers pass over the others by their ids.
 */
export class KafkaPublisher {
  private producer: Promise<Producer> | undefined;
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

  async publish(events: readonly BusEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      await inTime(this.send(events));
      this.failed = false;
    } catch (error) {
      this.failed = true;
      // The next batch connects anew, and sees whether the topics are still there.
      await this.disconnect();
      throw error;
    }
  }

  async disconnect(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.then((one) => one.disconnect()).catch(() => undefined);
  }

  private async send(events: readonly BusEvent[]): Promise<void> {
    const producer = await (this.producer ??= this.connect());
    await producer.sendBatch({ acks: -1, topicMessages: this.messagesOf(events) });
  }

  private async connect(): Promise<Producer> {
    await this.prepare();
    const producer = this.kafka.producer({
      // The one of the Java client: every other client finds a person's events where we put them.
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return producer;
  }

  private messagesOf(events: readonly BusEvent[]): TopicMessages[] {
    const byTopic = new Map<Topic, TopicMessages>();
    for (const event of events) {
      const topic = topicOf(event.type as EventType);
      const one = byTopic.get(topic) ?? { topic: this.prefix + topic, messages: [] };
      one.messages.push(toMessage(event));
      byTopic.set(topic, one);
    }
    return [...byTopic.values()];
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
