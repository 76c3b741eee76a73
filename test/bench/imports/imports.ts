import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Cluster, openCluster } from '../cluster';
import { cpuOfChildren } from '../measure';
import { Server } from '../processes';
import { printProfile } from '../profile';
import { roundStart } from '../seeding/population';
import { type BenchList, listsOf } from './lists';
import { copySeconds, Loading } from './loading';
import { type Latencies, Pace } from './pace';

/** Whom decisions are asked about, and who is known when lists come. */
const POPULATION = 20_000;
const MOST_ROWS = 100_000_000;
/** A new process is slower until its code is compiled for what it does. */
const WARM_MS = 5_000;
const IDLE_MS = 10_000;
const ROUND = 1;

type Say = (line: string) => void;

/** Processor time in seconds. On a machine that has other work to do it says more than the clock does. */
interface Cpu {
  gateway: number;
  database: number;
}

interface Figures {
  subject: BenchList['subject'];
  seconds: number;
  copySeconds: number;
  /** Of a row, in microseconds, without what the decisions took. */
  cpu: Cpu;
  decisions: Latencies;
}

/** `npm run bench -- imports`: how fast lists load beside `COPY`, and what decisions feel of it, all in one run. */
export async function benchImports(args: readonly string[], say: Say): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const rows = Number(values.rows);
  if (!Number.isInteger(rows) || rows < 1 || rows > MOST_ROWS) {
    throw new Error('--rows must be a whole number.');
  }
  const stops: (() => Promise<void> | void)[] = [];
  const stopAll = async (): Promise<void> => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().finally(() => process.exit(1)));
  }
  try {
    const cluster = await openCluster(POPULATION, undefined, say);
    stops.push(() => cluster.close());
    const { gateway, loading, pace } = await open(cluster, stops);
    const lists = listsOf(rows, POPULATION);
    if (values.profile) await profileLists(cluster, { gateway, loading, lists, rows });
    else await compareLists(cluster, { gateway, loading, pace, lists, rows, json: values.json, say });
  } finally {
    await stopAll();
  }
}

async function open(
  { large, dataDir, kekFile }: Cluster,
  stops: (() => Promise<void> | void)[],
): Promise<{ gateway: Server; loading: Loading; pace: Pace }> {
  const keys = await Loading.clients(large.url);
  const own = join(dataDir, 'gateway');
  await mkdir(own, { recursive: true });
  const gateway = await Server.start('gateway', 'gateway.js', { url: large.url, dataDir: own, kekFile });
  stops.push(() => gateway.stop());
  await gateway.order({ kind: 'round', startsAt: roundStart(ROUND) });
  const pace = new Pace(gateway.port, large);
  stops.push(() => pace.close());
  return { gateway, loading: Loading.at(gateway.port, keys), pace };
}

async function compareLists(
  { large, server }: Cluster,
  of: {
    gateway: Server;
    loading: Loading;
    pace: Pace;
    lists: BenchList[];
    rows: number;
    json: boolean;
    say: Say;
  },
): Promise<void> {
  const { gateway, loading, pace, lists, rows, json, say } = of;
  const spent = async <T>(work: () => Promise<T>): Promise<{ result: T; cpu: Cpu }> => {
    const before = { gateway: (await gateway.usage()).cpu, database: cpuOfChildren(server.pid) };
    const result = await work();
    const after = { gateway: (await gateway.usage()).cpu, database: cpuOfChildren(server.pid) };
    const cpu = { gateway: after.gateway - before.gateway, database: after.database - before.database };
    return { result, cpu };
  };
  await pace.during(pause(WARM_MS));
  const { result: idle, cpu: idleCpu } = await spent(() => pace.during(pause(IDLE_MS)));
  const figures: Figures[] = [];
  for (const list of lists) {
    const copy = await copySeconds(large.url, list);
    const { result, cpu } = await spent(async () => {
      const loaded = loading.load(list, rows);
      const decisions = await pace.during(loaded);
      return { decisions, seconds: await loaded };
    });
    const share = result.decisions.asked / idle.asked;
    const perRow = (part: keyof Cpu): number => ((cpu[part] - idleCpu[part] * share) * 1e6) / rows;
    const cpuOfRow = { gateway: perRow('gateway'), database: perRow('database') };
    figures.push({ subject: list.subject, ...result, copySeconds: copy, cpu: cpuOfRow });
    say(`Loaded ${rows.toLocaleString('en')} ${list.subject}.`);
  }
  process.stdout.write(`${tableOf(figures, idle, rows)}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ rows, idle, figures })}\n`);
}

/** Where the time of each load goes, in the gateway's process. */
async function profileLists(
  { dataDir }: Cluster,
  of: { gateway: Server; loading: Loading; lists: BenchList[]; rows: number },
): Promise<void> {
  const { gateway, loading, lists, rows } = of;
  for (const list of lists) {
    const file = join(dataDir, `${list.subject}.cpuprofile`);
    await gateway.order({ kind: 'profile', file });
    const seconds = await loading.load(list, rows);
    await gateway.order({ kind: 'profiled' });
    process.stdout.write(`\n${list.subject}: ${perSecond(rows, seconds)} rows/s\n`);
    await printProfile(file, rows);
  }
}

const HEADS = ['rows/s', 'COPY rows/s', 'gateway µs', 'database µs', 'p50 ms', 'p99 ms'] as const;
const NAME_WIDTH = 13;
const WIDTH = 12;

function tableOf(figures: readonly Figures[], idle: Latencies, rows: number): string {
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(NAME_WIDTH), ...cells.map((cell) => cell.padStart(WIDTH))].join('');
  const times = ({ p50, p99 }: Latencies): string[] => [p50.toFixed(1), p99.toFixed(1)];
  return [
    `${rows.toLocaleString('en')} rows each, processor time of a row, and decisions at 100 a second meanwhile:`,
    line('list', HEADS),
    ...figures.map(({ subject, seconds, copySeconds: copy, cpu, decisions }) =>
      line(subject, [
        perSecond(rows, seconds),
        perSecond(rows, copy),
        cpu.gateway.toFixed(0),
        cpu.database.toFixed(0),
        ...times(decisions),
      ]),
    ),
    line('none', ['', '', '', '', ...times(idle)]),
  ].join('\n');
}

const perSecond = (rows: number, seconds: number): string => Math.round(rows / seconds).toLocaleString('en');

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
