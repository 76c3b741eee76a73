import { Injectable } from '@nestjs/common';
import type { Counter, Gauge } from 'prom-client';
import { Database } from '../database/database';
import { Metrics } from '../observability/metrics';

/** `failed` is one try of several; the others are how an event ended for a consumer. */
export type DeliveryOutcome = 'handled' | 'duplicate' | 'parked' | 'failed' | 'dead';

export interface Backlog {
  queued: number;
  oldest_seconds: number;
  dead: number;
  parked: number;
}

const UNKNOWN: Backlog = { queued: NaN, oldest_seconds: NaN, dead: NaN, parked: NaN };

/** Counting stops here: a scrape must stay cheap exactly when the queue is long. */
const MOST_COUNTED = 1_000_000;

/** The oldest event is looked for at the head of each bucket only: below it the queue is in order. */
export const BACKLOG = `
SELECT
  (SELECT count(*) FROM (SELECT FROM outbox LIMIT ${MOST_COUNTED}) AS counted)::int AS queued,
  (SELECT coalesce(greatest(0, max(extract(epoch FROM clock_timestamp() - e.recorded_at))), 0)
   FROM outbox_leases l
   CROSS JOIN LATERAL (SELECT event_id FROM outbox WHERE bucket = l.bucket ORDER BY seq LIMIT 1) o
   CROSS JOIN LATERAL (SELECT recorded_at FROM events WHERE event_id = o.event_id LIMIT 1) e)::float8 AS oldest_seconds,
  (SELECT count(*) FROM dead_letters WHERE parked_behind IS NULL)::int AS dead,
  (SELECT count(*) FROM dead_letters WHERE parked_behind IS NOT NULL)::int AS parked`;

/** What an operator watches: a growing queue, an old head, any dead letter, buckets that nobody empties. */
@Injectable()
export class BusMetrics {
  private readonly deliveries: Counter<'consumer' | 'outcome'>;
  private readonly left: Counter<'how'>;
  private readonly leases: Gauge;

  constructor(metrics: Metrics, database: Database) {
    this.deliveries = metrics.counter({
      name: 'quietline_bus_deliveries_total',
      help: 'Events handed to consumers, by what became of them.',
      labels: ['consumer', 'outcome'],
    });
    this.left = metrics.counter({
      name: 'quietline_outbox_events_total',
      help: 'Events that left the outbox: published, or passed because nobody subscribes to their type.',
      labels: ['how'],
    });
    this.leases = metrics.gauge({
      name: 'quietline_outbox_leases_held',
      help: 'Buckets of the outbox that this process empties.',
    });
    this.exposeBacklog(metrics, database);
  }

  delivered(consumer: string, outcome: DeliveryOutcome): void {
    this.deliveries.inc({ consumer, outcome });
  }

  leftOutbox(how: 'published' | 'passed', count: number): void {
    if (count > 0) this.left.inc({ how }, count);
  }

  holds(leases: number): void {
    this.leases.set(leases);
  }

  /** One query a scrape, shared by the gauges; while the database is away they say NaN, not a stale level. */
  private exposeBacklog(metrics: Metrics, database: Database): void {
    let asked: Promise<Backlog> | undefined;
    const backlog = (): Promise<Backlog> =>
      (asked ??= database
        .query<Backlog>(BACKLOG)
        .then(
          ([row]) => row ?? UNKNOWN,
          () => UNKNOWN,
        )
        .finally(() => (asked = undefined)));
    metrics.gauge(
      {
        name: 'quietline_outbox_depth',
        help: `Events that wait in the outbox, counted up to ${MOST_COUNTED}.`,
      },
      async (gauge) => gauge.set((await backlog()).queued),
    );
    metrics.gauge(
      {
        name: 'quietline_outbox_oldest_age_seconds',
        help: 'Age of the oldest event that waits in the outbox.',
      },
      async (gauge) => gauge.set((await backlog()).oldest_seconds),
    );
    metrics.gauge(
      {
        name: 'quietline_dead_letters',
        help: 'Events that a consumer could not handle, and those parked behind them.',
        labels: ['state'],
      },
      async (gauge) => {
        const { dead, parked } = await backlog();
        gauge.set({ state: 'dead' }, dead);
        gauge.set({ state: 'parked' }, parked);
      },
    );
  }
}
