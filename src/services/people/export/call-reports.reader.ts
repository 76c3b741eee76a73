import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';

export interface CallReport {
  type: string;
  at: Date;
}

/** What was reported of calls, in clear columns only. */
@Injectable()
export class CallReportsReader {
  /** By call, in order of time; a call that nobody reported of is not in it. */
  async of(tx: Tx, callIds: readonly string[]): Promise<Map<string, CallReport[]>> {
    const rows = await tx.query<CallReport & { callId: string }>({
      text: `
SELECT call_id AS "callId", type, at FROM call_events WHERE call_id = ANY ($1::uuid[]) ORDER BY call_id, at, event_id`,
      values: [callIds],
    });
    const reports = new Map<string, CallReport[]>();
    for (const { callId, type, at } of rows) {
      reports.set(callId, [...(reports.get(callId) ?? []), { type, at }]);
    }
    return reports;
  }
}
