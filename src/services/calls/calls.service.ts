import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { authorizationState, callState } from '../../domain/call/call-state';
import { type Directive, standingDirectives } from '../../domain/call/directives';
import { Database, type Tx } from '../../platform/database/database';
import { writeInstant } from '../../platform/http/instants';
import { LOG, type Log } from '../../platform/observability/logger';
import type { StoredCall } from '../decisions/call.reader';
import { CallSituations } from './call-situations';
import type { CallAnswer } from './calls.dto';

/** What a call has come to, for the client that placed it: nothing of the customer is in it. */
@Injectable()
export class CallsService {
  constructor(
    private readonly database: Database,
    private readonly situations: CallSituations,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** @throws AppError NOT_FOUND, also for a call of another vendor (RULINGS 25). */
  async read(actor: Actor, callId: string): Promise<CallAnswer> {
    return this.database.transaction(async (tx) => {
      const call = await this.situations.find(tx, actor, callId);
      const { folded, reports, now } = await this.situations.read(tx, call);
      return {
        callId,
        outcome: call.outcome,
        state: callState(folded, now),
        campaignId: call.campaignId,
        decidedAt: writeInstant(call.decidedAt),
        authorization: {
          state: authorizationState(folded, now),
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

  /** What holds for the call whatever is reported next. @throws AppError NOT_FOUND */
  async standing(actor: Actor, callId: string): Promise<{ directives: Directive[]; over: boolean }> {
    return this.database.transaction(async (tx) => {
      const call = await this.situations.find(tx, actor, callId);
      const { folded, now } = await this.situations.read(tx, call);
      const state = callState(folded, now);
      return { directives: standingDirectives(folded), over: state === 'ended' || state === 'failed' };
    });
  }
  /** The same of many calls at once. One that cannot be read is missing, and does not keep the others waiting. */
  async standingOf(
    tx: Tx,
    callIds: readonly string[],
  ): Promise<Map<string, { call: StoredCall; directives: Directive[] }>> {
    const standing = new Map<string, { call: StoredCall; directives: Directive[] }>();
    if (callIds.length === 0) return standing;
    for (const read of await this.situations.readAll(tx, callIds)) {
      const { call } = read;
      try {
        standing.set(call.callId, { call, directives: standingDirectives(read.folded) });
      } catch (error) {
        this.log.error({ err: error, callId: call.callId }, 'A call could not be looked after.');
      }
    }
    return standing;
  }
}
