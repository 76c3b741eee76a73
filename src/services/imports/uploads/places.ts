import { AppError } from '../../../contracts/app-error';

/** How many uploads may be under way at once in this process: of all clients, and of one. */
export class Places {
  private readonly held = new Map<string, number>();
  private all = 0;

  constructor(
    private readonly most: number,
    private readonly mostOfOne: number,
  ) {}

  /** @throws AppError RATE_LIMITED */
  async during<T>(clientId: string, work: () => Promise<T>): Promise<T> {
    const own = this.held.get(clientId) ?? 0;
    if (this.all >= this.most || own >= this.mostOfOne) {
      throw new AppError('RATE_LIMITED', {
        detail: `At most ${this.mostOfOne} uploads of one client, and ${this.most} of all, are taken at once.`,
        members: { retryAfter: 10 },
      });
    }
    this.all += 1;
    this.held.set(clientId, own + 1);
    try {
      return await work();
    } finally {
      this.all -= 1;
      const left = (this.held.get(clientId) ?? 1) - 1;
      if (left > 0) this.held.set(clientId, left);
      else this.held.delete(clientId);
    }
  }
}
