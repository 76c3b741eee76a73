import type { Tx } from '../../../platform/database/database';
import type { JobError, JobRun } from '../../jobs/job';
import type { Chunk, ImportLedgerPort, ReadRow } from '../import';
import { faultOf } from '../read-chunks';

/**
 * Stores the rows of a chunk one by one, each in a step of its own: a row may lock several people, and of two rows
 * neither may wait for what the other holds. `isHeld` is asked in the order of the file, because a row may undo an
 * earlier one.
 */
export async function storeOneByOne<T>(
  run: JobRun,
  chunk: Chunk<T>,
  ledger: ImportLedgerPort,
  row: { isHeld: (row: ReadRow<T>) => Promise<boolean>; write: (tx: Tx, row: ReadRow<T>) => Promise<void> },
): Promise<void> {
  const { done } = ledger;
  const faults: JobError[] = [];
  let duplicate = 0;
  for (const one of chunk.rows) {
    if (done.has(one.line)) continue;
    if (run.stopping) return;
    if (await row.isHeld(one)) duplicate += 1;
    else {
      const fault = await written(run, chunk, ledger, one, row.write);
      if (fault !== undefined) faults.push(fault);
    }
  }
  await ledger.step(run, chunk, () => Promise.resolve({ duplicate, faults }));
}

/** What the database finds wrong with a row undoes that row alone. */
async function written<T>(
  run: JobRun,
  chunk: Chunk<T>,
  ledger: ImportLedgerPort,
  row: ReadRow<T>,
  write: (tx: Tx, row: ReadRow<T>) => Promise<void>,
): Promise<JobError | undefined> {
  try {
    await ledger.step(run, chunk, async (tx) => {
      await write(tx, row);
      return { accepted: 1, onlyLines: [row.line] };
    });
    return undefined;
  } catch (error) {
    return { line: row.line, ...faultOf(error) };
  }
}
