import { DatabaseUnavailableError } from './database-error';

/**
 * What a connection is wanted for. Decisions, redemptions and the look at the settings that lets anybody in have
 * connections that nothing else can take: whoever fills the gateway with other work fills only that work's queue.
 */
export type Lane = 'decisions' | 'redemptions' | 'ordinary';

/** Two batches of decisions and the reading of the settings. */
const DECISIONS = 3;

/** An orderly queue of ordinary work is no fault of the database; a question of a carrier is of no use so late. */
const PATIENCE_MS: Readonly<Record<Lane, number>> = {
  decisions: 5_000,
  redemptions: 5_000,
  ordinary: 30_000,
};

interface Waiting {
  enter(): void;
  refuse(error: DatabaseUnavailableError): void;
}

interface LaneState {
  readonly most: number;
  held: number;
  readonly waiting: Set<Waiting>;
}

/** How the connections of a pool are shared out. Together they are the whole pool, so that nobody waits in the pool. */
export function shareOut(poolSize: number): Readonly<Record<Lane, number>> {
  const decisions = Math.max(1, Math.min(DECISIONS, Math.floor(poolSize / 4)));
  const redemptions = Math.max(1, Math.floor(poolSize / 4));
  return { decisions, redemptions, ordinary: Math.max(1, poolSize - decisions - redemptions) };
}

/** Lets as many at the connections of a pool as each lane has; the others wait in the order they came. */
export class ConnectionLanes {
  private readonly lanes: Readonly<Record<Lane, LaneState>>;

  constructor(poolSize: number) {
    const { decisions, redemptions, ordinary } = shareOut(poolSize);
    this.lanes = {
      decisions: laneOf(decisions),
      redemptions: laneOf(redemptions),
      ordinary: laneOf(ordinary),
    };
  }

  /** Resolves when a connection may be taken; `leave` must follow. @throws DatabaseUnavailableError */
  async enter(name: Lane): Promise<void> {
    const lane = this.lanes[name];
    if (lane.held < lane.most) {
      lane.held += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        lane.waiting.delete(waiting);
      };
      const waiting: Waiting = {
        enter: () => {
          done();
          resolve();
        },
        refuse: (error) => {
          done();
          reject(error);
        },
      };
      const timer = setTimeout(() => waiting.refuse(tooLate(name)), PATIENCE_MS[name]);
      lane.waiting.add(waiting);
    });
  }

  leave(name: Lane): void {
    const lane = this.lanes[name];
    const [next] = lane.waiting;
    // The place is handed on, not given back: nobody who comes now can slip in between.
    if (next === undefined) lane.held -= 1;
    else next.enter();
  }

  /** The database is gone: nobody waits to find out one after the other. */
  refuseAll(error: DatabaseUnavailableError): void {
    for (const { waiting } of Object.values(this.lanes)) {
      for (const one of [...waiting]) one.refuse(error);
    }
  }

  /** How many wait. */
  depth(name: Lane): number {
    return this.lanes[name].waiting.size;
  }
}

const laneOf = (most: number): LaneState => ({ most, held: 0, waiting: new Set() });

const tooLate = (lane: Lane): DatabaseUnavailableError =>
  new DatabaseUnavailableError(
    `The database gave no connection: ${PATIENCE_MS[lane]} ms in the queue (${lane}).`,
    'rolled_back',
    undefined,
  );
