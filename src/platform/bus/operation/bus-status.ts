import { Inject, Injectable } from '@nestjs/common';
import type { Instant } from '../../../domain/time/instant';
import { Database } from '../../database/database';
import { BACKLOG, type Backlog } from '../bus-metrics';
import { BROKER_WATCH, type BrokerWatch, type BrokerView } from './broker-watch';

/** Who empties the outbox. */
export interface RelayView {
  holder: string;
  buckets: number;
  /** False: it has not renewed in time and may be overtaken. */
  live: boolean;
  until: Instant;
}

export interface BusView {
  outbox: { depth: number; oldestSeconds: number };
  consumers: { consumer: string; dead: number; parked: number; replaysPending: number }[];
  relays: RelayView[];
  /** Buckets that nobody holds. */
  unheld: number;
  /** Undefined without Kafka. */
  kafka: BrokerView | undefined;
}

const CONSUMERS = `
SELECT consumer, sum(dead)::int AS dead, sum(parked)::int AS parked, sum(pending)::int AS "replaysPending"
FROM (
  SELECT consumer, (parked_behind IS NULL)::int AS dead, (parked_behind IS NOT NULL)::int AS parked, 0 AS pending
  FROM dead_letters
  UNION ALL
  SELECT consumer, 0, 0, 1 FROM letter_replays WHERE done_at IS NULL
) AS each
GROUP BY consumer ORDER BY consumer`;

const RELAYS = `
SELECT r.holder, (SELECT count(*)::int FROM outbox_leases l WHERE l.holder = r.holder) AS buckets,
  r.expires_at > clock_timestamp() AS live, floor(extract(epoch FROM r.expires_at) * 1000)::float8 AS until
FROM outbox_relays r ORDER BY r.holder`;

const UNHELD = `SELECT count(*)::int AS count FROM outbox_leases WHERE holder IS NULL`;

/** What an operator asks first: is anything waiting, where, and behind what. */
@Injectable()
export class BusStatus {
  constructor(
    private readonly database: Database,
    @Inject(BROKER_WATCH) private readonly broker: BrokerWatch,
  ) {}

  async view(): Promise<BusView> {
    const [backlog] = await this.database.query<Backlog>(BACKLOG);
    const consumers = await this.database.query<BusView['consumers'][number]>(CONSUMERS);
    const relays = await this.database.query<RelayView>(RELAYS);
    const [unheld] = await this.database.query<{ count: number }>(UNHELD);
    if (backlog === undefined || unheld === undefined) throw new Error('A count gave no row.');
    return {
      outbox: { depth: backlog.queued, oldestSeconds: backlog.oldest_seconds },
      consumers,
      relays,
      unheld: unheld.count,
      kafka: await this.broker.view(),
    };
  }
}
