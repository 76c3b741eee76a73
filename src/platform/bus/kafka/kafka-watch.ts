import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Metrics } from '../../observability/metrics';
import type { BrokerView, BrokerWatch, Lag } from '../operation/broker-watch';
import type { KafkaLink } from './kafka-link';

/** The brokers are asked no oftener, however many ask. */
const KEPT_MS = 5_000;
/** Nobody who looks waits longer: a scrape must not hang because the brokers do. */
const PATIENCE_MS = 3_000;
const AWAY: BrokerView = { reachable: false, lags: [] };

/** How far the consumer groups of this installation are behind, as the brokers say. */
export class KafkaWatch implements BrokerWatch {
  private latest: { view: Promise<BrokerView>; since: number } | undefined;

  constructor(private readonly link: Pick<KafkaLink, 'kafka' | 'config'>) {}

  view(): Promise<BrokerView> {
    const { latest } = this;
    if (latest !== undefined && performance.now() - latest.since < KEPT_MS) return latest.view;
    const view = inTime(this.ask());
    this.latest = { view, since: performance.now() };
    return view;
  }

  /** While the brokers are away there is no lag to tell, and not a stale one. */
  expose(metrics: Metrics): void {
    metrics.gauge(
      { name: 'quietline_broker_reachable', help: 'Whether the brokers answered when they were last asked.' },
      async (gauge) => gauge.set((await this.view()).reachable ? 1 : 0),
    );
    metrics.gauge(
      {
        name: 'quietline_consumer_lag',
        help: 'Records of a partition that a consumer group has not dealt with.',
        labels: ['group', 'topic', 'partition'],
      },
      async (gauge) => {
        const { lags } = await this.view();
        gauge.reset();
        for (const { group, topic, partition, lag } of lags) {
          gauge.set({ group, topic, partition: String(partition) }, lag);
        }
      },
    );
  }

  private async ask(): Promise<BrokerView> {
    const admin = this.link.kafka.admin();
    try {
      await admin.connect();
      return { reachable: true, lags: await this.lags(admin) };
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  private async lags(admin: Admin): Promise<Lag[]> {
    const own = `${this.link.config.topicPrefix}quietline.`;
    const { groups } = await admin.listGroups();
    const ends = new Map<string, Map<number, { low: bigint; high: bigint }>>();
    const lags: Lag[] = [];
    for (const { groupId: group } of groups.filter(({ groupId }) => groupId.startsWith(own))) {
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group })) {
        const known = ends.get(topic) ?? (await endsOf(admin, topic));
        ends.set(topic, known);
        for (const { partition, offset } of partitions) {
          const end = known.get(partition);
          if (end === undefined) continue;
          // Nothing committed, or what was committed is no more: it begins at the oldest record.
          const place = BigInt(offset) < end.low ? end.low : BigInt(offset);
          lags.push({ group, topic, partition, lag: Number(end.high - place) });
        }
      }
    }
    return lags;
  }
}

async function endsOf(admin: Admin, topic: string): Promise<Map<number, { low: bigint; high: bigint }>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(
    offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]),
  );
}

/** Never rejects. */
async function inTime(asked: Promise<BrokerView>): Promise<BrokerView> {
  const late = delay(PATIENCE_MS, AWAY, { ref: false });
  return Promise.race([asked.catch(() => AWAY), late]);
}
