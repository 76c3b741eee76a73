/**
 * A real Apache Kafka without a container: one broker of the published artifacts, which Maven brings once, on loopback.
 *
 *   node scripts/kafka/broker.mjs --dir DIRECTORY [--port N] [--set key=value …]
 *
 * Prints one JSON line `{brokers, controller, pid, libraries}` when it takes connections, and stops with SIGTERM. The directory
 * keeps the data: the same directory and port again is the same broker, restarted. Needs Java 17 and Maven.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../free-port.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/quietline/', import.meta.url));
const START_MS = 60_000;

/**
 * Becomes the broker, after leaving behind a watcher that holds the other end of our pipe. However we end, also by
 * kill -9, that pipe closes; the watcher then ends the broker, where this process number is still one. The watcher is
 * forked twice, so that the broker does not find a child that it never made.
 */
const BECOME_BROKER = `
exec 3<&0 </dev/null
me=$$
is_broker() { grep -qa kafka.Kafka "/proc/$me/cmdline" || ps -p "$me" -o args= | grep -q kafka.Kafka; }
(
  (
    while read -r line <&3; do :; done
    is_broker && kill -TERM "$me"
    tries=0
    while [ "$tries" -lt 80 ] && is_broker; do
      tries=$((tries + 1))
      sleep 0.1
    done
    is_broker && kill -KILL "$me"
  ) >/dev/null 2>&1 &
)
exec "$@" 3<&-
`;

/** The directory of the jar files, brought by Maven when it is not there. @throws Error saying what is missing. */
export function libraries() {
  const pom = join(here, 'pom.xml');
  const [, version] = /<version>(\d+\.\d+\.\d+)<\/version>/.exec(readFileSync(pom, 'utf8'));
  const directory = join(cache, `kafka-${version}`);
  if (existsSync(directory)) return directory;
  mkdirSync(cache, { recursive: true });
  // Moved into place whole, so that a run that was cut off, or another one at the same time, leaves nothing half done.
  const part = `${directory}.${process.pid}`;
  const { status, error, stderr, stdout } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${part}`],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    rmSync(part, { recursive: true, force: true });
    throw new Error(`Apache Kafka needs Maven to bring it: ${error?.message ?? `${stdout}${stderr}`}`);
  }
  if (existsSync(directory)) rmSync(part, { recursive: true, force: true });
  else renameSync(part, directory);
  return directory;
}

/**
 * Starts a broker in this directory; `settings` are added to its properties or replace them.
 * @returns `{brokers, controller, pid, libraries, ended, stop}`; `ended` resolves with its exit code.
 */
export async function startBroker({ directory, port, settings = {} }) {
  const jars = libraries();
  const known = join(directory, 'ports.json');
  mkdirSync(directory, { recursive: true });
  const ports = existsSync(known)
    ? JSON.parse(readFileSync(known, 'utf8'))
    : { broker: port ?? (await freePort()), controller: await freePort() };
  writeFileSync(known, JSON.stringify(ports));
  const file = join(directory, 'server.properties');
  writeFileSync(file, properties(directory, ports, settings));
  if (!existsSync(join(directory, 'data', 'meta.properties'))) format(jars, file);
  const child = launch(jars, file);
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  // The watcher may be gone before us.
  child.stdin.on('error', () => undefined);
  void ended.then(() => child.stdin.destroy());
  await started(child, ended);
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 8_000);
    await ended;
    clearTimeout(late);
  };
  return {
    brokers: `127.0.0.1:${ports.broker}`,
    controller: `127.0.0.1:${ports.controller}`,
    pid: child.pid,
    libraries: jars,
    ended,
    stop,
  };
}

function properties(directory, { broker, controller }, settings) {
  const all = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(directory, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    ...settings,
  };
  const text = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  return `${text.join('\n').replaceAll('{port}', String(broker)).replaceAll('{controller}', String(controller))}\n`;
}

function format(jars, file) {
  const run = (...args) =>
    spawnSync('java', ['-cp', join(jars, '*'), 'kafka.tools.StorageTool', ...args], { encoding: 'utf8' });
  const id = run('random-uuid').stdout.trim();
  const { status, stderr, error } = run('format', '--standalone', '-t', id, '-c', file);
  if (status !== 0) throw new Error(`Kafka's data directory cannot be made: ${error?.message ?? stderr}`);
}

function launch(jars, file) {
  const memory = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const command = ['java', ...memory, '-cp', join(jars, '*'), 'kafka.Kafka', file];
  // A group of its own: a ^C is for whoever started it, and who stands on it may stop first.
  return spawn('/bin/sh', ['-c', BECOME_BROKER, 'sh', ...command], { stdio: 'pipe', detached: true });
}

function started(child, ended) {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`Kafka did not start in time:\n${said.slice(-2_000)}`));
    }, START_MS);
    const listen = (chunk) => {
      said = (said + chunk).slice(-20_000);
      if (!said.includes('Kafka Server started')) return;
      clearTimeout(late);
      // What it says from now on is its own business; a full pipe would stop it.
      for (const stream of [child.stdout, child.stderr]) stream.off('data', listen).resume();
      resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', listen);
    child.once('error', reject);
    void ended.then((code) => {
      clearTimeout(late);
      reject(new Error(`Kafka ended with ${code}:\n${said.slice(-2_000)}`));
    });
  });
}

async function main() {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      port: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.dir === undefined) throw new Error('Name the directory of the broker: --dir DIRECTORY');
  const settings = Object.fromEntries(
    values.set.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const port = values.port === undefined ? undefined : Number(values.port);
  const broker = await startBroker({ directory: values.dir, port, settings });
  const { brokers, controller, pid, libraries: jars } = broker;
  process.stdout.write(`${JSON.stringify({ brokers, controller, pid, libraries: jars })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void broker.stop());
  process.exitCode = (await broker.ended) ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
