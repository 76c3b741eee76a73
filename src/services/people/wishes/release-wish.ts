import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import type { Json } from '../../../domain/ledger/canonical-json';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import type { PendingApproval } from '../../../platform/http/schemas';
import type { Approval } from '../../approvals/approval';
import { ApprovalsService } from '../../approvals/approvals.service';
import { OptOutRevocation } from '../consents/opt-out-revocation';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import { ReleaseRequests, type ReleaseWords } from '../release-requests';
import type { Reach } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { idsOf } from '../words-on-rows';
import { type Heir, heirsOf, succeed, wishOfHeir } from '../set-aside-words';
import { stateOf, type StoredWish, WishesRepository } from './wishes.repository';

export const RELEASE = 'suppression.release';

/** A wish is lifted by one person's asking and another's granting, never alone (promise 5). */
@Injectable()
export class ReleaseWish implements OnModuleInit {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly wishes: WishesRepository,
    private readonly approvals: ApprovalsService,
    private readonly requests: ReleaseRequests,
    private readonly records: PersonRecord,
    private readonly revocations: OptOutRevocation,
    private readonly time: DatabaseTime,
  ) {}

  onModuleInit(): void {
    this.approvals.register(RELEASE, {
      deciders: ['compliance'],
      execute: (tx, approval, decider) => this.release(tx, approval, decider),
      present: (approval, reader) => this.requests.present(approval, reader),
    });
  }

  /** @throws AppError NOT_FOUND; CONFLICT where there is nothing left to release. */
  async ask(tx: Tx, id: string, words: ReleaseWords, actor: Actor): Promise<PendingApproval> {
    const { reach } = await this.lockActive(tx, id);
    const requestEventId = await this.requests.record(tx, reach.own, {
      type: 'wish.release_requested.v1',
      subject: { suppressionId: id },
      words,
      actor,
    });
    return this.approvals.ask(tx, {
      kind: RELEASE,
      subject: id,
      before: { state: 'active' },
      after: { state: 'released', requestEventId },
      actor,
    });
  }

  private async release(tx: Tx, approval: Approval, decider: Actor): Promise<void> {
    const { wish, reach } = await this.lockActive(tx, approval.subject);
    const at = this.time.at(reach.own.lockedAt);
    const revokes =
      wish.source === 'customer' && wish.until === undefined && (await this.revocations.applies(tx, reach));
    const lifted = new Set([wish.id]);
    const standing = reach.rows.flatMap(({ facts }) => facts.wishes);
    const heirs = await heirsOf(tx, standing, lifted, at);
    for (const { facts } of reach.rows) facts.wishes = succeed(facts.wishes, lifted, heirs, wishOfHeir);
    const revocation = revokes
      ? this.revocations.putOn(reach, { ...wish, saidAt: wish.recordedAt })
      : undefined;
    await this.subjects.saveRows(tx, reach.rows);
    const eventId = await this.recordRelease(tx, { approval, decider, wish, reach, revokes, at, heirs });
    await this.wishes.insertRelease(tx, {
      suppressionId: wish.id,
      releasedAt: at,
      approvalId: approval.id,
      eventId,
    });
    if (revocation !== undefined) {
      await this.revocations.record(tx, reach, revocation, { actor: decider, eventId });
    }
  }

  private async recordRelease(
    tx: Tx,
    release: {
      approval: Approval;
      decider: Actor;
      wish: StoredWish;
      reach: Reach;
      revokes: boolean;
      at: number;
      heirs: readonly Heir[];
    },
  ): Promise<string> {
    const { approval, decider, wish, reach, revokes, at, heirs } = release;
    return this.records.record(tx, reach.own, {
      type: 'wish.released.v1',
      at,
      clear: {
        suppressionId: wish.id,
        approvalId: approval.id,
        scope: wish.scope.kind,
        channels: wish.channels,
        purposes: wish.purposes,
        source: wish.source,
      },
      payload: {
        suppressionId: wish.id,
        approvalId: approval.id,
        request: (await this.requests.wordsOf(tx, approval)) as Json | undefined,
        askedBy: { ...approval.askedBy },
        decidedBy: recordedActor(decider),
        revokesEarlierConsents: revokes,
        ...(heirs.length === 0 ? {} : { standsAgain: heirs.map(({ id }) => id) }),
        rows: idsOf(reach.rows),
      },
    });
  }

  private async lockActive(tx: Tx, id: string): Promise<{ wish: StoredWish; reach: Reach }> {
    const found = await this.wishes.find(tx, id);
    if (found === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such suppression.' });
    const reach = await this.subjects.lockReach(tx, { subjectId: found.subjectId });
    // Once more under the lock: another release may have committed while we waited.
    const wish = (await this.wishes.find(tx, id)) ?? found;
    const state = stateOf(wish, this.time.at(reach.own.lockedAt));
    if (state !== 'active')
      throw new AppError('CONFLICT', { detail: `This suppression is ${state} already.` });
    return { wish, reach };
  }
}
