import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { authorizationState, callState } from '../../domain/call/call-state';
import { standingDirectives } from '../../domain/call/directives';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database } from '../../platform/database/database';
import { writeInstant } from '../../platform/http/instants';
import { CallReader } from '../decisions/call.reader';
import { CallReportsRepository } from './call-reports.repository';
import type { CallAnswer } from './calls.dto';

/** What a call has come to, for the client that placed it: nothing of the customer is in it. */
@Injectable()
export class CallsService {
  constructor(
    private readonly database: Database,
    private readonly calls: CallReader,
    private readonly reports: CallReportsRepository,
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError NOT_FOUND, also for a call of another vendor (RULINGS 25). */
  async read(actor: Actor, callId: string): Promise<CallAnswer> {
    return this.database.transaction(async (tx) => {
      const call = await this.calls.find(tx, callId);
      if (call === undefined || (actor.vendorId !== undefined && call.vendorId !== actor.vendorId)) {
        throw new AppError('NOT_FOUND', { detail: 'There is no such call.' });
      }
      const reports = await this.reports.ofCall(tx, callId);
      const { slot, now } = await this.calls.slot(tx, call);
      const folded = {
        outcome: call.outcome,
        reports,
        ...(call.expiresAt === null ? {} : { expiresAt: call.expiresAt }),
        ...(slot === undefined ? {} : { slot }),
      };
      const at = this.time.at(now);
      return {
        callId,
        outcome: call.outcome,
        state: callState(folded, at),
        campaignId: call.campaignId,
        decidedAt: writeInstant(call.decidedAt),
        authorization: {
          state: authorizationState(folded, at),
          ...(call.expiresAt === null ? {} : { expiresAt: writeInstant(call.expiresAt) }),
        },
        directives: standingDirectives(folded),
        events: reports.map((report) => ({
          type: report.type,
          at: writeInstant(report.at),
          recordedAt: writeInstant(report.recordedAt),
          effective: report.effective,
        })),
        flags: [...new Set(reports.flatMap((report) => report.flags))],
      };
    });
  }
}
