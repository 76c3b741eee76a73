import { Agent, request } from 'node:http';
import { askedIndex, CALLER_ID, CAMPAIGN, numberOf } from '../seeding/population';
import type { BenchDatabase } from '../cluster';

const EVERY_MS = 10;
const SOCKETS = 64;

export interface Latencies {
  asked: number;
  p50: number;
  p99: number;
}

/**
 * Asks at a steady pace, whatever the answers take, and times each answer from the moment it was due: whoever waits for
 * an answer before asking again does not see that others would have waited, too.
 */
export class Pace {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  private readonly run = Date.now().toString(36);
  private position = 0;

  constructor(
    private readonly port: number,
    private readonly database: BenchDatabase,
  ) {}

  /** Asks until `until` has settled. Rejects where a question got no decision. */
  async during(until: Promise<unknown>): Promise<Latencies> {
    let isOver = false;
    const over = until.finally(() => (isOver = true)).catch(() => undefined);
    const latencies: number[] = [];
    const answers: Promise<void>[] = [];
    const since = performance.now();
    for (let count = 0; !isOver; count++) {
      const due = since + count * EVERY_MS;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      answers.push(this.ask().then(() => void latencies.push(performance.now() - due)));
    }
    await over;
    await Promise.all(answers);
    const inOrder = Float64Array.from(latencies).sort();
    const at = (share: number): number => inOrder[Math.floor(inOrder.length * share)] ?? NaN;
    return { asked: latencies.length, p50: at(0.5), p99: at(0.99) };
  }

  close(): void {
    this.agent.destroy();
  }

  private ask(): Promise<void> {
    const { population, client } = this.database;
    const position = this.position++;
    const body = JSON.stringify({
      to: numberOf(askedIndex(position, population)),
      campaignId: CAMPAIGN.id,
      callerId: CALLER_ID,
      voice: 'ai',
      external: { callId: `paced-${this.run}-${position}` },
    });
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ host: '127.0.0.1', port: this.port, agent: this.agent },
          ...{ method: 'POST', path: '/v1/calls/authorize' },
          headers: { 'content-type': 'application/json', authorization: `Bearer ${client.key}` },
        },
        (answer) => {
          answer.resume().once('end', () => {
            if (answer.statusCode === 200) resolve();
            else reject(new Error(`A decision was answered ${answer.statusCode ?? 0}.`));
          });
        },
      );
      asked.once('error', reject);
      asked.end(body);
    });
  }
}
