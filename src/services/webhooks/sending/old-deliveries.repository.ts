import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database';
import { inPortions } from '../../../platform/upkeep/in-portions';

const KEPT_DAYS = 30;
const AT_ONCE = 10_000;

const FINISHED = `
WITH old AS (
  SELECT ctid FROM webhook_deliveries WHERE finished_at < clock_timestamp() - $1 * interval '1 day' LIMIT ${AT_ONCE}
)
DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(SELECT ctid FROM old))
  AND finished_at < clock_timestamp() - $1 * interval '1 day' RETURNING 1`;

/** Whoever enables a webhook after so long a time does not want the events of then; a replay still has them. */
const WAITING_IN_VAIN = `
WITH old AS (
  SELECT d.ctid FROM webhooks w JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.state = 'pending'
  WHERE w.state = 'disabled' AND d.queued_at < clock_timestamp() - $1 * interval '1 day' LIMIT ${AT_ONCE}
)
DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) AND state = 'pending' RETURNING 1`;

const REPLAYS = `
DELETE FROM webhook_replays WHERE finished_at < clock_timestamp() - $1 * interval '1 day' RETURNING 1`;

/** A day more than they sign, so that no reading of a clock matters. */
const SECRETS = `
DELETE FROM webhook_secrets WHERE expires_at < clock_timestamp() - $1 * interval '1 day' RETURNING 1`;

/** What nobody asks for any more, a bounded part at a time. */
@Injectable()
export class OldDeliveriesRepository {
  constructor(private readonly database: Database) {}

  async forget(stopping: AbortSignal): Promise<void> {
    await this.remove(FINISHED, KEPT_DAYS, stopping);
    await this.remove(WAITING_IN_VAIN, KEPT_DAYS, stopping);
    await this.remove(REPLAYS, KEPT_DAYS, stopping);
    await this.remove(SECRETS, 1, stopping);
  }

  private async remove(statement: string, days: number, stopping: AbortSignal): Promise<void> {
    await inPortions(stopping, async () => (await this.database.query(statement, [days])).length === AT_ONCE);
  }
}
