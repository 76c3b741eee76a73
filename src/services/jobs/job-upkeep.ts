import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY, HOUR } from '../../domain/time/instant';
import { BlobStore } from '../../platform/blobs/blob-store';
import { Database } from '../../platform/database/database';
import { inPortions } from '../../platform/upkeep/in-portions';
import { Upkeep } from '../../platform/upkeep/upkeep';
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
export class JobUpkeep implements OnModuleInit {
  constructor(
    private readonly jobs: JobsService,
    private readonly repository: JobsRepository,
    private readonly blobs: BlobStore,
    private readonly database: Database,
    private readonly upkeep: Upkeep,
  ) {}

  onModuleInit(): void {
    this.upkeep.register('spent-uploads', (stopping) => this.forgetSpent(stopping));
    this.upkeep.register('stray-uploads', (stopping) => this.forgetStray(stopping));
  }

  /** First what was kept for the result, then the file, and last the name of it: in any other order it could be lost. */
  private forgetSpent(stopping: AbortSignal): Promise<void> {
    return inPortions(stopping, async () => {
      const spent = await this.database.transaction((tx) =>
        this.repository.spent(tx, KEPT_MS, KEPT_AFTER_READING_MS, AT_ONCE),
      );
      for (const { id, kind, blobId } of spent) {
        if (stopping.aborted) return false;
        const work = this.jobs.workOf(kind);
        await this.database.transaction(async (tx) => work.forget?.(tx, id));
        if (blobId !== undefined) await this.blobs.delete(blobId);
        await this.database.transaction((tx) => this.repository.forgetBlob(tx, id));
      }
      return spent.length === AT_ONCE;
    });
  }

  /** Uploads of processes that died between the file and its job. */
  private async forgetStray(stopping: AbortSignal): Promise<void> {
    // Files are dated by the machine's clock.
    const before = Date.now() - UNFINISHED_MS;
    await this.blobs.sweep(before);
    const old = (await this.blobs.list()).filter(({ storedAt }) => storedAt < before).map(({ id }) => id);
    const needed = await this.database.transaction((tx) => this.repository.referenced(tx, old));
    for (const id of old) {
      if (stopping.aborted) return;
      if (!needed.has(id)) await this.blobs.delete(id);
    }
  }
}
