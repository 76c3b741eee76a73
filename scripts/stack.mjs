/**
 * Every role as a process of its own on this machine, with PostgreSQL and a real Apache Kafka.
 *
 *   npm run stack [-- --json]
 *
 * Takes the variables of `npm start`. `DATABASE_URL` and `KAFKA_BROKERS` name servers that are there; without them both are
 * started on `DATA_DIR` and stopped again. Each role gets a free port. `--json` prints one line when all are ready, and
 * nothing else to standard output; what goes wrong is said on standard error. A role or broker that dies is started
 * again; one that does not come up at the start ends the stack. SIGTERM and SIGINT stop everything within ten seconds.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.mjs';
import { startBroker } from './kafka/broker.mjs';
import { orExit, prepare, root } from './prepare.mjs';
import { RoleProcess } from './stack/role-process.mjs';

/** The way of a stop: the roles drain, then what they stand on ends; together under ten seconds. */
const ROLES_STOP_MS = 6_000;
const SERVERS_STOP_MS = 3_000;
const PARENT_POLL_MS = 500;
const BROKER_BACKOFF_MS = 1_000;

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const say = (line) => process.stderr.write(`${line}\n`);

orExit(prepare);
const require = createRequire(import.meta.url);
const load = (path) => require(join(root, 'dist/src', path));

/** In the order in which they are stopped. */
const running = { roles: [], broker: undefined, postgres: undefined };
let stopping;

async function main() {
  const config = load('config/load-config').loadConfig({ ...process.env, ROLE: 'all' });
  const databaseUrl = config.database.url ?? (await startPostgres(config));
  await load('platform/database/migrate').migrate(databaseUrl);
  const kafkaBrokers = config.kafka?.brokers.join(',') ?? (await startKafka(config.dataDir));
  if (stopping !== undefined) return;
  const env = {
    LOG_LEVEL: 'warn',
    // All of them are one installation, whatever ports they are given; the same one as `npm start` makes here.
    LEDGER_ORIGIN: config.ledgerOrigin,
    ...process.env,
    DATA_DIR: config.dataDir,
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: kafkaBrokers,
  };
  const { SERVICES } = load('contracts/serving');
  for (const role of SERVICES) {
    running.roles.push(new RoleProcess(role, await freePort(), env, say));
  }
  // The first of them makes the keys of an installation that is new.
  const [first, ...others] = running.roles;
  await first.begin();
  await Promise.all(others.map((role) => role.begin()));
  if (stopping !== undefined) return;
  announce({ config, databaseUrl, kafkaBrokers });
}

async function startPostgres(config) {
  const { startEmbeddedPostgres } = load('platform/database/embedded-postgres');
  const log = load('platform/observability/logger').createLogger('warn', process.stderr);
  running.postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  return running.postgres.url;
}

async function startKafka(dataDir) {
  const directory = join(dataDir, 'kafka');
  running.broker = await startBroker({ directory });
  void superviseKafka(directory);
  return running.broker.brokers;
}

/** The same directory and port again: nobody need be told. */
async function superviseKafka(directory) {
  while (stopping === undefined) {
    const code = await running.broker.ended;
    if (stopping !== undefined) return;
    say(`Kafka ended (${code}) and is started again.`);
    await delay(BROKER_BACKOFF_MS);
    if (stopping !== undefined) return;
    await startBroker({ directory }).then(
      (broker) => (running.broker = broker),
      (error) => say(error.message),
    );
  }
}

function announce({ config, databaseUrl, kafkaBrokers }) {
  const { bootstrapAdminKey, adminKeyFile } = config.auth;
  const adminKey =
    bootstrapAdminKey ??
    (existsSync(adminKeyFile) ? readFileSync(adminKeyFile, 'utf8').trim() : undefined) ??
    null;
  const roles = Object.fromEntries(running.roles.map(({ role, url }) => [role, url]));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ roles, databaseUrl, kafkaBrokers, adminKey })}\n`);
    return;
  }
  const rows = [
    ['role', 'address', 'pid', 'state'],
    ...running.roles.map(({ role, url, pid, state }) => [role, url, String(pid), state]),
    ['postgres', withoutPassword(databaseUrl), String(running.postgres?.pid ?? ''), 'ready'],
    ['kafka', kafkaBrokers, String(running.broker?.pid ?? ''), 'ready'],
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const key =
    bootstrapAdminKey !== undefined
      ? 'The admin key is what BOOTSTRAP_ADMIN_KEY says.'
      : adminKey === null
        ? 'The admin key was made when this database was; set BOOTSTRAP_ADMIN_KEY to add another.'
        : `The admin key is in ${adminKeyFile}.`;
  const where = 'Which path is whose: docs/serving.md. ^C stops everything.';
  process.stdout.write(`\n${table.join('\n')}\n\n${key}\n${where}\n\n`);
}

function withoutPassword(url) {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}

/** However often it is asked for, and whatever has been started by then. */
function stop() {
  stopping ??= (async () => {
    await Promise.all(running.roles.map((role) => role.stop(ROLES_STOP_MS)));
    await Promise.race([
      Promise.all([running.broker?.stop(), running.postgres?.stop()]),
      delay(SERVERS_STOP_MS, undefined, { ref: false }).then(() => {
        if (running.broker !== undefined) process.kill(running.broker.pid, 'SIGKILL');
        return running.postgres?.stop();
      }),
    ]);
  })();
  return stopping;
}

function stopOnSignal() {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      stop().then(
        () => process.exit(0),
        (error) => {
          say(error.message);
          process.exit(1);
        },
      );
    });
  }
  // npm passes signals on; when it is killed it cannot, and everything would be left behind unseen.
  if (process.env.npm_lifecycle_event !== 'stack') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS).unref();
}

stopOnSignal();
main().catch(async (error) => {
  say(error.message);
  await stop().catch(() => undefined);
  process.exit(1);
});
