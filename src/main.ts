import 'reflect-metadata';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module';
import { type Config, loadConfig } from './config/load-config';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './platform/database/embedded-postgres';
import { migrate } from './platform/database/migrate';
import { Lifecycle } from './platform/health/lifecycle';
import { createHttpApp } from './platform/http/http-app';
import { createLogger } from './platform/observability/logger';

/** API.md, "Starting it": SIGTERM ends within 10 s. Whatever hangs by then is left behind. */
const STOP_DEADLINE_MS = 9_500;

/** Time for whoever called `serve` to say what went wrong. */
const LEFTOVERS_MS = 500;

/** What runs, and has to be stopped in the opposite order. */
interface Running {
  app?: NestFastifyApplication;
  postgres?: EmbeddedPostgres;
}

/**
 * Serves until SIGTERM or SIGINT: database, migrations, keys, settings, HTTP. Resolves when it listens.
 * @throws an error whose message is one line where it cannot serve; nothing of it is left running then.
 */
export async function serve(): Promise<void> {
  const config = loadConfig();
  const log = createLogger(config.logLevel);
  const running: Running = {};
  const started = start(config, log, running);
  stopOnSignal(started, running, log);
  try {
    await started;
  } catch (error) {
    await stop(running);
    // An application that failed halfway has no handle to close it by: what it left open must not hold the process.
    setTimeout(() => process.exit(), LEFTOVERS_MS).unref();
    throw error;
  }
  announce(config, running);
}

async function start(config: Config, log: Logger, running: Running): Promise<void> {
  let { url } = config.database;
  if (url === undefined) {
    running.postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
    ({ url } = running.postgres);
  }
  await migrate(url);
  running.app = await createHttpApp(AppModule.forRoot({ config, databaseUrl: url, log }), log);
  await running.app.listen(config.http.port, config.http.host);
}

/** The database last: everything before it may still have something to write. */
async function stop(running: Running): Promise<void> {
  await running.app?.close();
  await running.postgres?.stop();
}

/** A signal during the start waits for its end, so that no half-started part stays behind. */
function stopOnSignal(started: Promise<void>, running: Running, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'Stopping.');
    setTimeout(() => {
      log.error({ signal }, 'Something did not stop in time.');
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    running.app?.get(Lifecycle).refuseNewWork();
    started
      .catch(() => undefined)
      .then(() => running.app?.get(Lifecycle).answerLastQuestions())
      .then(() => stop(running))
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'The stop failed.');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** For whoever started it by hand: where it is, and the first thing to do. */
function announce(config: Config, { app }: Running): void {
  const { port } = (app?.getHttpServer() as { address(): AddressInfo }).address();
  const { host } = config.http;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  const { adminKeyFile, bootstrapAdminKey } = config.auth;
  const lines = [`Quietline is at ${url} (API to browse: ${url}/docs)`];
  if (bootstrapAdminKey !== undefined) {
    lines.push(
      'The admin key is what BOOTSTRAP_ADMIN_KEY says. The first client:',
      ...curl(url, '$BOOTSTRAP_ADMIN_KEY'),
    );
  } else if (existsSync(adminKeyFile)) {
    const quoted = `'${adminKeyFile.replaceAll("'", `'\\''`)}'`;
    lines.push(`The admin key is in ${adminKeyFile}. The first client:`, ...curl(url, `$(cat ${quoted})`));
  } else {
    lines.push('The admin key was made when this database was; set BOOTSTRAP_ADMIN_KEY to add another.');
  }
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

function curl(url: string, key: string): string[] {
  const body = JSON.stringify({ name: 'First dialer', kind: 'system', roles: ['dialer'] });
  return [
    `  curl -sS ${url}/v1/clients -H "Authorization: Bearer ${key}" \\`,
    `    -H 'Content-Type: application/json' -d '${body}'`,
  ];
}
