import type { Tx } from '../../../platform/database/database';
import type { JobError, JobRun } from '../../jobs/job';
import type { Chunk, ImportLedgerPort, ReadRow, Tally } from '../import';
import type { Member } from '../imports.repository';
import { faultOf } from '../read-chunks';

/** What became of some rows; the others are left for another way. */
export interface Written {
  /** Lines that were stored. */
  lines: number[];
  faults: JobError[];
}

/** How the rows of a chunk are stored. */
export interface InSets<T> {
  /** Rows that the source does not hold and that were not stored yet. In which order they are stored is all the same. */
  rows: readonly ReadRow<T>[];
  /** Rows that must be stored in the order of the file, one by one, and whether each is held when its turn comes. */
  inOrder?: { rows: readonly ReadRow<T>[]; isHeld: (row: ReadRow<T>) => Promise<boolean> };
  /** Rows that the source holds. */
  duplicate: number;
  /** Of whoever nobody knows yet: inserts numbers and customers, and locks no subject. */
  writeNew: (tx: Tx, rows: readonly ReadRow<T>[]) => Promise<Written>;
  /** Of whoever is known: locks subjects, and inserts no number and no customer. */
  writeKnown: (tx: Tx, rows: readonly ReadRow<T>[]) => Promise<Written>;
  /** Any row, alone. @throws AppError INVALID, RECORD_ERASED */
  writeOne: (tx: Tx, row: ReadRow<T>) => Promise<void>;
  /** With the step that passes on to the next chunk. */
  close?: (tx: Tx) => Promise<void>;
}

/**
 * First whoever is not known yet, then everybody else, each in a step of its own, because of the order of locks (README,
 * point 7); then what is left, one by one. Mostly a chunk is all of one kind, and then it is one step.
 */
export async function storeInSets<T>(
  run: JobRun,
  chunk: Chunk<T>,
  ledger: ImportLedgerPort,
  sets: InSets<T>,
): Promise<void> {
  const storing = new Storing(run, chunk, ledger, sets);
  await storing.inSets();
  await storing.oneByOne();
}

/** One chunk on its way into the database. */
class Storing<T> {
  /** Rows that no set has taken. */
  private left: readonly ReadRow<T>[];
  private readonly inOrder: readonly ReadRow<T>[];
  private duplicate: number;
  /** Told with the last step: until then a crash brings the rows back. */
  private readonly faults: JobError[] = [];
  private isOver = false;

  constructor(
    private readonly run: JobRun,
    private readonly chunk: Chunk<T>,
    private readonly ledger: ImportLedgerPort,
    private readonly sets: InSets<T>,
  ) {
    this.left = sets.rows;
    this.inOrder = sets.inOrder?.rows ?? [];
    this.duplicate = sets.duplicate;
  }

  async inSets(): Promise<void> {
    const { writeNew, writeKnown } = this.sets;
    let wereNew = false;
    await this.step(async (tx) => {
      const lines = await this.written(tx, writeNew);
      wereNew = lines.length > 0;
      // Where nothing was written, nothing is held that others wait for.
      return wereNew ? lines : this.written(tx, writeKnown);
    });
    if (wereNew && this.left.length > 0 && !this.run.stopping) {
      await this.step((tx) => this.written(tx, writeKnown));
    }
  }

  async oneByOne(): Promise<void> {
    if (this.isOver) return;
    const left = new Set(this.left);
    for (const row of [...this.left, ...this.inOrder].sort((a, b) => a.line - b.line)) {
      if (this.run.stopping) return;
      if (!left.has(row) && (await this.sets.inOrder?.isHeld(row)) === true) this.duplicate += 1;
      else await this.one(row);
    }
    if (!this.run.stopping) await this.ledger.step(this.run, this.chunk, (tx) => this.last(tx, 0));
  }

  /** Stores a set; it is the last step of the chunk where that leaves nothing to do. */
  private step(work: (tx: Tx) => Promise<number[]>): Promise<void> {
    return this.ledger.step(this.run, this.chunk, async (tx) => {
      const lines = await work(tx);
      this.isOver = this.left.length + this.inOrder.length === 0;
      return this.isOver ? this.last(tx, lines.length) : { accepted: lines.length, onlyLines: lines };
    });
  }

  private async written(tx: Tx, write: InSets<T>['writeNew']): Promise<number[]> {
    if (this.left.length === 0) return [];
    const { lines, faults } = await write(tx, this.left);
    const gone = new Set([...lines, ...faults.map(({ line }) => line)]);
    this.left = this.left.filter(({ line }) => !gone.has(line));
    this.faults.push(...faults);
    return lines;
  }

  /** What the database finds wrong with a row undoes that row alone. */
  private async one(row: ReadRow<T>): Promise<void> {
    try {
      await this.ledger.step(this.run, this.chunk, async (tx) => {
        await this.sets.writeOne(tx, row);
        return { accepted: 1, onlyLines: [row.line] };
      });
    } catch (error) {
      this.faults.push({ line: row.line, ...faultOf(error) });
    }
  }

  private async last(tx: Tx, accepted: number): Promise<Tally> {
    await this.sets.close?.(tx);
    return { accepted, duplicate: this.duplicate, faults: this.faults };
  }
}

/** Rows that the source does not hold yet and that were not stored before, each once. */
export function freshOf<T>(
  rows: readonly ReadRow<T>[],
  members: ReadonlyMap<string, Member>,
  done: ReadonlySet<number>,
): ReadRow<T>[] {
  const seen = new Set(members.keys());
  return rows.filter(({ line, fingerprint }) => {
    const key = fingerprint.toString('hex');
    if (done.has(line) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
