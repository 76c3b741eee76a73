import { AppError } from '../../../contracts/app-error';
import { DatabaseUnavailableError } from '../../../platform/database/database-error';

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

interface QueueOptions<Item> {
  maxBatch: number;
  maxInFlight: number;
  /** How many may wait per lane before the answer is 503 (RULINGS 33). */
  maxWaiting: number;
  /** 0 goes first: fraud alerts before marketing. */
  lane(item: Item): number;
  lanes: number;
  /** Who asks. */
  client(item: Item): string;
  /** How many of one client may wait, so that nobody fills a lane alone. */
  maxPerClient: number;
  /** Told of questions that could not be decided, and why. */
  onFailure(error: unknown, questions: number): void;
}

/**
 * Gathers questions into batches without a timer: whatever arrived while the event loop was busy, and while at most
 * `maxInFlight` batches were at the database, goes together. A failing batch is bisected, so that one bad row fails
 * alone and the others are answered.
 */
export class DecisionQueue<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[][];
  private readonly waitingOf = new Map<string, number>();
  private inFlight = 0;
  private scheduled = false;
  private closed = false;

  constructor(
    private readonly run: (items: Item[]) => Promise<(Result | Error)[]>,
    private readonly options: QueueOptions<Item>,
  ) {
    this.waiting = Array.from({ length: options.lanes }, () => []);
  }

  /**
   * @throws AppError DECISION_UNAVAILABLE when the lane is full or the process is stopping, RATE_LIMITED when the client
   * has too many there: do not dial.
   */
  ask(item: Item): Promise<Result> {
    const lane = this.waiting[this.options.lane(item)];
    if (this.closed || lane === undefined || lane.length >= this.options.maxWaiting) {
      const why = this.closed ? 'This process is stopping.' : 'Too many decisions are waiting.';
      return Promise.reject(new AppError('DECISION_UNAVAILABLE', { detail: why }));
    }
    const client = this.options.client(item);
    const own = this.waitingOf.get(client) ?? 0;
    if (own >= this.options.maxPerClient) {
      const detail = 'Too many decisions of this client are waiting.';
      return Promise.reject(new AppError('RATE_LIMITED', { detail, members: { retryAfter: 1 } }));
    }
    this.waitingOf.set(client, own + 1);
    return new Promise<Result>((resolve, reject) => {
      lane.push({ item, resolve, reject });
      this.schedule();
    });
  }

  get depth(): number {
    return this.waiting.reduce((sum, lane) => sum + lane.length, 0);
  }

  /** Refuses new questions; those accepted are still answered. */
  close(): void {
    this.closed = true;
  }

  private schedule(): void {
    if (this.scheduled || this.inFlight >= this.options.maxInFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const batch = this.take();
      if (batch.length === 0) return;
      this.inFlight += 1;
      void this.settle(batch).finally(() => {
        this.inFlight -= 1;
        this.schedule();
      });
      if (this.depth > 0) this.schedule();
    });
  }

  private take(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    for (const lane of this.waiting) {
      if (batch.length === this.options.maxBatch) break;
      batch.push(...lane.splice(0, this.options.maxBatch - batch.length));
    }
    for (const { item } of batch) {
      const client = this.options.client(item);
      const left = (this.waitingOf.get(client) ?? 1) - 1;
      if (left > 0) this.waitingOf.set(client, left);
      else this.waitingOf.delete(client);
    }
    return batch;
  }

  private async settle(batch: Waiting<Item, Result>[]): Promise<void> {
    let results: (Result | Error)[];
    try {
      results = await this.run(batch.map((waiting) => waiting.item));
    } catch (error) {
      await this.bisect(batch, error);
      return;
    }
    batch.forEach((waiting, index) => {
      const result = results[index];
      if (result === undefined) waiting.reject(new Error('A batch gave no result for one of its items.'));
      else if (result instanceof Error) waiting.reject(result);
      else waiting.resolve(result);
    });
  }

  private async bisect(batch: Waiting<Item, Result>[], error: unknown): Promise<void> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      this.options.onFailure(error, 1);
      only.reject(error);
      return;
    }
    // A database that cannot be asked now would refuse each half, too.
    if (error instanceof AppError || error instanceof DatabaseUnavailableError) {
      this.options.onFailure(error, batch.length);
      for (const waiting of batch) waiting.reject(error);
      return;
    }
    const half = batch.length >> 1;
    await this.settle(batch.slice(0, half));
    await this.settle(batch.slice(half));
  }
}
