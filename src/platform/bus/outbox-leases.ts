import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { OUTBOX_BUCKETS } from '../evidence/bucket';
import { BUS_OPTIONS, type BusOptions } from './bus-options';
import type { Audience } from './audience';
import type { Lease } from './event-bus';

/** What a renewal found. `standDown`: others hand events to consumers that this process does not have. */
export interface Holding {
  leases: Lease[];
  standDown: boolean;
}

const FORGET = `
DELETE FROM outbox_relays WHERE holder IN (
  SELECT holder FROM outbox_relays WHERE remembered_until < clock_timestamp() AND holder <> $1 FOR UPDATE SKIP LOCKED
)`;

const ANNOUNCE = `
INSERT INTO outbox_relays (holder, subscriptions, expires_at, remembered_until)
VALUES ($1, $2::text[], clock_timestamp() + $3 * interval '1 ms', clock_timestamp() + $4 * interval '1 ms')
ON CONFLICT (holder) DO UPDATE SET
  subscriptions = excluded.subscriptions, expires_at = excluded.expires_at, remembered_until = excluded.remembered_until`;

/**
 * A relay that stands down takes no share; whether one does is seen from its subscriptions. From here on this
 * transaction locks leases, so it must not stand idle for as long as others would wait to take over.
 */
const OTHERS = `
WITH others AS (SELECT * FROM outbox_relays WHERE holder <> $1 AND remembered_until > clock_timestamp())
SELECT
  (SELECT count(*) FROM others WHERE expires_at > clock_timestamp() AND subscriptions @> $2::text[])::int AS live,
  EXISTS (SELECT FROM others WHERE NOT subscriptions <@ $2::text[]) AS ahead,
  set_config('idle_in_transaction_session_timeout', '4s', true)`;

/** Not a key's update, so that it does not wait for the KEY SHARE of effects in hand. It keeps what expired untaken. */
const RENEW = `
UPDATE outbox_leases SET expires_at = clock_timestamp() + $2 * interval '1 ms' WHERE holder = $1`;
const HELD = 'SELECT bucket, epoch FROM outbox_leases WHERE holder = $1 ORDER BY bucket';

/** FOR UPDATE waits for no effect of the former holder that is just being stored: such a bucket is left for later. */
const CLAIM = `
WITH free AS (
  SELECT bucket FROM outbox_leases WHERE holder IS NULL OR expires_at < clock_timestamp()
  ORDER BY bucket LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE outbox_leases l
SET holder = $1, epoch = epoch + 1, expires_at = clock_timestamp() + $2 * interval '1 ms'
FROM free WHERE l.bucket = free.bucket`;

const RELEASE = `
UPDATE outbox_leases SET holder = NULL, expires_at = NULL WHERE holder = $1 AND bucket = ANY ($2::smallint[])`;

/**
 * Who empties which bucket: one holder each, by the database's clock, the buckets shared evenly among the processes
 * that are there. A lease that ran out stays good until somebody takes it, because everything done under it names its
 * epoch and locks its row; so a holder that was paused, or lost the network, has no effect after it was overtaken.
 *
 * Every process announces what it subscribes to. While one is there, or was within `rememberMs`, that hands events to
 * a consumer which this process lacks (a newer version, as a rule), this process takes nothing off the queue: it would
 * take events away from that consumer.
 */
@Injectable()
export class OutboxLeases {
  readonly holder = randomUUID();

  constructor(
    private readonly database: Database,
    @Inject(BUS_OPTIONS) private readonly options: BusOptions,
  ) {}

  /** Keeps what is held, takes what is free up to a fair share, gives back idle buckets above it. */
  async renew(audience: Audience, busy: ReadonlySet<number>): Promise<Holding> {
    const { leaseMs, rememberMs } = this.options;
    return this.database.transaction(async (tx) => {
      await this.run(tx, 'forget', FORGET, []);
      await this.run(tx, 'announce', ANNOUNCE, [audience.subscriptions, leaseMs, rememberMs]);
      const [others] = await this.run<{ live: number; ahead: boolean }>(tx, 'others', OTHERS, [
        audience.subscriptions,
      ]);
      if (others === undefined) throw new Error('Counting the relays gave no row.');
      const share = others.ahead ? 0 : Math.ceil(OUTBOX_BUCKETS / (others.live + 1));
      await this.run(tx, 'renew', RENEW, [leaseMs]);
      const held = await this.held(tx);
      const surplus = held
        .filter((lease) => !busy.has(lease.bucket))
        .slice(0, Math.max(0, held.length - share));
      if (surplus.length > 0) await this.release(tx, surplus);
      if (held.length < share) await this.run(tx, 'claim', CLAIM, [leaseMs, share - held.length]);
      return { leases: await this.held(tx), standDown: others.ahead };
    });
  }

  /** Gives everything back at once; nothing may be in hand any more. What it subscribed to stays remembered. */
  async leave(): Promise<void> {
    await this.database.transaction(async (tx) => {
      const held = await this.held(tx);
      await this.release(tx, held);
      await this.run(
        tx,
        'left',
        'UPDATE outbox_relays SET expires_at = clock_timestamp() WHERE holder = $1',
        [],
      );
    });
  }

  private async held(tx: Tx): Promise<Lease[]> {
    return this.run<Lease>(tx, 'held', HELD, []);
  }

  private async release(tx: Tx, leases: readonly Lease[]): Promise<void> {
    await this.run(tx, 'release', RELEASE, [leases.map((lease) => lease.bucket)]);
  }

  private async run<T>(tx: Tx, name: string, text: string, values: readonly unknown[]): Promise<T[]> {
    return tx.query<T>({ name: `outbox-${name}`, text, values: [this.holder, ...values] });
  }
}
