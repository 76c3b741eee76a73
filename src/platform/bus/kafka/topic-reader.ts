import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Log } from '../../observability/logger';
import { failureReason } from '../failure-reason';

/** A process that was killed loses its partitions to the others after this. */
const SESSION_MS = 8_000;
const HEARTBEAT_MS = 1_500;
const LONGEST_FETCH_MS = 500;
/** Above this there is no use in fetching more: it would only wait in memory. */
const MAX_BYTES_A_PARTITION = 1_048_576;
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 2_000;
/** A member for so long has got over what it failed by before. */
const STEADY_MS = 10_000;
/** How long a stop waits for what is in hand; it is stored whole or not at all in any case. */
const LAST_WAIT_MS = 4_000;

/** Records of one partition, in order. */
export interface Lot {
  /** As Kafka knows it, with the prefix. */
  readonly topic: string;
  readonly partition: number;
  /** Another number each time the group has shared its partitions out anew. */
  readonly sharing: number;
  readonly messages: readonly KafkaMessage[];
}

export interface ReaderOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Records handed over at a time, of one partition. */
  readonly atOnce: number;
  /** Partitions that are worked on at the same time. */
  readonly partitions: number;
  /** Before every connection: makes the topics where they are missing. */
  prepare(): Promise<void>;
  /** Resolves when every record is dealt with; rejects what must be offered again. The signal ends waits. */
  take(lot: Lot, signal: AbortSignal): Promise<void>;
}

/**
 * One member of a consumer group, for as long as the process lives. The offset moves after the records are dealt with.
 * What rejects is offered again at growing intervals, in place: an error thrown at the client would end it, or restart
 * it after half a minute for all partitions (PITFALLS, "Kafka and kafkajs"). Where the client gives up all the same, it
 * is made anew.
 */
export class TopicReader {
  private readonly ending = new AbortController();
  private consumer: Consumer | undefined;
  private running: Promise<void> | undefined;
  private sharing = 0;
  private failures = 0;
  private joined = false;
  private joinedAt: number | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: ReaderOptions,
    private readonly log: Log,
  ) {}

  /** Whether it is a member of its group now. */
  get reads(): boolean {
    return this.joined;
  }

  start(): void {
    this.running ??= this.live();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    this.ending.abort();
    const late = delay(LAST_WAIT_MS, 'late' as const, { ref: false });
    if ((await Promise.race([this.running, late])) === 'late') {
      this.log.warn(
        { group: this.options.group },
        'A reader was still at work: what it left is offered again.',
      );
    }
  }

  /** One client after the other, until the end. */
  private async live(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        await this.options.prepare();
        await this.once();
      } catch (error) {
        this.failed(error);
      }
      this.joined = false;
      await rest(this.failures, signal);
    }
  }

  /** One client, until it crashes or the process stops. */
  private async once(): Promise<void> {
    const { group, topics, partitions } = this.options;
    const consumer = this.kafka.consumer({
      groupId: group,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: LONGEST_FETCH_MS,
      maxBytesPerPartition: MAX_BYTES_A_PARTITION,
      allowAutoTopicCreation: false,
      // It would start again after its own time, and not at all after some errors.
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        retries: 5,
        restartOnFailure: () => Promise.resolve(false),
      },
    });
    this.consumer = consumer;
    const round = new AbortController();
    const ended = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      this.ending.signal.addEventListener('abort', () => resolve(), { signal: round.signal });
    });
    ended.catch(() => undefined);
    consumer.on(consumer.events.GROUP_JOIN, () => this.hasJoined());
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitions,
        eachBatch: (payload) => this.work(payload),
      });
      await ended;
    } finally {
      round.abort();
      this.consumer = undefined;
      await consumer.disconnect().catch(() => undefined);
    }
  }

  private hasJoined(): void {
    this.sharing += 1;
    if (this.joined) return;
    this.joined = true;
    this.joinedAt = performance.now();
    if (this.failures > 0) this.log.info({ group: this.options.group }, 'Topics are read again.');
  }

  private async work(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const { sharing } = this;
    // The group is shared out anew: nothing in hand is worth waiting for any more.
    const over = new AbortController();
    const signal = AbortSignal.any([this.ending.signal, over.signal]);
    let lost: unknown;
    const pulse = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        lost ??= error;
        over.abort();
      });
    }, HEARTBEAT_MS);
    try {
      for (const messages of lotsOf(batch.messages, this.options.atOnce)) {
        if (signal.aborted || !payload.isRunning() || payload.isStale()) break;
        if (!(await this.insist({ topic, partition, sharing, messages }, signal))) break;
        const last = messages.at(-1);
        if (last !== undefined) payload.resolveOffset(last.offset);
        await payload.heartbeat();
      }
    } finally {
      clearInterval(pulse);
    }
    if (lost !== undefined) throw lost as Error;
  }

  /** False when there was no use in going on. */
  private async insist(lot: Lot, signal: AbortSignal): Promise<boolean> {
    for (let failures = 1; ; failures++) {
      try {
        await this.options.take(lot, signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        const { group } = this.options;
        const { topic, partition } = lot;
        const reason = failureReason(error);
        this.log[failures === 1 ? 'warn' : 'debug'](
          { group, topic, partition, failures, reason, err: error },
          'Records were not taken and are offered again.',
        );
      }
      await rest(failures, signal);
      if (signal.aborted) return false;
    }
  }

  private failed(error: unknown): void {
    if (this.ending.signal.aborted) return;
    // One that joins and crashes at once must not go round as fast as it can.
    const steady = this.joinedAt !== undefined && performance.now() - this.joinedAt > STEADY_MS;
    this.joinedAt = undefined;
    this.failures = steady ? 1 : this.failures + 1;
    if (this.failures > 1) return;
    const { group } = this.options;
    this.log.error({ group, err: error }, 'Topics cannot be read; trying again.');
  }
}

function* lotsOf(messages: readonly KafkaMessage[], atOnce: number): Generator<readonly KafkaMessage[]> {
  for (let from = 0; from < messages.length; from += atOnce) yield messages.slice(from, from + atOnce);
}

async function rest(failures: number, signal: AbortSignal): Promise<void> {
  if (failures === 0) return;
  const ms = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1));
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
