import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { BlobsUnavailableError } from '../../platform/blobs/blob-store';
import { failureReason } from '../../platform/bus/failure-reason';
import { Pause } from '../../platform/bus/pause';
import { Database } from '../../platform/database/database';
import { diagnose } from '../../platform/database/database-error';
import { LOG, type Log } from '../../platform/observability/logger';
import { SettingsCache } from '../settings/settings-cache';
import { ActiveRun } from './active-run';
import { JobFailure, JobLostError } from './job';
import { type Claim, JobsRepository } from './jobs.repository';
import { JobsService } from './jobs.service';
import { JobWaits } from './job-waits';

/** A dead process's job is taken over after at most this. */
const LEASE_MS = 6_000;
const IDLE_MS = 500;
/** Who is told of a job is told before it is committed, and looks again soon. */
const EAGER_MS = 20;
const EAGER_LOOKS = 10;
const LONGEST_REST_MS = 5_000;
/** A job that comes to no end of a step this often is given up: it would keep every other one waiting. */
const MAX_ATTEMPTS = 5;
/** How long a stop waits for the step in hand; it is stored whole or not at all in any case. */
const LAST_STEP_MS = 4_000;

/**
 * Runs the jobs of all processes, one at a time in each. A job goes on from its checkpoint wherever the last holder was
 * stopped, killed or cut off.
 */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private readonly pause = new Pause();
  private running: Promise<void> | undefined;
  private current: ActiveRun | undefined;
  private stopping = false;
  private failures = 0;
  private eager = 0;

  constructor(
    private readonly jobs: JobsService,
    private readonly repository: JobsRepository,
    private readonly waits: JobWaits,
    private readonly database: Database,
    private readonly settings: SettingsCache,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.whenCreated(() => {
      this.eager = EAGER_LOOKS;
      this.pause.end();
    });
    this.running = this.loop();
  }

  /** The job in hand stops after its present step and is given back, for another process or the next start. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.current?.stop();
    this.pause.end();
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_STEP_MS).unref());
    await Promise.race([this.running, late]);
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      let rest: number;
      try {
        rest = (await this.runNext()) ? 0 : this.eager-- > 0 ? EAGER_MS : IDLE_MS;
        this.failures = 0;
      } catch (error) {
        rest = this.failed(error);
      }
      if (rest > 0 && !this.stopping) await this.pause.for(rest);
      else await turn();
    }
  }

  /** False where there is nothing to do. */
  private async runNext(): Promise<boolean> {
    await this.waits.settle();
    const by = { holder: this.holder, kinds: this.jobs.kinds, leaseMs: LEASE_MS };
    const claim = await this.database.transaction((tx) => this.repository.claim(tx, by));
    if (claim === undefined) return false;
    const run = new ActiveRun(claim, this.repository, this.database, LEASE_MS, () => this.settings.fresh());
    this.current = run;
    if (this.stopping) run.stop();
    try {
      await this.settings.fresh();
      if (claim.attempts > MAX_ATTEMPTS) throw new JobFailure('INTERNAL', 'It failed again and again.');
      await this.jobs.workOf(claim.job.kind).run(run);
      if (!run.isOver) await this.giveBack(claim);
    } catch (error) {
      await this.interrupted(run, claim, error);
    } finally {
      this.current = undefined;
      run.close();
    }
    return true;
  }

  /** What the database could not do now, and what we did wrong, is tried again; what can never be done fails the job. */
  private async interrupted(run: ActiveRun, claim: Claim, error: unknown): Promise<void> {
    const { id: jobId, kind } = claim.job;
    if (error instanceof JobLostError) {
      this.log.warn({ jobId, kind }, 'A job went to another process.');
      return;
    }
    if (error instanceof JobFailure) {
      const { code, line, message: detail, result } = error;
      await run.step(() =>
        Promise.resolve({
          state: 'failed',
          errors: [{ line, code, detail }, ...claim.job.errors].slice(0, 100),
          ...(Object.keys(result).length === 0 ? {} : { result }),
        }),
      );
      return;
    }
    const attempt = claim.attempts;
    this.log.warn(
      { jobId, kind, attempt, reason: failureReason(error), err: error },
      'A job was interrupted.',
    );
    // However long its file is out of reach, that is no fault of the job.
    if (error instanceof BlobsUnavailableError) await this.giveBack(claim);
    throw error;
  }

  private async giveBack(claim: Claim): Promise<void> {
    await this.database.transaction((tx) => this.repository.release(tx, claim));
  }

  private failed(error: unknown): number {
    this.failures += 1;
    if (this.failures === 1 && diagnose(error).reason !== undefined) {
      this.log.error({ err: error }, 'Jobs cannot be run now; trying again.');
    }
    return Math.min(LONGEST_REST_MS, IDLE_MS * 2 ** (this.failures - 1));
  }
}
