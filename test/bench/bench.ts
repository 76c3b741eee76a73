import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { benchBus } from './bus/bus';
import { Comparison } from './comparison';
import { type BenchDatabase, type Cluster, openCluster } from './cluster';
import { askedIndex, CALLER_ID, CAMPAIGN, numberOf, roundStart } from './seeding/population';
import { benchImports } from './imports/imports';
import { type Bench, measure, Watch } from './measure';
import { benchOptOut } from './optout/optout';
import { type BenchOptions, readOptions, USAGE } from './options';
import { LoadGenerator, Server } from './processes';
import { printProfile } from './profile';
import { cellKey, type Cells, figuresOf, tableOf } from './report';

/** A new process is several times slower until its code is compiled for what it does: so long nothing is measured. */
const COLD_SECONDS = 10;
/** Asked of both designs before anything is measured: whoever compares speeds must compare the same answers. */
const COMPARED = 200;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'optout') {
    benchOptOut(rest);
    return;
  }
  if (command === 'imports') return benchImports(rest, say);
  if (command === 'bus') return benchBus(rest, say);
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const cluster = await openCluster(options.people, options.data, say);
  const stops: (() => Promise<void>)[] = [() => cluster.close()];
  const stopAll = async (): Promise<void> => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().finally(() => process.exit(1)));
  }
  try {
    if (options.profile) await profile(cluster, options, stops);
    else await compare(cluster, options, stops);
  } finally {
    await stopAll();
  }
}

async function compare(
  cluster: Cluster,
  options: BenchOptions,
  stops: (() => Promise<void>)[],
): Promise<void> {
  const { large, small, kekFile } = cluster;
  const bench = await open(cluster, options, stops, large);
  const gateway = await startGateway('gateway', cluster, large, stops);
  const smallGateway = await startGateway('small gateway', cluster, small, stops);
  const ordinary = await started('ordinary', 'ordinary-way.js', { url: large.url, kekFile }, stops);
  await startRound(0, gateway, smallGateway, ordinary);
  const answer = await compareAnswers(large, gateway, ordinary);
  const empty = await started('empty', 'empty-handler.js', answer, stops);
  const watchSmall = await watching(small, stops);
  const comparison = new Comparison(
    bench,
    { large, small },
    { gateway, smallGateway, ordinary, empty },
    watchSmall,
  );
  await comparison.warmUp(COLD_SECONDS);
  // Round 0 was for comparing and warming up.
  for (let round = 1; round <= options.rounds; round++) {
    await startRound(round, gateway, smallGateway, ordinary);
    await comparison.round(round);
    say(`Round ${round} of ${options.rounds}.`);
  }
  const { cells, mostAsked } = comparison;
  if (mostAsked + COMPARED > large.population)
    say('Some people were asked twice in a round: use more people.');
  await checkStored(bench.watch, cells);
  process.stdout.write(`${tableOf(cells)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(figuresOf(cells))}\n`);
}

async function profile(
  cluster: Cluster,
  options: BenchOptions,
  stops: (() => Promise<void>)[],
): Promise<void> {
  const { large } = cluster;
  const bench = await open(cluster, options, stops, large);
  const gateway = await startGateway('gateway', cluster, large, stops);
  await startRound(0, gateway);
  const cell = {
    server: gateway,
    database: large,
    connections: 256,
    batch: 1,
    name: Date.now().toString(36),
  };
  const warm = await measure({ ...bench, seconds: COLD_SECONDS }, { ...cell, from: 0 });
  const file = join(cluster.dataDir, 'gateway.cpuprofile');
  await gateway.order({ kind: 'profile', file });
  const sample = await measure(bench, { ...cell, from: warm.next });
  await gateway.order({ kind: 'profiled' });
  process.stdout.write(`${tableOf(new Map([[cellKey('gateway', 256), [sample]]]))}\n`);
  await printProfile(file, sample.next - warm.next);
}

async function open(
  cluster: Cluster,
  options: BenchOptions,
  stops: (() => Promise<void>)[],
  database: BenchDatabase,
): Promise<Bench> {
  const watch = await watching(database, stops);
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    if ((await watch.setting(setting)) !== 'on')
      throw new Error(`${setting} is off: nothing would be durable.`);
  }
  const load = LoadGenerator.start();
  stops.push(() => load.stop());
  const { seconds, warmUpSeconds } = options;
  return { load, watch, postmaster: cluster.server.pid, seconds, warmUpSeconds };
}

async function watching(database: BenchDatabase, stops: (() => Promise<void>)[]): Promise<Watch> {
  const watch = await Watch.on(database.url);
  stops.push(() => watch.close());
  return watch;
}

async function startGateway(
  name: string,
  { dataDir, kekFile }: Cluster,
  { url }: BenchDatabase,
  stops: (() => Promise<void>)[],
): Promise<Server> {
  const own = join(dataDir, name.replace(' ', '-'));
  await mkdir(own, { recursive: true });
  return started(name, 'gateway.js', { url, dataDir: own, kekFile }, stops);
}

async function started(
  name: string,
  script: string,
  argument: unknown,
  stops: (() => Promise<void>)[],
): Promise<Server> {
  const server = await Server.start(name, script, argument);
  stops.push(() => server.stop());
  return server;
}

async function startRound(round: number, ...servers: Server[]): Promise<void> {
  for (const server of servers) await server.order({ kind: 'round', startsAt: roundStart(round) });
}

interface Answer {
  outcome: string;
  reasons: { code: string }[];
}

/** Both designs must answer alike, or their speeds say nothing. @returns an allow, which the empty handler repeats. */
async function compareAnswers(database: BenchDatabase, gateway: Server, ordinary: Server): Promise<Answer> {
  let allow: Answer | undefined;
  for (let count = 1; count <= COMPARED; count++) {
    const index = askedIndex(database.population - count, database.population);
    const [ours, theirs] = await Promise.all(
      [gateway, ordinary].map((server) => askOnce(server, database, index)),
    );
    if (ours === undefined || theirs === undefined || said(ours) !== said(theirs)) {
      throw new Error(`The gateway and the ordinary way differ: ${said(ours)} and ${said(theirs)}.`);
    }
    if (ours.outcome === 'allow') allow = ours;
  }
  if (allow === undefined) throw new Error('Nobody may be called.');
  return allow;
}

const said = (answer: Answer | undefined): string =>
  `${answer?.outcome ?? 'nothing'} ${answer?.reasons.map(({ code }) => code).join(' ') ?? ''}`;

async function askOnce(server: Server, { client }: BenchDatabase, index: number): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/calls/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.key}` },
    body: JSON.stringify({
      to: numberOf(index),
      region: 'CN',
      campaignId: CAMPAIGN.id,
      callerId: CALLER_ID,
      voice: 'ai',
      external: { callId: `compared-${Date.now()}-${index}` },
    }),
  });
  if (!response.ok) throw new Error(`${server.name} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** Every question that was answered must be a row of the gateway's and of the ordinary tables. */
async function checkStored(watch: Watch, cells: Cells): Promise<void> {
  const since = new Date(roundStart(1) - 1_000).toISOString();
  for (const [table, isOf] of [
    ['calls', (key: string) => /^(gateway|batch|unsealed) /.test(key)],
    ['ordinary.calls', (key: string) => key.startsWith('ordinary ')],
  ] as const) {
    const stored = await watch.number(`SELECT count(*) FROM ${table} WHERE decided_at >= '${since}'`);
    let answered = 0;
    for (const [key, samples] of cells) {
      if (isOf(key)) for (const { questions, outcomes } of samples) answered += questions - outcomes.problem;
    }
    if (stored < answered)
      throw new Error(`${answered} decisions were answered and ${stored} stored in ${table}.`);
  }
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
