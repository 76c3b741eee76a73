import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres';
import { createLogger } from '../../src/platform/observability/logger';
import { seed, type Seeded } from './seeding/seed';

/** A database of the benchmark, ready to be asked. */
export interface BenchDatabase extends Seeded {
  url: string;
}

export interface Cluster {
  readonly server: EmbeddedPostgres;
  readonly dataDir: string;
  readonly kekFile: string;
  readonly large: BenchDatabase;
  readonly small: BenchDatabase;
  /** Stops the server; a directory that nobody named is removed. */
  close(): Promise<void>;
}

/** Loses everything in a crash, and is never measured: only for filling tables. */
const SEEDING = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '16GB',
  autovacuum: 'off',
  maintenance_work_mem: '1GB',
};

const SEEDED_FILE = 'seeded.json';

type Say = (line: string) => void;

/**
 * A server of our own with one database of the asked population and one of a tenth of it. Seeded once with a server
 * that needs not be durable; measured with the settings of the product, after everything was flushed to disk.
 */
export async function openCluster(population: number, keep: string | undefined, say: Say): Promise<Cluster> {
  const dataDir = keep ?? (await mkdtemp(join(tmpdir(), 'quietline-bench-')));
  const kekFile = join(dataDir, 'key-encryption-key');
  const log = createLogger('warn');
  try {
    const seeded = await seededIn(dataDir, kekFile, population, say);
    const server = await startEmbeddedPostgres({ dataDir, log });
    const measured = async (name: 'large' | 'small'): Promise<BenchDatabase> => ({
      ...seeded[name],
      url: databaseUrl(server.url, keep === undefined ? name : await copied(server.superuserUrl, name)),
    });
    return {
      server,
      dataDir,
      kekFile,
      large: await measured('large'),
      small: await measured('small'),
      close: async () => {
        await server.stop();
        if (keep === undefined) await rm(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    if (keep === undefined) await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** A run uses its people up, so what is kept for the next one is never asked itself. */
async function copied(superuserUrl: string, name: string): Promise<string> {
  const copy = `${name}_run`;
  await run(superuserUrl, `DROP DATABASE IF EXISTS ${copy}`);
  await run(superuserUrl, `CREATE DATABASE ${copy} TEMPLATE ${name} OWNER quietline STRATEGY FILE_COPY`);
  return copy;
}

interface SeededPair {
  large: Seeded;
  small: Seeded;
}

async function seededIn(dataDir: string, kekFile: string, population: number, say: Say): Promise<SeededPair> {
  const there = await readSeeded(dataDir, population);
  if (there !== undefined) return there;
  const made = await fill(dataDir, kekFile, population, say);
  await writeFile(join(dataDir, SEEDED_FILE), JSON.stringify(made));
  return made;
}

async function readSeeded(dataDir: string, population: number): Promise<SeededPair | undefined> {
  const text = await readFile(join(dataDir, SEEDED_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const seeded = JSON.parse(text) as SeededPair;
  if (seeded.large.population === population) return seeded;
  throw new Error(`${dataDir} holds ${seeded.large.population} people, not ${population}.`);
}

async function fill(dataDir: string, kekFile: string, population: number, say: Say): Promise<SeededPair> {
  const server = await startEmbeddedPostgres({ dataDir, log: createLogger('warn'), settings: SEEDING });
  try {
    const made: Partial<SeededPair> = {};
    for (const [name, people] of [
      ['large', population],
      ['small', population / 10],
    ] as const) {
      const since = performance.now();
      await run(server.superuserUrl, `CREATE DATABASE ${name} OWNER quietline`);
      made[name] = await seed(databaseUrl(server.url, name), kekFile, people);
      say(
        `Seeded ${people.toLocaleString('en')} people in ${((performance.now() - since) / 1_000).toFixed(0)} s.`,
      );
    }
    await run(server.superuserUrl, 'CHECKPOINT');
    const { large, small } = made;
    if (large === undefined || small === undefined) throw new Error('A database was not seeded.');
    return { large, small };
  } finally {
    await server.stop();
  }
}

export async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

function databaseUrl(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
