import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DAY, HOUR } from '../../domain/time/instant';
import { BlobStore } from '../../platform/blobs/blob-store';
import { Database } from '../../platform/database/database';
import { LOG, type Log } from '../../platform/observability/logger';
import { JobsRepository } from './jobs.repository';
import { JobsService } from './jobs.service';

/** What was uploaded holds numbers: it goes when its result was read, or after this. */
const KEPT_MS = 7 * DAY;
/** A download that broke can be begun again for so long. */
const KEPT_AFTER_READING_MS = HOUR;
/** Longer than any upload and any request after it takes. */
const UNFINISHED_MS = DAY;
const AT_ONCE = 100;

/** Removes what was uploaded once nobody needs it any more. The jobs themselves stay. */
@Injectable()
export class JobUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly jobs: JobsService,
    private readonly repository: JobsRepository,
    private readonly blobs: BlobStore,
    private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run(), HOUR).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async run(): Promise<void> {
    for (const task of [() => this.forgetSpent(), () => this.forgetStray()]) {
      try {
        await task();
      } catch (error) {
        this.log.warn(
          { err: error },
          'Uploads that nobody needs could not be removed; tried again in an hour.',
        );
      }
    }
  }

  /** First what was kept for the result, then the file, and last the name of it: in any other order it could be lost. */
  private async forgetSpent(): Promise<void> {
    const spent = await this.database.transaction((tx) =>
      this.repository.spent(tx, KEPT_MS, KEPT_AFTER_READING_MS, AT_ONCE),
    );
    for (const { id, kind, blobId } of spent) {
      const work = this.jobs.workOf(kind);
      await this.database.transaction(async (tx) => work.forget?.(tx, id));
      if (blobId !== undefined) await this.blobs.delete(blobId);
      await this.database.transaction((tx) => this.repository.forgetBlob(tx, id));
    }
  }

  /** Uploads of processes that died between the file and its job. */
  private async forgetStray(): Promise<void> {
    // Files are dated by the machine's clock.
    const before = Date.now() - UNFINISHED_MS;
    await this.blobs.sweep(before);
    const old = (await this.blobs.list()).filter(({ storedAt }) => storedAt < before).map(({ id }) => id);
    const needed = await this.database.transaction((tx) => this.repository.referenced(tx, old));
    for (const id of old) if (!needed.has(id)) await this.blobs.delete(id);
  }
}
