import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import type { PendingApproval } from '../../platform/http/schemas';
import { maskText } from '../../platform/observability/masking';
import type { Approval } from '../approvals/approval';
import { ApprovalsService } from '../approvals/approvals.service';
import { recordedActor } from '../people/recorded-actor';
import { SettingChanges } from '../settings/setting-changes';
import { stateOf } from './stops.dto';
import { StopsRepository, type StoredStop } from './stops.repository';

export const LIFT = 'stop.lift';

/** Nobody goes on alone: one person asks and another one grants (RULINGS 24), whoever or whatever stopped. */
@Injectable()
export class LiftStop implements OnModuleInit {
  constructor(
    private readonly stops: StopsRepository,
    private readonly approvals: ApprovalsService,
    private readonly changes: SettingChanges,
    private readonly evidence: EvidenceWriter,
    private readonly time: DatabaseTime,
  ) {}

  onModuleInit(): void {
    this.approvals.register(LIFT, {
      deciders: ['compliance'],
      execute: (tx, approval, decider) => this.lift(tx, approval, decider),
      present: (approval) => async (tx) => {
        const reason = await this.reasonOf(tx, approval);
        const { before, after } = approval;
        return {
          ...(before === undefined ? {} : { before }),
          after: reason === undefined ? after : { ...after, reason: maskText(reason) },
        };
      },
    });
  }

  /** @throws AppError NOT_FOUND; CONFLICT where there is nothing left to lift. */
  async ask(tx: Tx, id: string, reason: string, actor: Actor): Promise<PendingApproval> {
    const stop = await this.lockStanding(tx, id);
    const at = this.time.at(await this.stops.now(tx));
    const [requestEventId] = await this.evidence.record(tx, [
      {
        type: 'stop.lift_requested.v1',
        at,
        partitionKey: id,
        clear: { id, askedBy: actor.clientId },
        payload: { id, reason, actor: recordedActor(actor) },
      },
    ]);
    return this.approvals.ask(tx, {
      kind: LIFT,
      subject: id,
      before: { state: 'standing', scope: { ...stop.scope }, live: stop.live, until: stop.until },
      after: { state: 'lifted', requestEventId },
      actor,
    });
  }

  private async lift(tx: Tx, approval: Approval, decider: Actor): Promise<void> {
    const stop = await this.lockStanding(tx, approval.subject);
    const at = this.time.at(await this.stops.now(tx));
    const eventId = await this.changes.record(
      tx,
      {
        type: 'stop.lifted.v1',
        id: stop.id,
        actor: decider,
        before: { scope: { ...stop.scope }, live: stop.live, until: stop.until, recordedAt: stop.recordedAt },
        after: {
          liftedAt: at,
          approvalId: approval.id,
          askedBy: { ...approval.askedBy },
          reason: await this.reasonOf(tx, approval),
        },
        clear: {
          scope: stop.scope.kind,
          scopeId: 'id' in stop.scope ? stop.scope.id : undefined,
          approvalId: approval.id,
        },
      },
      at,
    );
    await this.stops.insertLift(tx, {
      stopId: stop.id,
      at,
      askedBy: approval.askedBy.id,
      by: decider.clientId,
      approvalId: approval.id,
      eventId,
    });
  }

  private async lockStanding(tx: Tx, id: string): Promise<StoredStop> {
    const stop = await this.stops.lock(tx, id);
    if (stop === undefined) throw notFound();
    const state = stateOf(stop, this.time.at(await this.stops.now(tx)));
    if (state !== 'standing') throw new AppError('CONFLICT', { detail: `This stop has ${state} already.` });
    return stop;
  }

  private async reasonOf(tx: Tx, { after }: Approval): Promise<string | undefined> {
    const { requestEventId: id } = after;
    if (typeof id !== 'string') return undefined;
    const stored = await this.stops.sealedEvent(tx, id);
    if (stored === undefined) return undefined;
    const payload = this.evidence.open({ id, ...stored }, undefined) as { reason?: unknown };
    return typeof payload.reason === 'string' ? payload.reason : undefined;
  }
}

const notFound = (): AppError => new AppError('NOT_FOUND', { detail: 'There is no such stop.' });
