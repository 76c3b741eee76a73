import { AppError } from '../../contracts/app-error';

/**
 * Work on one thing, one after the other in this process and in the order it came. Whatever would only wait for one row's
 * lock waits here, where it holds no connection. Other processes are kept apart by the lock.
 */
export class OneAtATime {
  private readonly lines = new Map<string, { last: Promise<unknown>; length: number }>();

  /** @param most How many may be there at once for one thing, the one at work among them. */
  constructor(private readonly most: number) {}

  /** @throws AppError RATE_LIMITED where too many are there already; else what the work threw. */
  async run<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(thing) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= this.most) {
      throw new AppError('RATE_LIMITED', {
        detail: `At most ${this.most} requests of one call are taken at once.`,
        members: { retryAfter: 1 },
      });
    }
    this.lines.set(thing, line);
    line.length += 1;
    const turn = line.last.then(work);
    line.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.length -= 1;
      if (line.length === 0) this.lines.delete(thing);
    }
  }
}
