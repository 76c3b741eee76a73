import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Hold } from '../event-bus';

/** Waits for effects of the former holder that are just being stored, because they lock the row FOR KEY SHARE. */
const LOCK = `
SELECT id FROM partition_holds WHERE consumer = $1 AND topic = $2 AND partition = $3 FOR UPDATE`;

const TAKE = `
INSERT INTO partition_holds (consumer, topic, partition, epoch) VALUES ($1, $2, $3, 1)
ON CONFLICT (consumer, topic, partition) DO UPDATE SET epoch = partition_holds.epoch + 1
RETURNING id::text AS row, epoch::text AS epoch, begins::text AS begins`;

export interface PartitionHold extends Hold {
  /** The first offset that is the consumer's. */
  readonly begins: bigint;
}

/**
 * Who may have effects for a partition: the process that took it last. Kafka hands a partition over while its former
 * reader may still be at work, paused or cut off, and does not know of effects.
 */
@Injectable()
export class PartitionHolds {
  constructor(private readonly database: Database) {}

  async take(consumer: string, topic: string, partition: number): Promise<PartitionHold> {
    return this.database.transaction(async (tx) => {
      const values = [consumer, topic, partition];
      await tx.query({ name: 'partition-lock', text: LOCK, values });
      const [hold] = await tx.query<{ row: string; epoch: string; begins: string }>({
        name: 'partition-take',
        text: TAKE,
        values,
      });
      if (hold === undefined) throw new Error('Taking a partition gave no row.');
      const { row, epoch, begins } = hold;
      return { table: 'partition_holds', row, epoch, begins: BigInt(begins) };
    });
  }
}
