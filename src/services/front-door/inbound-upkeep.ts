import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { DAY } from '../../domain/time/instant';
import { Database } from '../../platform/database/database';
import { inPortions } from '../../platform/upkeep/in-portions';
import { Upkeep } from '../../platform/upkeep/upkeep';

/** The topics keep a day; whoever publishes the same event again later than this means it. */
const KEPT_DAYS = 90;
const AT_ONCE = 10_000;

/** Forgets what was handled so long ago. */
@Injectable()
export class InboundUpkeep implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly upkeep: Upkeep,
  ) {}

  onModuleInit(): void {
    this.upkeep.register('inbound-events', (stopping) => inPortions(stopping, () => this.forgetSome()));
  }

  /** Whether there may be more. */
  private async forgetSome(): Promise<boolean> {
    const gone = await this.database.query(
      `
WITH old AS (
  SELECT ctid FROM inbound_seen
  WHERE recorded_at < clock_timestamp() - $1 * interval '1 ms' LIMIT ${AT_ONCE}
)
DELETE FROM inbound_seen WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1`,
      [KEPT_DAYS * DAY],
    );
    return gone.length === AT_ONCE;
  }
}

/** For the process that keeps house. */
@Module({ providers: [InboundUpkeep] })
export class InboundUpkeepModule {}
