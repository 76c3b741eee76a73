import { Injectable } from '@nestjs/common';
import type { Admin, ITopicConfig, Kafka } from 'kafkajs';
import type { KafkaConfig } from '../../../config/load-config';
import { INBOUND_KEPT_MS, INBOUND_TOPICS } from '../../../contracts/inbound-topics';
import { OUTBOUND_KEPT_MS, type Topic, TOPICS } from '../../../contracts/topics';
import { DAY, HOUR } from '../../../domain/time/instant';
import { Database, type Tx } from '../../database/database';
import type { Log } from '../../observability/logger';
import { OutboxRefill } from './outbox-refill';

/** A segment is only removed when it is closed: with its own time what is personal is gone within a day (RULINGS 17). */
const INBOUND_SEGMENT_MS = 4 * HOUR;
/** Two processes that start at once must not both find a topic missing, and refill it twice. */
const LOCK = 'quietline/kafka-topics';

/**
 * The topics of this installation: made where they are missing, and refilled where they were there before (RULINGS 16).
 * The partitions of a topic never change, because the order of a person's events hangs on them.
 */
@Injectable()
export class KafkaTopics {
  private readonly outbound = Object.keys(TOPICS) as Topic[];

  constructor(
    private readonly kafka: Kafka,
    private readonly config: KafkaConfig,
    private readonly database: Database,
    private readonly refill: OutboxRefill,
    private readonly log: Log,
  ) {}

  /** @throws where brokers or database cannot be reached. */
  async ensure(): Promise<void> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      const names = [...this.outbound, ...INBOUND_TOPICS].map((topic) => this.config.topicPrefix + topic);
      const { clusterId, missing, known } = await this.refillLost(admin, names);
      if (missing.length === 0 && known.length === names.length) return;
      // Only now: before, nothing could be published that must stand behind what was lost.
      if (missing.length > 0) await admin.createTopics({ topics: missing.map((name) => this.make(name)) });
      await this.database.query(
        `INSERT INTO kafka_topics (name, cluster_id, partitions, made_at)
         SELECT name, $2, $3, clock_timestamp() FROM unnest($1::text[]) AS name
         ON CONFLICT (name) DO UPDATE SET cluster_id = excluded.cluster_id`,
        [names, clusterId, this.config.partitions],
      );
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /**
   * What is lost is queued again and forgotten as known in one transaction: whatever fails afterwards, nobody queues it
   * twice, and nobody makes the topic before.
   */
  private async refillLost(
    admin: Admin,
    names: readonly string[],
  ): Promise<{ clusterId: string; missing: string[]; known: string[] }> {
    return this.database.transaction(async (tx) => {
      await tx.query({
        text: `SELECT pg_advisory_xact_lock(hashtext($1)),
          set_config('idle_in_transaction_session_timeout', '0', true), set_config('statement_timeout', '0', true)`,
        values: [LOCK],
      });
      const { clusterId } = await admin.describeCluster();
      const there = new Set(await admin.listTopics());
      const rows = await tx.query<{ name: string; cluster_id: string }>({
        text: 'SELECT name, cluster_id FROM kafka_topics WHERE name = ANY ($1)',
        values: [names],
      });
      const missing = names.filter((name) => !there.has(name));
      const lost = rows
        .filter(({ name, cluster_id: cluster }) => cluster !== clusterId || !there.has(name))
        .map((row) => row.name);
      if (lost.length > 0) await this.refillFor(tx, lost);
      const known = rows.map((row) => row.name).filter((name) => !lost.includes(name));
      return { clusterId, missing, known };
    });
  }

  private async refillFor(tx: Tx, lost: readonly string[]): Promise<void> {
    const topics = this.outbound.filter((topic) => lost.includes(this.config.topicPrefix + topic));
    const types = topics.flatMap((topic) => [...TOPICS[topic]]);
    const count = types.length === 0 ? 0 : await this.refill.run(tx, types, OUTBOUND_KEPT_MS);
    // Offsets count from nought again.
    await tx.query({ text: 'UPDATE partition_holds SET begins = 0 WHERE topic = ANY ($1)', values: [lost] });
    await tx.query({ text: 'DELETE FROM kafka_topics WHERE name = ANY ($1)', values: [lost] });
    this.log.warn(
      { topics, events: count },
      'Topics that were there are gone: their events are published again.',
    );
  }

  private make(name: string): ITopicConfig {
    const inbound = INBOUND_TOPICS.some((topic) => this.config.topicPrefix + topic === name);
    const { partitions, replication } = this.config;
    const settings: Record<string, number | string> = {
      'cleanup.policy': 'delete',
      'retention.ms': inbound ? INBOUND_KEPT_MS : OUTBOUND_KEPT_MS,
      'segment.ms': inbound ? INBOUND_SEGMENT_MS : DAY,
      // What we wrote is kept from when it arrived, whatever the clocks of writers say.
      'message.timestamp.type': 'LogAppendTime',
      // Whatever a writer packs with, the broker packs anew: our client unpacks nothing else.
      ...(inbound ? { 'compression.type': 'gzip' } : {}),
      'min.insync.replicas': Math.max(1, replication - 1),
    };
    return {
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value: String(value) })),
    };
  }
}
