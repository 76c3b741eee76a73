import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { DAY } from '../../domain/time/instant';
import { Database } from '../../platform/database/database';
import { inPortions } from '../../platform/upkeep/in-portions';
import { Upkeep } from '../../platform/upkeep/upkeep';

/** A refusal is answered the same for 90 days (RULINGS 7). */
const KEPT_DAYS = 90;
const AT_ONCE = 10_000;

/** Forgets keys of calls older than that. The calls themselves stay. */
@Injectable()
export class CallKeyUpkeep implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly upkeep: Upkeep,
  ) {}

  onModuleInit(): void {
    this.upkeep.register('call-keys', (stopping) => inPortions(stopping, () => this.forgetSome()));
  }

  /** Whether there may be more. */
  private async forgetSome(): Promise<boolean> {
    const gone = await this.database.query(
      `
WITH old AS (
  SELECT ctid FROM call_keys
  WHERE call_id < uuid_v7_floor(clock_timestamp() - $1 * interval '1 ms') LIMIT ${AT_ONCE}
)
DELETE FROM call_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1`,
      [KEPT_DAYS * DAY],
    );
    return gone.length === AT_ONCE;
  }
}

/** For the process that keeps house; it need not be one that decides. */
@Module({ providers: [CallKeyUpkeep] })
export class CallKeyUpkeepModule {}
