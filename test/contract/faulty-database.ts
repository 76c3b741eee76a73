import type { Lane } from '../../src/platform/database/connection-lanes';
import { Database, type Tx } from '../../src/platform/database/database';
import type { DatabaseConnection } from '../../src/platform/database/data-source';
import { DatabaseUnavailableError } from '../../src/platform/database/database-error';
import type { Log } from '../../src/platform/observability/logger';

/**
 * How a write breaks: not done; done although it says otherwise; the process dies before, or after it was done.
 */
export const BREAKAGES = ['failed', 'failed but stored', 'crash before', 'crash after'] as const;
export type Breakage = (typeof BREAKAGES)[number];

interface Hold {
  place: 'before' | 'after';
  reached: () => void;
  released: Promise<void>;
  release: () => void;
}

const DIED = 'This process is dead.';

/** The real database, whose named statements break or wait when a test says so. */
export class FaultyDatabase extends Database {
  private dead = false;
  private away = false;
  private readonly faults = new Map<string, { how: Breakage; times: number }>();
  private readonly holds = new Map<string, Hold>();
  private readonly held = new Set<Hold>();
  /** How often each fault was met. */
  readonly met = new Map<string, number>();
  private readonly backends = new Set<number>();

  constructor(connection: DatabaseConnection, log: Log) {
    super(connection, log);
    this.rawPool.on('connect', (client) => {
      const { processID } = client as { processID?: number };
      if (processID !== undefined) this.backends.add(processID);
    });
  }

  /** The server's processes that serve this one, living or not. */
  get backendPids(): number[] {
    return [...this.backends];
  }

  break(statement: string, how: Breakage, times = 1): void {
    this.faults.set(statement, { how, times });
  }

  /** The next statement of this name waits before or after it runs, as in a process that is paused there. */
  hold(statement: string, place: Hold['place'] = 'before'): { reached: Promise<void>; release: () => void } {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const reached = new Promise<void>((resolve) => {
      this.holds.set(statement, { place, reached: resolve, released, release });
    });
    return { reached, release };
  }

  /** Lets everything go on that waits, and makes nothing wait any more. */
  releaseAll(): void {
    this.holds.clear();
    for (const { release } of this.held) release();
  }

  die(): void {
    this.dead = true;
  }

  get isDead(): boolean {
    return this.dead;
  }

  /** As when the server is stopped: nothing gets through until it is back. */
  set unreachable(away: boolean) {
    this.away = away;
  }

  override async transaction<T>(work: (tx: Tx) => Promise<T>, lane?: Lane): Promise<T> {
    this.refuse();
    const after: { how?: Breakage } = {};
    const result = await super.transaction(async (tx) => {
      const value = await work({
        query: (statement) => this.meet(statement.name, after, () => tx.query(statement)),
      });
      this.refuse();
      return value;
    }, lane);
    this.breakAfter(after.how);
    return result;
  }

  override async query<T>(
    sql: string,
    params: readonly unknown[] = [],
    name?: string,
    lane?: Lane,
  ): Promise<T[]> {
    this.refuse();
    const after: { how?: Breakage } = {};
    const rows = await this.meet(name, after, () => super.query<T>(sql, params, name, lane));
    this.breakAfter(after.how);
    return rows;
  }

  private async meet<T>(
    name: string | undefined,
    after: { how?: Breakage },
    run: () => Promise<T>,
  ): Promise<T> {
    this.refuse();
    if (name === undefined) return run();
    const hold = this.holds.get(name);
    this.holds.delete(name);
    if (hold?.place === 'before') await this.wait(hold);
    const fault = this.faults.get(name);
    if (fault === undefined || fault.times === 0) {
      const value = await run();
      if (hold?.place === 'after') await this.wait(hold);
      return value;
    }
    fault.times -= 1;
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
    if (fault.how === 'crash before') this.dead = true;
    if (fault.how === 'crash before' || fault.how === 'failed')
      throw new Error(`Broken on purpose: ${name}.`);
    const value = await run();
    after.how = fault.how;
    return value;
  }

  private async wait(hold: Hold): Promise<void> {
    this.held.add(hold);
    hold.reached();
    await hold.released;
  }

  private breakAfter(how: Breakage | undefined): void {
    if (how === undefined) return;
    if (how === 'crash after') this.dead = true;
    throw new DatabaseUnavailableError('Broken on purpose after COMMIT.', 'unknown', undefined);
  }

  private refuse(): void {
    if (this.dead) throw new Error(DIED);
    if (this.away)
      throw new DatabaseUnavailableError('The database is away on purpose.', 'rolled_back', undefined);
  }
}
