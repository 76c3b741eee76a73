import type { Command } from 'commander';
import { loadConfig } from '../config/load-config';

/** Adds `quietline migrate`: brings the database of this environment to this version, and leaves. */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the database to this version (DATABASE_URL, or the embedded one in DATA_DIR)')
    .action(runMigrate);
}

/** Loaded only here: a scrub has no use for a database driver and starts the faster without. */
async function runMigrate(): Promise<void> {
  const { migrate } = await import('../platform/database/migrate');
  const config = loadConfig();
  if (config.database.url !== undefined) {
    report(await migrate(config.database.url));
    return;
  }
  const { startEmbeddedPostgres } = await import('../platform/database/embedded-postgres');
  const { createLogger } = await import('../platform/observability/logger');
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, log: createLogger(config.logLevel) });
  try {
    report(await migrate(server.url));
  } finally {
    await server.stop();
  }
}

function report(names: readonly string[]): void {
  const lines =
    names.length === 0 ? ['The database is at this version.'] : names.map((name) => `migrated ${name}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
