import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { InboundTopic } from '../../contracts/inbound-topics';
import { Database } from '../../platform/database/database';
import { Metrics } from '../../platform/observability/metrics';

/** How a record ended: questions are `decided` or `rejected`, everything else `handled`, `parked` or `dead`. */
export type RecordOutcome = 'decided' | 'rejected' | 'handled' | 'parked' | 'dead' | 'duplicate';

interface Waiting {
  dead: number;
  parked: number;
}

const UNKNOWN: Waiting = { dead: NaN, parked: NaN };
/** Counting stops here: a scrape must stay cheap. */
const MOST_COUNTED = 100_000;

const WAITING = `
SELECT count(*) FILTER (WHERE parked_behind IS NULL)::int AS dead,
  count(*) FILTER (WHERE parked_behind IS NOT NULL)::int AS parked
FROM (SELECT parked_behind FROM inbound_letters WHERE state = 'waiting' LIMIT ${MOST_COUNTED}) AS counted`;

/** What an operator watches: what comes in, and letters that wait for somebody. */
@Injectable()
export class FrontDoorMetrics {
  private readonly records: Counter<'topic' | 'outcome'>;

  constructor(metrics: Metrics, database: Database) {
    this.records = metrics.counter({
      name: 'quietline_inbound_records_total',
      help: 'Records of the inbound topics, by what became of them.',
      labels: ['topic', 'outcome'],
    });
    metrics.gauge(
      {
        name: 'quietline_inbound_letters',
        help: 'Records that could not be handled and wait for somebody, and those parked behind them.',
        labels: ['state'],
      },
      async (gauge) => {
        const [{ dead, parked } = UNKNOWN] = await database.query<Waiting>(WAITING).catch(() => [UNKNOWN]);
        gauge.set({ state: 'dead' }, dead);
        gauge.set({ state: 'parked' }, parked);
      },
    );
  }

  ended(topic: InboundTopic, outcome: RecordOutcome): void {
    this.records.inc({ topic, outcome });
  }
}
