import {
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DAY, HOUR } from '../../domain/time/instant';
import { Database } from '../../platform/database/database';
import { LOG, type Log } from '../../platform/observability/logger';

/** A refusal is answered the same for 90 days (RULINGS 7). */
const KEPT_DAYS = 90;
const AT_ONCE = 10_000;
const MAX_ROUNDS = 1_000;

/** Forgets keys of calls older than that. The calls themselves stay. */
@Injectable()
export class CallKeyUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
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
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        if ((await this.forgetSome()) < AT_ONCE) return;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'Old call keys could not be removed; tried again in an hour.');
    }
  }

  private async forgetSome(): Promise<number> {
    const gone = await this.database.query(
      `
WITH old AS (
  SELECT ctid FROM call_keys
  WHERE call_id < uuid_v7_floor(clock_timestamp() - $1 * interval '1 ms') LIMIT ${AT_ONCE}
)
DELETE FROM call_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1`,
      [KEPT_DAYS * DAY],
    );
    return gone.length;
  }
}

/** For the process that keeps house; it need not be one that decides. */
@Module({ providers: [CallKeyUpkeep] })
export class CallKeyUpkeepModule {}
