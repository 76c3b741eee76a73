import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { TestDatabase } from './database';

/** Looks into a test's database past everything that the product would hide. */
export async function queryRows<T>(
  database: TestDatabase,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query(sql, values);
    return rows as T[];
  } finally {
    await client.end();
  }
}

/** A lock that a test holds from outside, to stop the product at a known place. */
export interface HeldLock {
  /** Until somebody, or so many, wait for a lock in this database. */
  waitForWaiter(count?: number): Promise<void>;
  release(): Promise<void>;
}

/** Runs a statement that takes a lock, in a session and a transaction of its own. */
export async function holdLock(database: TestDatabase, sql: string): Promise<HeldLock> {
  const client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query(sql);
  return {
    async waitForWaiter(count = 1) {
      for (;;) {
        const waiting = await queryRows(
          database,
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        if (waiting.length >= count) return;
        await delay(5);
      }
    },
    async release() {
      await client.end();
    },
  };
}
