/**
 * Writes every file that is made from the code, or with `--check` says which of them are not what the code makes now.
 *
 *   node scripts/generated.mjs [--check]
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { asyncApiText } from './generate-asyncapi.mjs';
import { openApiDocument } from './generate-openapi.mjs';
import { problemsDocument } from './generate-problems.mjs';
import { rolesDocument } from './generate-roles.mjs';
import { servingDocument } from './generate-serving.mjs';
import { schemaDump } from './generate-schema.mjs';
import { load, root } from './typescript.mjs';

const generated = {
  'docs/asyncapi.json': () => asyncApiText(),
  'docs/openapi.json': (databaseUrl, dataDir) => openApiDocument(databaseUrl, dataDir),
  'docs/problems.md': () => problemsDocument(),
  'docs/roles.md': () => rolesDocument(),
  'docs/serving.md': () => servingDocument(),
  'migrations/schema.sql': (databaseUrl) => schemaDump(databaseUrl),
};

/** Runs the work with the URL of a database that has just been migrated, which is gone afterwards. */
async function withDatabase(work) {
  const { startEmbeddedPostgres } = load('src/platform/database/embedded-postgres');
  const { migrate } = load('src/platform/database/migrate');
  const { createLogger } = load('src/platform/observability/logger');
  const directory = await mkdtemp(join(tmpdir(), 'quietline-generate-'));
  try {
    const server = await startEmbeddedPostgres({
      dataDir: join(directory, 'data'),
      log: createLogger('warn'),
    });
    try {
      await migrate(server.url);
      return await work(server.url, join(directory, 'data'));
    } finally {
      await server.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function main() {
  const check = process.argv.includes('--check');
  const stale = [];
  await withDatabase(async (databaseUrl, dataDir) => {
    for (const [file, make] of Object.entries(generated)) {
      const path = join(root, file);
      const now = await make(databaseUrl, dataDir);
      const before = await readFile(path, 'utf8').catch(() => undefined);
      if (now === before) continue;
      stale.push(file);
      if (check) continue;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, now);
    }
  });
  if (stale.length > 0)
    console.log(`${check ? 'Out of date (npm run generate)' : 'Written'}: ${stale.join(', ')}`);
  // These two need no database and can be run by themselves.
  for (const script of ['generate-config-reference.mjs', 'build-number-plan.mjs']) {
    const { status } = spawnSync(
      process.execPath,
      [join(root, 'scripts', script), ...process.argv.slice(2)],
      {
        stdio: 'inherit',
      },
    );
    if (status !== 0) process.exitCode = 1;
  }
  if (check && stale.length > 0) process.exitCode = 1;
}

await main();
