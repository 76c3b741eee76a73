import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { EventAttributes } from '../../../contracts/events';
import { pointerInClear } from '../../../contracts/pointer-in-clear';
import type { ProblemCode, ProblemMember } from '../../../contracts/problems';
import type { EventType } from '../../../contracts/topics';
import type { Json } from '../../../domain/ledger/canonical-json';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { AuthorizationTokens } from '../authorization-token';
import {
  type CallKey,
  callKeyHash,
  type MadeDecision,
  type PendingDecision,
} from '../batch/pending-decision';
import { CallReader } from '../call.reader';
import type { AuthorizeBody } from '../decisions.dto';
import { DecisionsService } from '../decisions.service';
import { answerAttributes } from './answer-attributes';

const REJECTED = 'call.request.rejected.v1' satisfies EventType;

/** Why an event got no decision. Those that are no problem of REST: it waited too long; its call has its answer. */
export type RejectionCode = ProblemCode | 'REQUEST_EXPIRED' | 'ALREADY_ANSWERED';

export interface Rejection {
  code: RejectionCode;
  detail: string;
  errors?: readonly ProblemMember[];
  /** The call that was decided under this `external.callId`. */
  callId?: string;
}

/** A question as an event brought it. */
export interface AskedEvent {
  actor: Actor;
  /** What the event is known again by; keyed hashes, because an id or a body may hold a number. */
  key: CallKey;
  /** Orders its rejection among others; nothing of a person. */
  partitionKey: string;
  /** Say in the answer whose question it was. */
  attributes: EventAttributes;
  /** For the sealed record of a rejection. */
  origin: { [member: string]: Json | undefined };
}

/**
 * Answers questions that come as events: each with one recorded event, whatever is offered again and by however many
 * processes. What the answer is known by is written with it, in one transaction; the second to write it finds it there.
 */
@Injectable()
export class EventAnswers {
  constructor(
    private readonly decisions: DecisionsService,
    private readonly calls: CallReader,
    private readonly tokens: AuthorizationTokens,
    private readonly evidence: EvidenceWriter,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Decides. When it resolves, the answer is on disk and on its way, unless `repeated` says that an earlier question
   * had this very one: then this event has none yet.
   * @throws AnsweredBefore where the event has its answer; AppError where there is no decision.
   */
  async decide(asked: AskedEvent, body: AuthorizeBody): Promise<MadeDecision> {
    const pending = this.decisions.pending(asked.actor, body);
    pending.event = asked.key;
    pending.attributes = ({ callId, decision }) => ({
      ...answerAttributes(decision, this.tokenOf(pending, callId, decision.expiresAt)),
      ...asked.attributes,
    });
    return this.decisions.decide(pending);
  }

  /** Says that there is no decision. False, and nothing said, where the event has its answer. */
  async reject(asked: AskedEvent, rejection: Rejection): Promise<boolean> {
    const { code, detail, errors, callId } = rejection;
    const at = this.clock.now();
    return this.database.transaction(async (tx) => {
      if (!(await this.take(tx, asked, uuidV7(at)))) return false;
      await this.evidence.record(tx, [
        {
          type: REJECTED,
          at,
          partitionKey: asked.partitionKey,
          attributes: asked.attributes,
          clear: {
            code,
            callId,
            ...(errors === undefined
              ? {}
              : {
                  errors: errors.map((error) => ({
                    pointer: pointerInClear(error.pointer),
                    code: error.code,
                  })),
                }),
          },
          payload: {
            code,
            detail,
            callId,
            errors: errors?.map((error) => ({ ...error })),
            origin: asked.origin,
          },
        },
      ]);
      return true;
    });
  }

  /** The row that a decision of the event would write, too: only one of the two can. Its id says how old it is. */
  private async take(tx: Tx, { actor, key }: AskedEvent, id: string): Promise<boolean> {
    if (await this.takeKey(tx, actor, key, id)) return true;
    const answered = await this.calls.findByKey(tx, actor.clientId, key.hash);
    if (answered === undefined || answered.request.equals(key.request)) return false;
    // An id used again for another question: that one has its answer, and this one needs its own.
    const hash = callKeyHash('event', `${key.hash.toString('hex')}/${key.request.toString('hex')}`);
    return this.takeKey(tx, actor, { ...key, hash }, id);
  }

  private async takeKey(tx: Tx, actor: Actor, key: CallKey, id: string): Promise<boolean> {
    const taken = await tx.query({
      name: 'event-answer-take',
      text: `
INSERT INTO call_keys (client_id, key, request, call_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1`,
      values: [actor.clientId, key.hash, key.request, id],
    });
    return taken.length > 0;
  }

  private tokenOf(
    { ask, e164 }: PendingDecision,
    callId: string,
    expiresAt: number | undefined,
  ): string | undefined {
    if (expiresAt === undefined || e164 === undefined) return undefined;
    const { campaignId, callerId } = ask;
    return this.tokens.issue({ callId, to: e164, campaignId, callerId, expiresAt });
  }
}
