import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database';

/** Where events are in the ledger, for other services. */
@Injectable()
export class LedgerReader {
  /** Undefined until the event is sequenced, which is soon after it was recorded. */
  async indexOf(tx: Tx, eventId: string): Promise<number | undefined> {
    const [row] = await tx.query<{ index: string }>({
      name: 'ledger-index',
      text: 'SELECT index FROM ledger_entries WHERE event_id = $1',
      values: [eventId],
    });
    return row === undefined ? undefined : Number(row.index);
  }
}
