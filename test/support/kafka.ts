import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { SERVER_DIRECTORY } from './test-server';

const PROGRAM = join(__dirname, '../../scripts/kafka/broker.mjs');
const START_MS = 90_000;

/** A real Apache Kafka on loopback. */
export interface Broker {
  /** For `KAFKA_BROKERS`. */
  readonly brokers: string;
  /** Of the broker itself, for SIGKILL. */
  readonly pid: number;
  /** The jar files of its console tools. */
  readonly libraries: string;
}

/** A broker of one test's own, that may be stopped, killed and wiped. */
export interface OwnBroker extends Broker {
  readonly directory: string;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A prefix that no other test uses: all tests of a run share one broker, and none another's topics. */
export function topicPrefix(): string {
  return `t${randomBytes(6).toString('hex')}.`;
}

/** The broker of this run, started by the first test that asks; global tear-down stops it. */
export async function sharedBroker(): Promise<Broker> {
  const directory = join(sharedDirectory(), 'kafka');
  const ready = join(directory, 'broker.json');
  const first = await mkdir(directory).then(
    () => true,
    () => false,
  );
  if (first) {
    const child = launch(join(directory, 'files'), [], true);
    const broker = await announced(child);
    child.stdout?.destroy();
    child.unref();
    await writeFile(`${ready}.part`, JSON.stringify({ ...broker, launcher: child.pid }));
    await rename(`${ready}.part`, ready);
  }
  const deadline = performance.now() + START_MS;
  while (!existsSync(ready)) {
    if (performance.now() > deadline) throw new Error('The broker that another test starts did not come up.');
    await delay(100);
  }
  return JSON.parse(await readFile(ready, 'utf8')) as Broker;
}

/** Ends the shared broker, where there is one. */
export async function stopSharedBroker(): Promise<void> {
  const ready = join(sharedDirectory(), 'kafka', 'broker.json');
  if (!existsSync(ready)) return;
  const { pid, launcher } = JSON.parse(await readFile(ready, 'utf8')) as { pid: number; launcher: number };
  for (const one of [launcher, pid]) {
    try {
      // Nothing in it is worth an orderly end.
      process.kill(one, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** Removes the topics of one test, so that those of a run do not add up. */
export async function deleteTopics({ brokers }: Broker, prefix: string): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

/** Another broker, for what its neighbours must not suffer from. `directory` of one that was stopped restarts it. */
export async function startOwnBroker(
  options: { directory?: string; settings?: Readonly<Record<string, string>> } = {},
): Promise<OwnBroker> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'quietline-kafka-')));
  const settings = Object.entries(options.settings ?? {}).flatMap(([key, value]) => [
    '--set',
    `${key}=${value}`,
  ]);
  const child = launch(directory, settings, false);
  const broker = await announced(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    ...broker,
    directory,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      process.kill(broker.pid, 'SIGKILL');
      await ended;
    },
  };
}

/** Removes what a broker of one's own has stored; it must have ended. The ports stay its own. */
export async function wipe(broker: OwnBroker): Promise<void> {
  await rm(join(broker.directory, 'data'), { recursive: true, force: true });
}

function launch(directory: string, more: readonly string[], detached: boolean): ChildProcess {
  return spawn(process.execPath, [PROGRAM, '--dir', directory, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached,
  });
}

async function announced(child: ChildProcess): Promise<Broker> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) resolve(JSON.parse(said) as Broker);
    });
    child.once('exit', (code) => reject(new Error(`No broker: its program ended with ${code}.`)));
  });
}

function sharedDirectory(): string {
  const directory = process.env[SERVER_DIRECTORY];
  if (directory === undefined)
    throw new Error('The shared broker lives beside the test server, which is not there.');
  return directory;
}
