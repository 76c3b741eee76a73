import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database';

/** Events of one person keep the order of their places; between persons the order is that of the queue when it is read. */
const SEQUENCE = `
WITH taken AS (
  DELETE FROM ledger_queue WHERE seq = ANY (ARRAY(SELECT seq FROM ledger_queue ORDER BY seq LIMIT $1))
  RETURNING seq, event_id
), entry AS (
  INSERT INTO ledger_entries (index, event_id)
  SELECT (SELECT coalesce(max(index) + 1, 0) FROM ledger_entries) + row_number() OVER (ORDER BY seq) - 1, event_id
  FROM taken
  RETURNING index
)
SELECT count(*)::int AS sequenced, (max(index) + 1)::text AS size FROM entry`;

/** What a batch came to. `size` is the number of entries after it, or null where there was nothing to sequence. */
export interface Sequenced {
  sequenced: number;
  size: string | null;
}

@Injectable()
export class LedgerRepository {
  /** Gives the next indexes to at most so many events. The caller holds the lease. */
  async sequence(tx: Tx, most: number): Promise<Sequenced> {
    const [row] = await tx.query<Sequenced>({ name: 'ledger-sequence', text: SEQUENCE, values: [most] });
    if (row === undefined) throw new Error('Sequencing gave no row.');
    return row;
  }
}
