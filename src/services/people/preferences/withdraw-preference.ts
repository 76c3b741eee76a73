import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import type { Json } from '../../../domain/ledger/canonical-json';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import type { PendingApproval } from '../../../platform/http/schemas';
import type { Approval } from '../../approvals/approval';
import { ApprovalsService } from '../../approvals/approvals.service';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import { ReleaseRequests, type ReleaseWords } from '../release-requests';
import type { Reach } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { heirsOf, preferenceOfHeir, succeed } from '../set-aside-words';
import { idsOf } from '../words-on-rows';
import { PreferencesRepository, type StoredPreference } from './preferences.repository';

export const WITHDRAWAL = 'preference.withdraw';

/** Withdrawing a preference loosens, so it takes two persons like the release of a wish. */
@Injectable()
export class WithdrawPreference implements OnModuleInit {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly preferences: PreferencesRepository,
    private readonly approvals: ApprovalsService,
    private readonly requests: ReleaseRequests,
    private readonly records: PersonRecord,
    private readonly time: DatabaseTime,
  ) {}

  onModuleInit(): void {
    this.approvals.register(WITHDRAWAL, {
      deciders: ['compliance'],
      execute: (tx, approval, decider) => this.withdraw(tx, approval, decider),
      present: (approval, reader) => this.requests.present(approval, reader),
    });
  }

  /** @throws AppError NOT_FOUND; CONFLICT where it is withdrawn already. */
  async ask(tx: Tx, id: string, words: ReleaseWords, actor: Actor): Promise<PendingApproval> {
    const { reach } = await this.lockActive(tx, id);
    const requestEventId = await this.requests.record(tx, reach.own, {
      type: 'preference.withdrawal_requested.v1',
      subject: { preferenceId: id },
      words,
      actor,
    });
    return this.approvals.ask(tx, {
      kind: WITHDRAWAL,
      subject: id,
      before: { state: 'active' },
      after: { state: 'withdrawn', requestEventId },
      actor,
    });
  }

  private async withdraw(tx: Tx, approval: Approval, decider: Actor): Promise<void> {
    const { preference, reach } = await this.lockActive(tx, approval.subject);
    const at = this.time.at(reach.own.lockedAt);
    const lifted = new Set([preference.id]);
    const standing = reach.rows.flatMap(({ facts }) => facts.preferences);
    const heirs = await heirsOf(tx, standing, lifted, at);
    for (const { facts } of reach.rows) {
      facts.preferences = succeed(facts.preferences, lifted, heirs, preferenceOfHeir);
    }
    await this.subjects.saveRows(tx, reach.rows);
    const eventId = await this.records.record(tx, reach.own, {
      type: 'preference.withdrawn.v1',
      at,
      clear: { preferenceId: preference.id, approvalId: approval.id },
      payload: {
        preferenceId: preference.id,
        approvalId: approval.id,
        request: (await this.requests.wordsOf(tx, approval)) as Json | undefined,
        askedBy: { ...approval.askedBy },
        decidedBy: recordedActor(decider),
        ...(heirs.length === 0 ? {} : { standsAgain: heirs.map(({ id }) => id) }),
        rows: idsOf(reach.rows),
      },
    });
    await this.preferences.insertWithdrawal(tx, {
      preferenceId: preference.id,
      withdrawnAt: at,
      approvalId: approval.id,
      eventId,
    });
  }

  private async lockActive(tx: Tx, id: string): Promise<{ preference: StoredPreference; reach: Reach }> {
    const found = await this.preferences.find(tx, id);
    if (found === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such preference.' });
    const reach = await this.subjects.lockReach(tx, { subjectId: found.subjectId });
    // Once more under the lock: another withdrawal may have committed while we waited.
    const preference = (await this.preferences.find(tx, id)) ?? found;
    if (preference.withdrawnAt !== undefined) {
      throw new AppError('CONFLICT', { detail: 'This preference is withdrawn already.' });
    }
    return { preference, reach };
  }
}
