import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { isTightening, type Limits, type Measure } from '../../domain/monitoring/monitor';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import type { Answer } from '../../platform/http/idempotency';
import type { PendingApproval } from '../../platform/http/schemas';
import type { Approval } from '../approvals/approval';
import { ApprovalsService } from '../approvals/approvals.service';
import { SettingChanges } from '../settings/setting-changes';
import { MonitorReadings, type PresentMonitor } from './monitor-readings';
import { type MonitorAnswer, monitorAnswer } from './monitors.dto';
import { MonitorsRepository } from './monitors.repository';

export const LOOSEN = 'monitor.loosen';

/** What the monitors see, and how much of it stops: the institution tightens alone and loosens by two (promise 5). */
@Injectable()
export class MonitorsService implements OnModuleInit {
  constructor(
    private readonly readings: MonitorReadings,
    private readonly repository: MonitorsRepository,
    private readonly approvals: ApprovalsService,
    private readonly changes: SettingChanges,
    private readonly database: Database,
    private readonly time: DatabaseTime,
  ) {}

  onModuleInit(): void {
    this.approvals.register(LOOSEN, {
      deciders: ['compliance'],
      execute: (tx, approval, decider) => this.loosen(tx, approval, decider),
    });
  }

  list(): Promise<MonitorAnswer[]> {
    return this.database.transaction(async (tx) => {
      const now = this.time.at(await this.repository.now(tx));
      const answers: MonitorAnswer[] = [];
      for (const monitor of await this.readings.monitors(tx)) {
        answers.push(monitorAnswer(monitor, await this.readings.of(tx, monitor, now)));
      }
      return answers;
    });
  }

  /** @throws AppError NOT_FOUND */
  find(id: Measure): Promise<MonitorAnswer> {
    return this.database.transaction((tx) => this.answer(tx, id));
  }

  /** At once where it only tightens; the same again changes nothing. */
  async put(
    tx: Tx,
    id: Measure,
    limits: Limits,
    actor: Actor,
  ): Promise<Answer<MonitorAnswer | PendingApproval>> {
    await this.repository.lockMonitor(tx, id);
    const before = await this.present(tx, id);
    if (isTightening(before, limits)) {
      if (!isTightening(limits, before)) await this.change(tx, before, limits, { actor });
      return { status: 200, body: await this.answer(tx, id) };
    }
    const body = await this.approvals.ask(tx, {
      kind: LOOSEN,
      subject: id,
      before: { ...limitsOf(before), version: before.version },
      after: { ...limits },
      actor,
    });
    return { status: 202, body };
  }

  /** Granted is what was asked for, of the monitor as it was then. */
  private async loosen(tx: Tx, approval: Approval, decider: Actor): Promise<void> {
    const id = approval.subject as Measure;
    await this.repository.lockMonitor(tx, id);
    const before = await this.present(tx, id);
    if (before.version !== approval.before?.['version']) {
      throw new AppError('CONFLICT', { detail: 'The monitor has been changed since this was asked for.' });
    }
    await this.change(tx, before, approval.after as unknown as Limits, { actor: decider, approval });
  }

  private async change(
    tx: Tx,
    before: PresentMonitor,
    after: Limits,
    by: { actor: Actor; approval?: Approval },
  ): Promise<void> {
    const { id } = before;
    const version = before.version + 1;
    const at = this.time.at(await this.repository.now(tx));
    const approvalId = by.approval?.id;
    const limits = limitsOf(after);
    const eventId = await this.changes.record(
      tx,
      {
        type: 'monitor.changed.v1',
        id,
        actor: by.actor,
        before: { ...limitsOf(before), version: before.version },
        after: { ...limits, version, approvalId, askedBy: by.approval && { ...by.approval.askedBy } },
        clear: { ...limits, version, approvalId },
      },
      at,
    );
    const { clientId } = by.actor;
    await this.repository.insertLimits(tx, {
      ...limits,
      id,
      version,
      at,
      by: clientId,
      approvalId: approvalId ?? null,
      eventId,
    });
  }

  private async answer(tx: Tx, id: Measure): Promise<MonitorAnswer> {
    const monitor = await this.present(tx, id);
    const now = this.time.at(await this.repository.now(tx));
    return monitorAnswer(monitor, await this.readings.of(tx, monitor, now));
  }

  private async present(tx: Tx, id: Measure): Promise<PresentMonitor> {
    const monitor = await this.readings.monitor(tx, id);
    if (monitor === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such monitor.' });
    return monitor;
  }
}

const limitsOf = ({ threshold, minSample, windowHours }: Limits): Limits & Record<string, number> => ({
  threshold,
  minSample,
  windowHours,
});
