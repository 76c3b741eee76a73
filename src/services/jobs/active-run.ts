import type { Database, Tx } from '../../platform/database/database';
import { type Job, JobLostError, type JobRun, type JobUpdate } from './job';
import type { Claim, JobsRepository } from './jobs.repository';

const RENEWALS_A_LEASE = 3;

/** One claim being worked on. Its lease is renewed beside the work, for as long as the process lives. */
export class ActiveRun implements JobRun {
  private readonly heartbeat: NodeJS.Timeout;
  private stopped = false;
  private over = false;

  constructor(
    private readonly claim: Claim,
    private readonly repository: JobsRepository,
    private readonly database: Database,
    private readonly leaseMs: number,
    /** Brings the settings of this process up to now: nobody else asks for them where nobody is served. */
    private readonly refresh: () => Promise<unknown>,
  ) {
    this.heartbeat = setInterval(() => void this.renew(), leaseMs / RENEWALS_A_LEASE).unref();
  }

  get job(): Job {
    return this.claim.job;
  }

  get stopping(): boolean {
    return this.stopped;
  }

  /** It was finished, or waits for somebody; there is nothing to give back. */
  get isOver(): boolean {
    return this.over;
  }

  stop(): void {
    this.stopped = true;
  }

  close(): void {
    this.stopped = true;
    clearInterval(this.heartbeat);
  }

  async step(work: (tx: Tx) => Promise<JobUpdate>): Promise<void> {
    let ended = false;
    await this.refresh();
    await this.database.transaction(async (tx) => {
      if (!(await this.repository.fence(tx, this.claim))) {
        this.stopped = true;
        throw new JobLostError(`Job ${this.job.id} has another holder.`);
      }
      const update = await work(tx);
      await this.repository.update(tx, this.job.id, update, this.leaseMs);
      ended = update.state !== undefined || update.waitingFor !== undefined;
    });
    this.over = ended;
  }

  /** A renewal that fails is no matter: the next step tells whether the claim still holds. */
  private async renew(): Promise<void> {
    try {
      const holds = await this.database.transaction((tx) =>
        this.repository.renew(tx, this.claim, this.leaseMs),
      );
      if (!holds && !this.over) this.stopped = true;
    } catch {
      // The database is away: the step in hand fails with the reason.
    }
  }
}
