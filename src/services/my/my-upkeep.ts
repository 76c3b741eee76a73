import {
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DAY, HOUR } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database } from '../../platform/database/database';
import { LOG, type Log } from '../../platform/observability/logger';
import { MyAccessRepository } from './my-access.repository';

const MAX_ROUNDS = 1_000;

/** Removes links and sessions a day after they lapsed. What was done with them stays in the record. */
@Injectable()
export class MyUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly access: MyAccessRepository,
    @Inject(CLOCK) private readonly clock: Clock,
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
        if (!(await this.database.transaction((tx) => this.access.forget(tx, this.clock.now() - DAY))))
          return;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'Lapsed links could not be removed; tried again in an hour.');
    }
  }
}

/** For the process that keeps house; it need not be one that shows pages. */
@Module({ providers: [MyAccessRepository, MyUpkeep] })
export class MyUpkeepModule {}
