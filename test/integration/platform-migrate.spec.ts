import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate, MigrationError } from '../../src/platform/database/migrate';
import { type MigrationClass, migrations } from '../../src/platform/database/migrations';
import { createEmptyDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/proofs/eventually';

class CreateFacts1763000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE facts (id int)');
  }
  down(): Promise<void> {
    return Promise.reject(new Error('Forward only.'));
  }
}

/** An index built beside running work, which waits for every older snapshot: so nobody may wait with one. */
class IndexFacts1763000000001 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX CONCURRENTLY ix_facts ON facts (id)');
  }
  down(): Promise<void> {
    return Promise.reject(new Error('Forward only.'));
  }
}

class Broken1763000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (id int)');
    await runner.query('CREATE TABLE broken (id nonsense)');
  }
  down(): Promise<void> {
    return Promise.reject(new Error('Forward only.'));
  }
}

const SMALL: MigrationClass[] = [CreateFacts1763000000000, IndexFacts1763000000001];

describe('migrate', () => {
  let owned: TestDatabase;

  beforeEach(async () => {
    owned = await createEmptyDatabase();
  });
  afterEach(() => owned.drop());

  it.each<[string, MigrationClass[]]>([
    ['an index built concurrently', SMALL],
    ['the migrations of the product', migrations],
  ])('is safe when twenty start at once: %s', async (_, classes) => {
    const ran = await Promise.all(Array.from({ length: 20 }, () => migrate(owned.url, classes)));
    const names = classes.map((one) => one.name);
    expect(ran.filter((each) => each.length > 0)).toEqual([names]);
    expect(await column('SELECT name FROM migrations ORDER BY id')).toEqual(names);
  });

  it('runs only what is missing, and nothing the second time', async () => {
    expect(await migrate(owned.url, SMALL.slice(0, 1))).toEqual(['CreateFacts1763000000000']);
    expect(await migrate(owned.url, SMALL)).toEqual(['IndexFacts1763000000001']);
    expect(await migrate(owned.url, SMALL)).toEqual([]);
  });

  it('keeps nothing of a migration that fails, and what came before it', async () => {
    const run = migrate(owned.url, [...SMALL, Broken1763000000002]);
    await expect(run).rejects.toThrow(MigrationError);
    await expect(run).rejects.toThrow(/type "nonsense" does not exist/);
    const tables = await column(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
    expect(tables).toEqual(['facts', 'migrations']);
  });

  it('gives its lock back', async () => {
    await migrate(owned.url, SMALL);
    // The server is shared with other test files; the session that held it may end a moment later.
    const held = `SELECT pid::text FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await eventually('nobody holds it', async () => (await column(held)).length === 0);
    expect(await column(held)).toEqual([]);
  });

  it('says in one line that the database cannot be reached, without the password', async () => {
    await expect(migrate('postgresql://u:secret@127.0.0.1:9/nothing')).rejects.toThrow(
      /^The database 127\.0\.0\.1:9\/nothing cannot be used: it cannot be reached \(ECONNREFUSED\)\.$/,
    );
  });

  it('says in one line that the password is wrong', async () => {
    const wrong = new URL(owned.url);
    wrong.password = 'wrong';
    await expect(migrate(wrong.href)).rejects.toThrow(/cannot be used: password authentication failed/);
  });

  async function column(sql: string): Promise<string[]> {
    const client = new Client({ connectionString: owned.superuserUrl });
    await client.connect();
    try {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
      return rows.map((row) => String(row[0]));
    } finally {
      await client.end();
    }
  }
});
