import type { Tx } from '../../platform/database/database';
import { type Job, type JobCounts, type JobError, type JobRun, MAX_JOB_ERRORS } from '../jobs/job';
import type { Chunk, ImportLedgerPort, Tally } from './import';

/** Where the storing of a file has come to. */
export interface StoredUpTo {
  [member: string]: string | number | number[];
  phase: 'store';
  /** Everything up to and with this line is stored. */
  line: number;
  /** Of the lines behind it, those that are stored already. */
  done: number[];
  /** Rows of the whole file. */
  total: number;
}

interface State {
  at: StoredUpTo;
  counts: JobCounts;
  errors: readonly JobError[];
}

/** What checking comes to of the whole; the rest is storing. */
export const CHECK_SHARE = 0.3;

/**
 * Counts what was stored, in the very step that stores it: so a job that goes on after a crash counts every row once,
 * and ends with the counts of one that was never disturbed.
 */
export class ImportLedger implements ImportLedgerPort {
  private state: State;

  constructor({ counts, errors }: Job, at: StoredUpTo) {
    this.state = { at, counts, errors };
  }

  get counts(): JobCounts {
    return this.state.counts;
  }

  get line(): number {
    return this.state.at.line;
  }

  get done(): ReadonlySet<number> {
    return new Set(this.state.at.done);
  }

  async step<T>(run: JobRun, chunk: Chunk<T>, work: (tx: Tx) => Promise<Tally>): Promise<void> {
    let next: State = this.state;
    await run.step(async (tx) => {
      next = after(this.state, chunk, await work(tx));
      const { at, counts, errors } = next;
      const share = at.total === 0 ? 1 : Math.min(1, counts.read / at.total);
      return { checkpoint: at, counts, errors, progress: CHECK_SHARE + (1 - CHECK_SHARE) * share };
    });
    // Only now is it so.
    this.state = next;
  }
}

function after<T>({ at, counts, errors }: State, chunk: Chunk<T>, tally: Tally): State {
  const { accepted = 0, duplicate = 0, onlyLines } = tally;
  const isWhole = onlyLines === undefined;
  const faults = [...(isWhole ? chunk.faults : []), ...(tally.faults ?? [])].sort((a, b) => a.line - b.line);
  return {
    at: isWhole ? { ...at, line: chunk.lastLine, done: [] } : { ...at, done: [...at.done, ...onlyLines] },
    counts: {
      read: counts.read + (isWhole ? chunk.read : 0),
      accepted: counts.accepted + accepted,
      duplicate: counts.duplicate + duplicate,
      rejected: counts.rejected + faults.length,
    },
    errors: [...errors, ...faults].slice(0, MAX_JOB_ERRORS),
  };
}
