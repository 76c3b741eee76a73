import { askedIndex, CALLER_ID, CAMPAIGN, numberOf } from '../seeding/population';
import { type Answer, LoadConnection } from './connection';
import type { LoadOrder, LoadResult } from './protocol';

type Outcome = keyof LoadResult['outcomes'];

const OUTCOMES: Readonly<Record<string, Outcome>> = { a: 'allow', de: 'deny', df: 'defer' };
const OUTCOME = Buffer.from('"outcome":"');

/** Runs one order on connections of its own. Rejects when a connection fails: then nothing was measured. */
export async function generate(order: LoadOrder): Promise<LoadResult> {
  const connections = Array.from({ length: order.connections }, () => new LoadConnection(order.port));
  try {
    await Promise.all(connections.map((connection) => connection.ready));
    return await new Run(order).over(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

class Run {
  private position: number;
  private measuring = false;
  private stopping = false;
  private readonly latencies: number[] = [];
  private readonly outcomes: LoadResult['outcomes'] = { allow: 0, deny: 0, defer: 0, problem: 0 };
  private bytes = 0;
  private problem: string | undefined;
  private readonly head: string;

  constructor(private readonly order: LoadOrder) {
    this.position = order.from;
    this.head =
      `POST ${order.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${order.key}\r\n` +
      'Content-Type: application/json\r\nContent-Length: ';
  }

  async over(connections: readonly LoadConnection[]): Promise<LoadResult> {
    const { warmUpSeconds, seconds } = this.order;
    const ended = Promise.all(connections.map((connection) => this.drive(connection)));
    // Whoever fails ends the run at once, not after its time.
    await Promise.race([ended, pause(warmUpSeconds)]);
    const since = performance.now();
    const before = process.cpuUsage();
    this.measuring = true;
    await Promise.race([ended, pause(seconds)]);
    this.measuring = false;
    const elapsed = (performance.now() - since) / 1_000;
    const { user, system } = process.cpuUsage(before);
    this.stopping = true;
    await ended;
    return this.result(elapsed, (user + system) / 1e6);
  }

  /** Asks over one connection until the run stops. */
  private drive(connection: LoadConnection): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = (): void => {
        if (this.stopping) {
          resolve();
          return;
        }
        const request = this.request();
        const askedAt = performance.now();
        connection.ask(
          request,
          (answer) => {
            this.count(answer, performance.now() - askedAt);
            next();
          },
          reject,
        );
      };
      next();
    });
  }

  private request(): string {
    const { batch } = this.order;
    let body: string;
    if (batch === 1) {
      body = this.question(this.position);
    } else {
      const calls = Array.from({ length: batch }, (_, offset) => this.question(this.position + offset));
      body = `{"calls":[${calls.join(',')}]}`;
    }
    this.position += batch;
    return `${this.head}${body.length}\r\n\r\n${body}`;
  }

  private question(position: number): string {
    const { population, name } = this.order;
    const number = numberOf(askedIndex(position, population));
    return (
      `{"to":"${number}","region":"CN","campaignId":"${CAMPAIGN.id}","callerId":"${CALLER_ID}","voice":"ai",` +
      `"external":{"callId":"${name}-${position}"}}`
    );
  }

  private count(answer: Answer, latency: number): void {
    if (!this.measuring) return;
    this.latencies.push(latency);
    this.bytes += answer.body.length;
    if (answer.status !== 200) {
      this.outcomes.problem += this.order.batch;
      this.problem ??= `${answer.status} ${answer.body.toString('utf8', 0, 500)}`;
      return;
    }
    let found = 0;
    for (let at = answer.body.indexOf(OUTCOME); at !== -1; at = answer.body.indexOf(OUTCOME, at + 1)) {
      this.outcomes[outcomeAt(answer.body, at + OUTCOME.length)] += 1;
      found += 1;
      if (this.order.batch === 1) break;
    }
    this.outcomes.problem += this.order.batch - found;
    if (found < this.order.batch) this.problem ??= answer.body.toString('utf8', 0, 500);
  }

  private result(seconds: number, cpu: number): LoadResult {
    const requests = this.latencies.length;
    const inOrder = Float64Array.from(this.latencies).sort();
    return {
      requests,
      questions: requests * this.order.batch,
      seconds,
      p50: inOrder[Math.floor(requests * 0.5)] ?? NaN,
      p99: inOrder[Math.floor(requests * 0.99)] ?? NaN,
      outcomes: this.outcomes,
      answerBytes: requests === 0 ? 0 : Math.round(this.bytes / requests),
      next: this.position,
      cpu,
      ...(this.problem === undefined ? {} : { problem: this.problem }),
    };
  }
}

/** `allow`, `deny` and `defer` differ in these letters. */
function outcomeAt(body: Buffer, at: number): Outcome {
  const first = String.fromCharCode(body[at] ?? 0);
  const third = String.fromCharCode(body[at + 2] ?? 0);
  return OUTCOMES[first === 'a' ? 'a' : `${first}${third === 'n' ? 'e' : 'f'}`] ?? 'problem';
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
