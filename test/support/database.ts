import { randomBytes } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  FAILED_FILE,
  runAsSuperuser,
  SERVER_DIRECTORY,
  SERVER_URL,
  TEMPLATE,
  withDatabase,
} from './test-server';

/** A database of one test file, migrated and empty. */
export interface TestDatabase {
  /** As the product connects: the owner, no superuser. */
  readonly url: string;
  readonly superuserUrl: string;
  /** Cuts what is still connected and removes it; after a failed test it is kept and named at the end of the run. */
  drop(): Promise<void>;
}

/** Clones the template: some tens of milliseconds. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { owner, superuser } = testServerUrls();
  const file = basename(expect.getState().testPath ?? 'test')
    .replace(/\..*/, '')
    .replaceAll('-', '_');
  const name = `t_${file}_${randomBytes(4).toString('hex')}`;
  await runAsSuperuser(superuser, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} OWNER quietline`);
  const url = withDatabase(owner, name);
  return {
    url,
    superuserUrl: withDatabase(superuser, name),
    async drop() {
      if (anyTestFailed()) await keep(name);
      else await runAsSuperuser(superuser, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** An empty database without even the schema: for what makes one. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const { owner, superuser } = testServerUrls();
  const name = `t_empty_${randomBytes(6).toString('hex')}`;
  await runAsSuperuser(superuser, `CREATE DATABASE ${name} OWNER quietline`);
  return {
    url: withDatabase(owner, name),
    superuserUrl: withDatabase(superuser, name),
    drop: () => runAsSuperuser(superuser, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

function testServerUrls(): { owner: string; superuser: string } {
  const urls = process.env[SERVER_URL];
  if (urls === undefined)
    throw new Error('Only a project with the database global set-up has a test server.');
  return JSON.parse(urls) as { owner: string; superuser: string };
}

async function keep(name: string): Promise<void> {
  const directory = process.env[SERVER_DIRECTORY];
  if (directory === undefined) return;
  await appendFile(join(directory, FAILED_FILE), `  ${name} (${expect.getState().testPath ?? '?'})\n`);
}

interface CircusBlock {
  readonly children: readonly (CircusBlock | CircusTest)[];
}
interface CircusTest {
  readonly errors: readonly unknown[];
}

/** Jest tells a hook nothing of the tests before it; its runner keeps their errors in the state of the file. */
function anyTestFailed(): boolean {
  const symbol = Object.getOwnPropertySymbols(globalThis).find(
    (key) => key.description === 'JEST_STATE_SYMBOL',
  );
  if (symbol === undefined) return false;
  const state = (globalThis as unknown as Record<symbol, { rootDescribeBlock: CircusBlock }>)[symbol];
  return state !== undefined && failed(state.rootDescribeBlock);
}

function failed(node: CircusBlock | CircusTest): boolean {
  return 'children' in node ? node.children.some(failed) : node.errors.length > 0;
}
