import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Config } from '../config/load-config';
import { CLOCK, type Clock, SystemClock } from './clock/clock';
import { DatabaseTime } from './clock/database-time';
import { Database } from './database/database';
import { DatabaseModule } from './database/database.module';
import { EvidenceWriter } from './evidence/evidence-writer';
import { Lifecycle } from './health/lifecycle';
import { OperationsController } from './health/operations.controller';
import { Readiness } from './health/readiness';
import { Idempotency } from './http/idempotency';
import { CONFIG, INSTALLATION } from './installation/tokens';
import { type Installation, openInstallation } from './installation/open-installation';
import { Keyring } from './keys/keyring';
import { DEFAULT_LEASE_OPTIONS, LEASE_OPTIONS } from './leases/lease-options';
import { Leases } from './leases/leases';
import { LeasesRepository } from './leases/leases.repository';
import type { Log } from './observability/logger';
import { ObservabilityModule } from './observability/observability.module';
import { DatabaseUpkeep } from './upkeep/database-upkeep';
import { LeasedTurn } from './upkeep/leased-turn';
import { Upkeep, UpkeepTurn } from './upkeep/upkeep';

/** What the start of a process has found out before there is an application. */
export interface PlatformOptions {
  config: Config;
  /** Of a database that is migrated: the configured one or the embedded one. */
  databaseUrl: string;
  log: Log;
}

/** Everything that services stand on, for all of them. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot({ config, databaseUrl, log }: PlatformOptions): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        ObservabilityModule.forRoot(log),
        DatabaseModule.forRoot({ url: databaseUrl, poolSize: config.database.poolSize }),
      ],
      controllers: [OperationsController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: CLOCK, useClass: SystemClock },
        DatabaseTime,
        {
          provide: INSTALLATION,
          inject: [Database, CLOCK],
          useFactory: (database: Database, clock: Clock) => openInstallation(database, config, clock.now()),
        },
        {
          provide: Keyring,
          inject: [INSTALLATION],
          useFactory: (installation: Installation) => installation.keyring,
        },
        EvidenceWriter,
        Idempotency,
        { provide: LEASE_OPTIONS, useValue: DEFAULT_LEASE_OPTIONS },
        Leases,
        LeasesRepository,
        Lifecycle,
        Readiness,
        DatabaseUpkeep,
        { provide: UpkeepTurn, useClass: LeasedTurn },
        Upkeep,
      ],
      exports: [
        CONFIG,
        CLOCK,
        DatabaseTime,
        INSTALLATION,
        Keyring,
        EvidenceWriter,
        Idempotency,
        Leases,
        Lifecycle,
        Readiness,
        Upkeep,
      ],
    };
  }
}
