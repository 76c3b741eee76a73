import type { Lane } from '../../../src/platform/database/connection-lanes';
import type { Statement, Tx } from '../../../src/platform/database/database';
import { FaultyDatabase } from '../../contract/faulty-database';

/** A lock is no write. */
const WRITES = /\b(?:INSERT|(?<!FOR )UPDATE|DELETE)\b/;

/** The relay empties the outbox, subscribers are told and replies are sent all the time, whatever else is done. */
const IN_THE_BACKGROUND = /^(?:outbox|inbox|webhook|job|sms-reply)/;

/** The real database that breaks when it is told to, and remembers which statements wrote something. */
export class RecordingDatabase extends FaultyDatabase {
  private writes = new Set<string>();

  /** Names of the writing statements of the work, in order; a write without a name could not be broken here. */
  async writesOf(work: () => Promise<unknown>): Promise<string[]> {
    this.writes = new Set();
    await work();
    const writes = [...this.writes];
    if (writes.includes('')) throw new Error('A write has no name.');
    return writes;
  }

  override transaction<T>(work: (tx: Tx) => Promise<T>, lane?: Lane): Promise<T> {
    return super.transaction(
      (tx) =>
        work({
          query: (statement) => {
            this.note(statement);
            return tx.query(statement);
          },
        }),
      lane,
    );
  }

  private note({ name = '', text }: Statement): void {
    if (WRITES.test(text) && !IN_THE_BACKGROUND.test(name)) this.writes.add(name);
  }
}
