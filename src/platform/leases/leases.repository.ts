import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';

const MAKE = 'INSERT INTO leases (name, epoch) VALUES ($1, 0) ON CONFLICT DO NOTHING';

/** Not a key's update, so that it does not wait for the KEY SHARE of effects in hand. One that expired untaken is kept. */
const RENEW = `
UPDATE leases SET expires_at = clock_timestamp() + $3 * interval '1 ms'
WHERE name = $1 AND holder = $2 RETURNING epoch`;

/**
 * FOR UPDATE waits for no effect of the former holder that is just being stored, because effects hold the row FOR KEY
 * SHARE: such a lease is looked at again soon.
 */
const TAKE = `
WITH free AS (
  SELECT name FROM leases WHERE name = $1 AND (holder IS NULL OR expires_at < clock_timestamp())
  FOR UPDATE SKIP LOCKED
)
UPDATE leases l SET holder = $2, epoch = epoch + 1, expires_at = clock_timestamp() + $3 * interval '1 ms'
FROM free WHERE l.name = free.name RETURNING l.epoch`;

const RELEASE = 'UPDATE leases SET holder = NULL, expires_at = NULL WHERE name = $1 AND holder = $2';

/** Until the transaction ends nobody takes over. A paused holder gives way: its transaction is ended when idle for 4 s. */
const FENCE = `
SELECT set_config('idle_in_transaction_session_timeout', '4s', true)
FROM leases WHERE name = $1 AND epoch = $2 FOR KEY SHARE`;

/** One row a lease: one holder each, by the database's clock. */
@Injectable()
export class LeasesRepository {
  readonly holder = randomUUID();

  constructor(private readonly database: Database) {}

  async make(name: string): Promise<void> {
    await this.database.query(MAKE, [name], 'lease-make');
  }

  /** Keeps the lease, or takes it where it is free or ran out: the epoch, or undefined where somebody else has it. */
  async keepOrTake(name: string, leaseMs: number): Promise<string | undefined> {
    const values = [name, this.holder, leaseMs];
    const [kept] = await this.database.query<{ epoch: string }>(RENEW, values, 'lease-renew');
    if (kept !== undefined) return kept.epoch;
    const [taken] = await this.database.query<{ epoch: string }>(TAKE, values, 'lease-take');
    return taken?.epoch;
  }

  async release(name: string): Promise<void> {
    await this.database.query(RELEASE, [name, this.holder], 'lease-release');
  }

  /** First in the transaction of an effect. False: somebody else has taken over, and there must be no effect. */
  async fence(tx: Tx, name: string, epoch: string): Promise<boolean> {
    return (await tx.query({ name: 'lease-fence', text: FENCE, values: [name, epoch] })).length > 0;
  }

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction(work);
  }
}
