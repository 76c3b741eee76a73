import type { Client } from 'pg';
import { migrate } from '../../../src/platform/database/migrate';
import { COPIED, copyPeople } from './copy-people';
import { connect, emptied } from './connect';
import { withInstallation } from './installation';
import { FILLS, ORDINARY_INDEXES, ORDINARY_SCHEMA } from './ordinary-schema';
import { type BenchClient, insertSettings } from './settings';

/** Two, as the benchmark's machine has processors. */
const LANES = 2;

export interface Seeded {
  population: number;
  client: BenchClient;
}

/**
 * Migrates an empty database and fills it. The server must be one that may lose what it has (no fsync, minimal WAL):
 * tables are filled bare and get their indexes and constraints afterwards.
 */
export async function seed(url: string, kekFile: string, population: number): Promise<Seeded> {
  await migrate(url);
  return withInstallation(url, kekFile, async (keyring) => {
    const client = await connect(url);
    try {
      const benchClient = await insertSettings(client);
      await client.query(ORDINARY_SCHEMA);
      const restore = await dropConstraints(client, [
        ...Object.keys(COPIED),
        ...FILLS.map(({ table }) => table),
      ]);
      await copyPeople(url, keyring, population, benchClient.id);
      const past = {
        clientId: benchClient.id,
        eventsSince: '2026-11-01T00:00:00Z',
      };
      await inLanes(
        url,
        FILLS.map(({ table, sql }) => ['BEGIN', ...emptied(table), sql(past), 'COMMIT']),
      );
      await inLanes(
        url,
        [...restore.indexes, ...ORDINARY_INDEXES].map((statement) => [statement]),
      );
      for (const statement of restore.foreignKeys) await client.query(statement);
      await inLanes(
        url,
        (await tablesOf(client)).map((table) => [`VACUUM (FREEZE, ANALYZE) ${table}`]),
      );
      return { population, client: benchClient };
    } finally {
      await client.end();
    }
  });
}

/** The longest work comes first in the list, so that the lanes end at about the same time. */
async function inLanes(url: string, works: readonly (readonly string[])[]): Promise<void> {
  const waiting = [...works];
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      const client = await connect(url);
      try {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          for (const statement of next) await client.query(statement);
        }
      } finally {
        await client.end();
      }
    }),
  );
}

/** Takes indexes and constraints away and returns the statements that bring them back, indexes by table. */
async function dropConstraints(
  client: Client,
  tables: readonly string[],
): Promise<{ indexes: string[]; foreignKeys: string[] }> {
  const constraints = await client.query<{ table: string; name: string; definition: string; type: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition, contype AS type
     FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[]))
     ORDER BY contype = 'f' DESC`,
    [tables],
  );
  const add = ({ table, name, definition }: (typeof constraints.rows)[number]) =>
    `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`;
  for (const { table, name } of constraints.rows) {
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  }
  const indexes = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
     FROM pg_index WHERE indrelid = ANY ($1::regclass[])`,
    [tables],
  );
  for (const { name } of indexes.rows) await client.query(`DROP INDEX ${name}`);
  return {
    indexes: [
      ...constraints.rows.filter(({ type }) => type !== 'f').map(add),
      // As a statement of its own `ON ONLY` would leave the partitions without the index.
      ...indexes.rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON ')),
    ],
    foreignKeys: constraints.rows.filter(({ type }) => type === 'f').map(add),
  };
}

async function tablesOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'ordinary'::regnamespace)
     ORDER BY pg_relation_size(oid) DESC`,
  );
  return rows.map(({ name }) => name);
}
