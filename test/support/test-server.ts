import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DAY, HOUR } from '../../src/domain/time/instant';
import { processIdentity } from '../../src/platform/database/embedded/process-identity';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres';
import { migrate } from '../../src/platform/database/migrate';
import { createLogger } from '../../src/platform/observability/logger';

/** The migrated database that every test database is cloned from. */
export const TEMPLATE = 'quietline_template';

/** How a test process finds the server that global set-up started in another one. */
export const SERVER_URL = 'QUIETLINE_TEST_SERVER_URL';
/** The directory of that server, and the file in it that says that a test has failed. */
export const SERVER_DIRECTORY = 'QUIETLINE_TEST_SERVER_DIRECTORY';
export const FAILED_FILE = 'kept-databases';

const PREFIX = 'quietline-test-';

export interface TestServer {
  readonly directory: string;
  readonly server: EmbeddedPostgres;
}

/** Starts one real PostgreSQL for a run of the tests, with the template in it. */
export async function startTestServer(): Promise<TestServer> {
  await removeAbandoned();
  const directory = await mkdtemp(join(tmpdir(), PREFIX));
  try {
    const log = createLogger('error');
    const server = await startEmbeddedPostgres({
      dataDir: directory,
      log,
      settings: { shared_buffers: '128MB' },
    });
    try {
      await runAsSuperuser(server.superuserUrl, `CREATE DATABASE ${TEMPLATE} OWNER quietline`);
      await migrate(withDatabase(server.url, TEMPLATE));
      return { directory, server };
    } catch (error) {
      await server.stop();
      throw error;
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Runs that were killed have left their servers' data, and failed ones what nobody looked at within a day. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = join(tmpdir(), name);
    const { mtimeMs } = await stat(directory).catch(() => ({ mtimeMs: Date.now() }));
    const failed = await stat(join(directory, FAILED_FILE)).then(
      () => true,
      () => false,
    );
    if (Date.now() - mtimeMs < (failed ? DAY : HOUR) || (await isOwned(directory))) continue;
    await rm(directory, { recursive: true, force: true });
  }
}

async function isOwned(directory: string): Promise<boolean> {
  try {
    const owner = JSON.parse(await readFile(join(directory, 'postgres-owner'), 'utf8')) as {
      pid: number;
      identity: string;
    };
    return processIdentity(owner.pid) === owner.identity;
  } catch {
    return false;
  }
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

export async function runAsSuperuser(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
