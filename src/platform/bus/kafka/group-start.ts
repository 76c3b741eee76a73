import { Injectable } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { Database } from '../../database/database';

/**
 * Where a consumer begins in a topic that was there before it: at what is published from now on. Kept beside the holds
 * and not with the group, whose place is lost with its broker; a topic that was made anew is read from its beginning.
 */
@Injectable()
export class GroupStart {
  constructor(
    private readonly kafka: Kafka,
    private readonly database: Database,
  ) {}

  /** Fixes the beginning for topics that this consumer never read; does nothing for any other. The topics exist. */
  async ensure(consumer: string, topics: readonly string[]): Promise<void> {
    const rows = await this.database.query<{ topic: string }>(
      'SELECT DISTINCT topic FROM partition_holds WHERE consumer = $1',
      [consumer],
    );
    const known = new Set(rows.map((row) => row.topic));
    const unread = topics.filter((topic) => !known.has(topic));
    if (unread.length === 0) return;
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      for (const topic of unread) {
        const ends = await admin.fetchTopicOffsets(topic);
        await this.database.query(
          `INSERT INTO partition_holds (consumer, topic, partition, epoch, begins)
           SELECT $1, $2, partition, 0, begins FROM unnest($3::int[], $4::bigint[]) AS i (partition, begins)
           ON CONFLICT DO NOTHING`,
          [consumer, topic, ends.map((end) => end.partition), ends.map((end) => end.high)],
        );
      }
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}
