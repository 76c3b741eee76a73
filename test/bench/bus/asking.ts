import { Kafka, logLevel, Partitioners, type Consumer, type KafkaMessage, type Producer } from 'kafkajs';
import { askedIndex, CALLER_ID, CAMPAIGN, numberOf } from '../seeding/population';

const REQUESTS = 'call.requests.v1';
const DECISIONS = 'call.decisions.v1';
const SOURCE = '/bench/dialer';
const LOOK_MS = 20;
const CHUNK = 250;
const GIVE_UP_MS = 30_000;

/** What came back, and when. Times in milliseconds. */
export interface Answers {
  asked: number;
  answered: number;
  rejected: number;
  seconds: number;
  /** From publishing a question to reading its answer, in order of size. */
  endToEnd: number[];
  /** From the recording of a decision to its reading from the topic, in order of size. */
  factToTopic: number[];
}

/** A dialer that asks by Kafka and reads the answers, as a stranger does: nothing of the gateway's is used. */
export class Asking {
  private readonly askedAt = new Map<string, number>();
  private endToEnd: number[] = [];
  private factToTopic: number[] = [];
  private rejected = 0;
  private position = 0;

  private constructor(
    private readonly producer: Producer,
    private readonly consumer: Consumer,
    private readonly population: number,
    /** How far the gateways' clock is ahead of ours. */
    private readonly ahead: () => number,
  ) {}

  static async open(brokers: string, population: number, ahead: () => number): Promise<Asking> {
    const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.ERROR });
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    const consumer = kafka.consumer({ groupId: 'bench', maxWaitTimeInMs: 50, allowAutoTopicCreation: false });
    const asking = new Asking(producer, consumer, population, ahead);
    await producer.connect();
    await consumer.connect();
    await consumer.subscribe({ topics: [DECISIONS], fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
        for (const message of batch.messages) asking.read(message);
        const last = batch.messages.at(-1);
        if (last !== undefined) resolveOffset(last.offset);
        await heartbeat();
      },
    });
    return asking;
  }

  /** Keeps so many questions open for so long, and waits for the answers of all. */
  async flood(seconds: number, open: number): Promise<Answers> {
    return this.round(seconds, () => open - this.askedAt.size);
  }

  /** Asks so many a second, whatever comes back. */
  async pace(seconds: number, perSecond: number): Promise<Answers> {
    const since = performance.now();
    let asked = 0;
    return this.round(seconds, () => {
      const due = Math.floor(((performance.now() - since) / 1_000) * perSecond) - asked;
      const now = Math.min(due, CHUNK);
      asked += Math.max(0, now);
      return now;
    });
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
    await this.producer.disconnect();
  }

  private async round(seconds: number, room: () => number): Promise<Answers> {
    const from = this.position;
    const since = performance.now();
    [this.endToEnd, this.factToTopic, this.rejected] = [[], [], 0];
    while (performance.now() - since < seconds * 1_000) {
      const count = Math.min(CHUNK, room());
      if (count > 0) await this.ask(count);
      else await pause(LOOK_MS / 4);
    }
    const answeredInTime = this.endToEnd.length;
    const elapsed = (performance.now() - since) / 1_000;
    const deadline = performance.now() + GIVE_UP_MS;
    while (this.askedAt.size > 0) {
      if (performance.now() > deadline) throw new Error(`${this.askedAt.size} questions got no answer.`);
      await pause(LOOK_MS);
    }
    const inOrder = (values: number[]): number[] => [...values].sort((a, b) => a - b);
    return {
      asked: this.position - from,
      answered: answeredInTime,
      rejected: this.rejected,
      seconds: elapsed,
      endToEnd: inOrder(this.endToEnd),
      factToTopic: inOrder(this.factToTopic),
    };
  }

  private async ask(count: number): Promise<void> {
    const messages = Array.from({ length: count }, () => this.question(this.position++));
    const now = performance.now();
    for (const { headers } of messages) this.askedAt.set(headers['ce_id'], now);
    await this.producer.send({ topic: REQUESTS, acks: -1, messages });
  }

  private question(position: number) {
    const number = numberOf(askedIndex(position, this.population));
    return {
      key: `C-${position}`,
      value: JSON.stringify({
        to: number,
        region: 'CN',
        campaignId: CAMPAIGN.id,
        callerId: CALLER_ID,
        voice: 'ai',
      }),
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: `q-${position}`,
        ce_source: SOURCE,
        ce_type: 'call.request.v1',
        ce_time: new Date().toISOString(),
      },
    };
  }

  private read({ headers = {} }: KafkaMessage): void {
    const header = (name: string): string | undefined => headers[name]?.toString();
    const id = header('ce_requestid');
    const askedAt = id === undefined ? undefined : this.askedAt.get(id);
    if (id === undefined || askedAt === undefined) return;
    this.askedAt.delete(id);
    this.endToEnd.push(performance.now() - askedAt);
    if (header('ce_type') !== 'call.decided.v1') {
      this.rejected += 1;
      return;
    }
    const recordedAt = Date.parse(header('ce_time') ?? '') - this.ahead();
    this.factToTopic.push(Math.max(0, Date.now() - recordedAt));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
