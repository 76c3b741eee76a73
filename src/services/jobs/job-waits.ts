import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { ApprovalsService } from '../approvals/approvals.service';
import { JobsRepository } from './jobs.repository';

/** Whoever grants tells the job at once; that somebody refused is found out by looking. */
const LOOK_AGAIN_MS = 2_000;

/** Jobs that wait for a second person. Granting lets them go on; everything else that ends an approval fails them. */
@Injectable()
export class JobWaits {
  private lookAgainAt = 0;

  constructor(
    private readonly repository: JobsRepository,
    private readonly approvals: ApprovalsService,
    private readonly database: Database,
  ) {}

  async settle(): Promise<void> {
    if (performance.now() < this.lookAgainAt) return;
    this.lookAgainAt = performance.now() + LOOK_AGAIN_MS;
    const waiting = await this.database.transaction((tx) => this.repository.waiting(tx));
    for (const { job, approvalId } of waiting) {
      const { state } = await this.approvals.find(approvalId, job.actor);
      if (state !== 'rejected' && state !== 'expired') continue;
      const detail = `What it needed was ${state}: nothing has taken effect.`;
      const errors = [{ line: 0, code: state.toUpperCase(), detail }, ...job.errors].slice(0, 100);
      await this.database.transaction((tx) => this.repository.endWait(tx, job.id, approvalId, errors));
    }
  }
}
