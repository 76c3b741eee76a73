import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source';
import { diagnose, messageOf } from './database-error';
import { type MigrationClass, migrations } from './migrations';

/** The advisory lock of migrations: "QLmi" in ASCII. Locks are a database's own, so it collides with no other. */
const LOCK = 0x514c6d69;
const OLDEST_SERVER = 150_000;
const LOCK_POLL_MS = 50;

/** The database cannot be brought to this version; the message is one line that an operator can act on. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Brings a database to this version, each migration in a transaction of its own. Any number of processes may call
 * it at once: one migrates, the others wait and find nothing left to do.
 * @returns the names of the migrations that this call ran, oldest first.
 * @throws MigrationError when the database cannot be reached or is too old, or when a migration fails.
 */
export async function migrate(url: string, classes: MigrationClass[] = migrations): Promise<string[]> {
  const guard = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'quietline-migrate',
  });
  // Without the guard's session the lock is gone; the migration in hand is one transaction and may finish.
  guard.on('error', () => undefined);
  try {
    await connect(guard, url);
    await refuseOldServer(guard);
    await lock(guard);
    return await runPending(url, classes);
  } finally {
    await guard.end().catch(() => undefined);
  }
}

async function connect(guard: Client, url: string): Promise<void> {
  try {
    await guard.connect();
  } catch (cause) {
    const { hostname, port, pathname } = new URL(url);
    const why = diagnose(cause).reason ?? messageOf(cause);
    throw new MigrationError(
      `The database ${hostname}:${port || '5432'}${pathname} cannot be used: ${why}.`,
      { cause },
    );
  }
}

async function refuseOldServer(guard: Client): Promise<void> {
  const { rows } = await guard.query<{ number: number; name: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name`,
  );
  const server = rows[0];
  if (server !== undefined && server.number >= OLDEST_SERVER) return;
  throw new MigrationError(`The database is PostgreSQL ${server?.name ?? '?'}; 15 or newer is needed.`);
}

/**
 * Asked for again and again rather than waited for: a waiting statement holds a snapshot, for which a concurrent
 * index build of the one who migrates would wait in turn.
 */
async function lock(guard: Client): Promise<void> {
  for (;;) {
    const { rows } = await guard.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [LOCK]);
    if (rows[0]?.held === true) return;
    await delay(LOCK_POLL_MS);
  }
}

async function runPending(url: string, classes: MigrationClass[]): Promise<string[]> {
  const source = new DataSource({
    ...dataSourceOptions({ url, poolSize: 4 }),
    migrations: classes,
    applicationName: 'quietline-migrate',
    // A migration takes as long as the tables are large.
    extra: { options: '-c synchronous_commit=on' },
  } as ConstructorParameters<typeof DataSource>[0]);
  await source.initialize();
  try {
    const ran = await source.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } catch (cause) {
    throw new MigrationError(`A migration failed: ${messageOf(cause)}`, { cause });
  } finally {
    await source.destroy();
  }
}
