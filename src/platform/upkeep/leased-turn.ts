import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { CONFIG } from '../installation/tokens';
import type { Leader } from '../leases/leader';
import { Leases } from '../leases/leases';
import { UpkeepTurn } from './upkeep';

/** The name of its lease. */
const UPKEEP = 'upkeep';

/** One of the processes that keep house (`jobs`, or `all`) at a time; the others have their own work to do. */
@Injectable()
export class LeasedTurn extends UpkeepTurn implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly leader: Leader | undefined;

  constructor(leases: Leases, @Inject(CONFIG) { role }: Pick<Config, 'role'>) {
    super();
    this.leader = role === 'all' || role === 'jobs' ? leases.standFor(UPKEEP) : undefined;
  }

  isOurs(): Promise<boolean> {
    return Promise.resolve(this.leader?.leads === true);
  }

  onApplicationBootstrap(): void {
    this.leader?.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.leader?.stop();
  }
}
