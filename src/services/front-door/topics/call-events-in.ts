import { Inject, Injectable } from '@nestjs/common';
import { AppError, invalidMember } from '../../../contracts/app-error';
import { inboundType } from '../../../contracts/inbound-topics';
import type { EventType } from '../../../contracts/topics';
import type { Directive } from '../../../domain/call/directives';
import type { ForeignEvent } from '../../../platform/bus/cloud-event-message';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { closed, prose, Uuid } from '../../../platform/http/schemas';
import { CallReportsService } from '../../calls/call-reports.service';
import { type CallReport, CallReportBody } from '../../calls/calls.dto';
import { callKeyHash } from '../../decisions/batch/pending-decision';
import { CallReader, type StoredCall } from '../../decisions/call.reader';
import { partFrom, requirer } from '../../people/changes/read-members';
import type { Effect, EffectSource } from '../effect';
import { INSTITUTION } from './institution';
import { isNumber } from './numbers-in-words';

const DIRECTIVE = 'call.directive.v1' satisfies EventType;

type Named = { callId: string } | { externalCallId: string };
const requireCallId = requirer<{ callId: string }>(closed({ callId: Uuid }));
const requireExternal = requirer<{ externalCallId: string }>(closed({ externalCallId: prose(128) }));
const requireReport = requirer<CallReport>(CallReportBody);

/**
 * What became of calls. Reports count in any order, so none waits for another. What the voice must do now leaves as
 * `call.directive.v1`, recorded with the report.
 */
@Injectable()
export class CallEventsIn implements EffectSource {
  readonly name = 'call-events';
  readonly topic = 'call.events.in.v1';
  readonly ordered = false;

  constructor(
    private readonly reports: CallReportsService,
    private readonly calls: CallReader,
    private readonly evidence: EvidenceWriter,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  read(event: ForeignEvent): Effect {
    if (inboundType(this.topic, event.type) === undefined) {
      throw invalidMember('/type', 'This topic is read for call.event.v1.', 'TYPE');
    }
    const { path, body } = partFrom(event.data, ['callId', 'externalCallId']);
    const named: Named = 'externalCallId' in path ? requireExternal(path) : requireCallId(path);
    const report = requireReport(withId(body as object, event.id));
    return {
      waits: false,
      run: async (frame) => {
        const callId = 'callId' in named ? named.callId : await this.callOf(named.externalCallId);
        await this.reports.report(INSTITUTION, callId, report, {
          enter: (tx) => frame.enter(tx),
          leave: (tx, call, directives) => this.direct(tx, call, directives, event),
        });
      },
    };
  }

  /** The one that this institution's own request was decided as. @throws AppError NOT_FOUND */
  private async callOf(externalCallId: string): Promise<string> {
    const found = await this.database.transaction((tx) =>
      this.calls.findByKey(tx, INSTITUTION.clientId, callKeyHash('external', externalCallId)),
    );
    if (found === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such call.' });
    return found.callId;
  }

  /** The words to say may tell the customer's language, so they are not kept with the record. */
  private async direct(
    tx: Tx,
    { callId, campaignId, vendorId }: StoredCall,
    directives: readonly Directive[],
    { id }: ForeignEvent,
  ): Promise<void> {
    if (directives.length === 0) return;
    const clear = {
      callId,
      campaignId,
      vendorId: vendorId ?? undefined,
      directives: directives.map(({ type, reason }) => ({ type, reason })),
    };
    const attributes = {
      directives: JSON.stringify(directives),
      ...(isNumber(id) ? {} : { requestid: id }),
    };
    await this.evidence.record(tx, [
      {
        type: DIRECTIVE,
        at: this.clock.now(),
        partitionKey: callId,
        clear,
        attributes,
        payload: { ...clear, requestId: id },
      },
    ]);
  }
}

/** The id of the event is the report's own. @throws AppError INVALID for a report that names another. */
function withId(body: object, eventId: string): object {
  const own = (body as { eventId?: unknown }).eventId;
  if (own === undefined || own === eventId) return { ...body, eventId };
  throw invalidMember('/eventId', 'Must be the id of the event, or absent.', 'MISMATCH');
}
