import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What carrying events by Kafka needs: the order of events stays with them, so that a broker that was lost can be
 * refilled in it (RULINGS 16); what travels with an event and is not kept; who may act for a partition; which topics
 * were made, so that one that is gone is noticed.
 */
export class CarryEventsOnKafka1763601900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
-- The place in the outbox that the event was queued at: orders the events of one key. Null before this version, where
-- the ids order them.
ALTER TABLE events ADD COLUMN seq bigint;

-- CloudEvents extension attributes, each a string. They leave with the event, and with this row they are gone.
ALTER TABLE outbox ADD COLUMN attributes json;

CREATE TABLE partition_holds (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- Of the consumer group: the prefix tells two installations apart that are tested on one database.
  consumer text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  -- Grows with every process that the partition is handed to; what is done under an older one has no effect.
  epoch bigint NOT NULL,
  -- The first offset that is the consumer's: it was there before what came earlier was published.
  begins bigint NOT NULL DEFAULT 0,
  CONSTRAINT pk_partition_holds PRIMARY KEY (id),
  CONSTRAINT uq_partition_holds_partition UNIQUE (consumer, topic, partition)
);

CREATE TABLE kafka_topics (
  name text NOT NULL,
  -- Of the cluster that it was last made or found in.
  cluster_id text NOT NULL,
  partitions integer NOT NULL,
  made_at timestamptz NOT NULL,
  CONSTRAINT pk_kafka_topics PRIMARY KEY (name)
);`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
