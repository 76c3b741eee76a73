import { Injectable } from '@nestjs/common';
import type { EventType } from '../../../contracts/topics';
import { isEndedByStop, WITHDRAWN } from '../../../domain/call/directives';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { EvidenceBatch } from '../../../platform/evidence/evidence-batch';
import type { EvidenceInput } from '../../../platform/evidence/evidence-writer';
import { CallSituations } from '../../calls/call-situations';
import { CallStops } from '../../decisions/stopping/call-stops';

export const DIRECTIVE = 'call.directive.v1' satisfies EventType;

/** Records for each call that a stop ended what its dialer must do. */
@Injectable()
export class StoppedCalls {
  constructor(
    private readonly situations: CallSituations,
    private readonly stops: CallStops,
    private readonly evidence: EvidenceBatch,
  ) {}

  refresh(): Promise<void> {
    return this.stops.refresh();
  }

  async tell(
    tx: Tx,
    callIds: readonly string[],
    cause: { causeEventId: string; at: Instant },
  ): Promise<void> {
    if (callIds.length === 0) return;
    const read = await this.situations.readAll(tx, callIds);
    const ended = read.filter(({ folded }) => isEndedByStop(folded));
    const events = ended.map(({ call: { callId, campaignId, vendorId } }): EvidenceInput => {
      const clear = {
        callId,
        campaignId,
        vendorId: vendorId ?? undefined,
        directives: [{ type: WITHDRAWN.type, reason: WITHDRAWN.reason }],
      };
      const payload = { ...clear, causeEventId: cause.causeEventId };
      // Ordered with its call: the rows of the person are nobody's to lock here.
      return { type: DIRECTIVE, at: cause.at, partitionKey: callId, clear, payload };
    });
    await this.evidence.record(tx, events);
  }
}
