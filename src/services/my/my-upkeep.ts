import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { DAY } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database } from '../../platform/database/database';
import { inPortions } from '../../platform/upkeep/in-portions';
import { Upkeep } from '../../platform/upkeep/upkeep';
import { MyAccessRepository } from './my-access.repository';

/** Removes links and sessions a day after they lapsed. What was done with them stays in the record. */
@Injectable()
export class MyUpkeep implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly access: MyAccessRepository,
    private readonly upkeep: Upkeep,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.upkeep.register('own-page-links', (stopping) =>
      inPortions(stopping, () =>
        this.database.transaction((tx) => this.access.forget(tx, this.clock.now() - DAY)),
      ),
    );
  }
}

/** For the process that keeps house; it need not be one that shows pages. */
@Module({ providers: [MyAccessRepository, MyUpkeep] })
export class MyUpkeepModule {}
