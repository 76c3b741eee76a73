import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { CLOCK, type Clock } from '../clock/clock';
import { Database } from '../database/database';
import { migrations } from '../database/migrations';
import { type Finding, OK, Readiness } from '../health/readiness';
import { CONFIG } from '../installation/tokens';
import { inPortions } from './in-portions';
import { Upkeep } from './upkeep';

/** Tables whose rows are kept by the month inside their UUIDv7. */
const MONTHLY = ['events', 'calls', 'call_events'] as const;
/** Even when nobody looks for a quarter of a year there is a partition to write to. */
const MONTHS_AHEAD = 3;
/** Rows removed by one statement, so that none of them holds others up. */
const AT_ONCE = 10_000;

/** Keeps the database able to take what is written to it. Safe to run in any number of processes. */
@Injectable()
export class DatabaseUpkeep implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
    private readonly upkeep: Upkeep,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'role'>,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.makePartitions();
    this.readiness.register('database', async () =>
      (await this.database.isAlive()) ? OK : { status: 'fault', detail: 'The database takes no writes.' },
    );
    this.readiness.register('migrations', () => this.migrationsFinding());
    // Every process may find itself the first of a month at its start; from then on one kind of them keeps house.
    if (this.config.role !== 'all' && this.config.role !== 'jobs') return;
    // What fails now is tried again in an hour; there are months of room.
    this.upkeep.register('partitions', () => this.makePartitions());
    this.upkeep.register('idempotency-keys', (stopping) => this.forgetIdempotencyKeys(stopping));
  }

  /** A database that was put back to an older state, under a running process. */
  private async migrationsFinding(): Promise<Finding> {
    const [row] = await this.database.query<{ present: number }>(
      'SELECT count(*)::int AS present FROM migrations WHERE name = ANY ($1)',
      [migrations.map((migration) => migration.name)],
      undefined,
      // Readiness is about decisions, not about the queue of other work.
      'decisions',
    );
    return row?.present === migrations.length
      ? OK
      : { status: 'fault', detail: 'The database is not migrated.' };
  }

  private async makePartitions(): Promise<void> {
    const now = new Date(this.clock.now());
    for (const table of MONTHLY) {
      await this.database.query('SELECT ensure_monthly_partitions($1, $2, $3)', [table, now, MONTHS_AHEAD]);
    }
  }

  private async forgetIdempotencyKeys(stopping: AbortSignal): Promise<void> {
    const now = new Date(this.clock.now());
    await inPortions(stopping, async () => {
      const gone = await this.database.query(
        `
WITH lapsed AS (SELECT ctid FROM idempotency_keys WHERE expires_at <= $1 LIMIT ${AT_ONCE})
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM lapsed)) AND expires_at <= $1 RETURNING 1`,
        [now],
      );
      return gone.length === AT_ONCE;
    });
  }
}
