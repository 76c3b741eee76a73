import { Inject, Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import { Database, type Tx } from '../../platform/database/database';
import { LOG, type Log } from '../../platform/observability/logger';
import { MonitorsRepository } from './monitors.repository';
import { KEPT, sliceOf, TalliesRepository } from './tallies.repository';

/** In one run; what is left of a long absence comes in the next ones, the newest first. */
const MOST_SLICES = 200;
/** More calls than can be counted in this time are counted in turns: the busier it is, the less often each. */
const TALLYING_MS = 10_000;

/** Brings the tallies up to the present. A slice that cannot be counted keeps no other from it. */
@Injectable()
export class TallySlices {
  constructor(
    private readonly database: Database,
    private readonly tallies: TalliesRepository,
    private readonly repository: MonitorsRepository,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** False where another process is at it, or where it was told to leave off. */
  async run(now: Instant, signal?: AbortSignal): Promise<boolean> {
    const due = await this.database.transaction((tx) => this.due(tx, now));
    const deadline = performance.now() + TALLYING_MS;
    for (const slice of due) {
      if (signal?.aborted === true) return false;
      if (performance.now() > deadline) break;
      if (!(await this.tally(slice, now))) return false;
    }
    return true;
  }

  /** What no window reaches any more. */
  forget(tx: Tx, now: Instant): Promise<void> {
    return this.tallies.forget(tx, sliceOf(now) - KEPT);
  }

  /** In a transaction of its own: what fails leaves the earlier count of the slice, and is tried again in the next run. */
  private async tally(slice: Instant, now: Instant): Promise<boolean> {
    try {
      return await this.database.transaction(async (tx) => {
        if (!(await this.repository.takeTurn(tx))) return false;
        await this.tallies.tally(tx, slice, now);
        return true;
      });
    } catch (error) {
      this.log.error({ err: error, slice }, 'Calls of a quarter of an hour could not be counted.');
      return true;
    }
  }

  private async due(tx: Tx, now: Instant): Promise<Instant[]> {
    const first = await this.tallies.firstSlice(tx, now - KEPT);
    return first === undefined ? [] : this.tallies.dueSlices(tx, first, now, MOST_SLICES);
  }
}
