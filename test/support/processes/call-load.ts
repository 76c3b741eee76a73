import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../proofs/eventually';
import type { Random } from '../proofs/random';
import type { RemoteAnswer, RemoteCaller } from './remote-caller';

const LANES = 16;
const ROWS_OF_A_BATCH = 5;
/** After an answer that nobody could give: the gateway or its database is away. */
const BREATHE_MS = 100;

export interface Decided {
  callId: string;
  outcome: 'allow' | 'deny' | 'defer';
  decidedAt: string;
  reasons: { code: string }[];
}

export interface Question {
  to: string;
  campaignId: string;
  callerId: string;
  external: { callId: string };
}

/** Dialers that never rest: they ask, and tell what became of what they were allowed. */
export class CallLoad {
  /** What was answered, and so must be on disk. */
  readonly acknowledged: { question: Question; answer: Decided }[] = [];
  /** What got no answer, or none that says what was decided. */
  open: Question[] = [];
  /** How often each refusal to decide came, by status and kind of body. */
  readonly undecided = new Map<string, number>();
  /** What no gateway may answer to a load like this; it ends the wait for more. */
  private surprise: string | undefined;
  private lanes: Promise<void>[] = [];
  private running = false;
  private last = 0;

  constructor(
    private readonly dialer: RemoteCaller,
    private readonly numbers: readonly string[],
    private readonly of: { readonly campaignId: string; readonly callerId: string },
    private readonly random: Random,
    /** Names the questions of this load apart from those of others. */
    private readonly name: string,
  ) {}

  start(): void {
    this.running = true;
    this.lanes = Array.from({ length: LANES }, (_, lane) => this.lane(lane));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.lanes);
  }

  /** Until so many more questions have their answers. */
  async goesOn(answers: number): Promise<void> {
    const goal = this.acknowledged.length + answers;
    await eventually(`${answers} more answers`, () => {
      if (this.surprise !== undefined) throw new Error(`The load was answered ${this.surprise}`);
      return Promise.resolve(this.acknowledged.length >= goal);
    });
  }

  private async lane(lane: number): Promise<void> {
    while (this.running) {
      // Every fourth dialer sends batches.
      if (lane % 4 === 0) await this.askBatch();
      else await this.askOne();
    }
  }

  private question(): Question {
    const { campaignId, callerId } = this.of;
    const external = { callId: `${this.name}-${this.last++}` };
    return { to: this.random.pick(this.numbers), campaignId, callerId, external };
  }

  private async askOne(): Promise<void> {
    const question = this.question();
    const answer = await attempt(this.dialer.post<Decided>('/v1/calls/authorize', question));
    if (answer?.status === 200) await this.heard(question, answer.body);
    else await this.notDecided([question], answer);
  }

  private async askBatch(): Promise<void> {
    const calls = Array.from({ length: ROWS_OF_A_BATCH }, () => this.question());
    const answer = await attempt(
      this.dialer.post<{ results: (Decided & { problem?: unknown })[] }>('/v1/calls/authorize/batch', {
        calls,
      }),
    );
    if (answer?.status !== 200) return this.notDecided(calls, answer);
    for (const [row, question] of calls.entries()) {
      const result = answer.body.results[row];
      if (result === undefined || result.problem !== undefined) this.open.push(question);
      else await this.heard(question, result);
    }
  }

  private async notDecided(questions: Question[], answer: RemoteAnswer<unknown> | undefined): Promise<void> {
    this.open.push(...questions);
    const kind =
      answer === undefined ? 'no answer' : `${answer.status} ${answer.contentType.split(';')[0] ?? ''}`;
    this.undecided.set(kind, (this.undecided.get(kind) ?? 0) + 1);
    if (answer !== undefined && answer.status !== 503) this.surprise = `${answer.status} ${answer.text}`;
    await delay(BREATHE_MS);
  }

  private async heard(question: Question, answer: Decided): Promise<void> {
    this.acknowledged.push({ question, answer });
    if (answer.outcome !== 'allow') return;
    for (const type of this.random.pick(STORIES)) {
      const told = { type, at: answer.decidedAt, ...(type === 'failed' ? { cause: 'network' } : {}) };
      await attempt(this.dialer.post(`/v1/calls/${answer.callId}/events`, told));
    }
  }
}

/** What becomes of a call; of the first nothing is ever told. */
const STORIES: readonly (readonly string[])[] = [
  [],
  ['not_placed'],
  ['not_placed'],
  ['placed', 'ended'],
  ['placed', 'ringing', 'failed'],
  ['placed', 'answered', 'ended'],
];

/** Undefined where the connection broke before there was an answer. */
async function attempt<T>(answer: Promise<RemoteAnswer<T>>): Promise<RemoteAnswer<T> | undefined> {
  try {
    return await answer;
  } catch {
    return undefined;
  }
}
