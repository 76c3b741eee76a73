import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Cluster, openCluster } from '../cluster';
import { LoadGenerator, Server } from '../processes';
import { roundStart } from '../seeding/population';
import { type Answers, Asking } from './asking';
import { startBenchBroker } from './broker';

const POPULATION = 200_000;
/** A new process is slower until its code is compiled for what it does. */
const WARM_SECONDS = 8;
const OPEN = 4_000;
const BATCH = 250;
const BATCH_CONNECTIONS = 8;

type Say = (line: string) => void;

interface Figures {
  restBatch: number;
  one: number;
  two: number;
  endToEndP50: number;
  endToEndP99: number;
  factToTopicP50: number;
  factToTopicP99: number;
  rejected: number;
}

/** `npm run bench -- bus`: questions by Kafka beside the batch endpoint, one gateway beside two, all in one run. */
export async function benchBus(args: readonly string[], say: Say): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '8' }, json: { type: 'boolean', default: false } },
  });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 1) throw new Error('--seconds must be a whole number.');
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().finally(() => process.exit(1)));
  }
  try {
    const cluster = await openCluster(POPULATION, undefined, say);
    stops.push(() => cluster.close());
    const figures = await compare(cluster, seconds, stops, say);
    process.stdout.write(`${tableOf(figures)}\n`);
    if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    await stopAll();
  }
}

async function compare(
  cluster: Cluster,
  seconds: number,
  stops: (() => Promise<void>)[],
  say: Say,
): Promise<Figures> {
  const { large } = cluster;
  const broker = await startBenchBroker(process.cwd(), join(cluster.dataDir, 'kafka'));
  stops.push(() => broker.stop());
  const startsAt = roundStart(1);
  let ahead = 0;
  const start = async (name: string, role: string): Promise<Server> => {
    const own = join(cluster.dataDir, name);
    await mkdir(own, { recursive: true });
    const argument = {
      url: large.url,
      dataDir: own,
      kekFile: cluster.kekFile,
      role,
      kafkaBrokers: broker.brokers,
    };
    const server = await Server.start(name, 'gateway.js', argument);
    stops.push(() => server.stop());
    ahead = startsAt - Date.now();
    await server.order({ kind: 'round', startsAt });
    return server;
  };
  const gateway = await start('gateway', 'gateway');
  await start('jobs', 'jobs');
  await start('ledger', 'ledger');
  const load = LoadGenerator.start();
  stops.push(() => load.stop());
  const asking = await Asking.open(broker.brokers, large.population, () => ahead);
  stops.push(() => asking.close());

  await asking.flood(WARM_SECONDS, OPEN);
  say('Warm.');
  const one = await asking.flood(seconds, OPEN);
  say('One gateway.');
  const paced = await asking.pace(seconds, Math.floor(rate(one) / 2));
  say('At half of that.');
  const rest = await load.run({
    port: gateway.port,
    path: '/v1/calls/authorize/batch',
    key: large.client.key,
    connections: BATCH_CONNECTIONS,
    warmUpSeconds: 2,
    seconds,
    batch: BATCH,
    population: large.population,
    from: large.population / 2,
    name: 'bus',
  });
  say('By REST.');
  await start('second-gateway', 'gateway');
  await asking.flood(WARM_SECONDS, OPEN);
  const two = await asking.flood(seconds, OPEN);
  return {
    restBatch: rest.questions / rest.seconds,
    one: rate(one),
    two: rate(two),
    endToEndP50: quantile(paced.endToEnd, 0.5),
    endToEndP99: quantile(paced.endToEnd, 0.99),
    factToTopicP50: quantile(paced.factToTopic, 0.5),
    factToTopicP99: quantile(paced.factToTopic, 0.99),
    rejected: one.rejected + two.rejected + paced.rejected,
  };
}

const rate = ({ answered, seconds }: Answers): number => answered / seconds;

const quantile = (inOrder: readonly number[], share: number): number =>
  inOrder[Math.floor(inOrder.length * share)] ?? NaN;

function tableOf(figures: Figures): string {
  const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`.padStart(12);
  const beside = (value: number, other: number): string => (value / other).toFixed(2).padStart(8);
  const ms = (value: number): string => `${value.toFixed(0)} ms`.padStart(12);
  return [
    `batch endpoint, one gateway          ${perSecond(figures.restBatch)}`,
    `call.requests.v1, one gateway        ${perSecond(figures.one)}${beside(figures.one, figures.restBatch)} of the batch endpoint`,
    `call.requests.v1, two gateways       ${perSecond(figures.two)}${beside(figures.two, figures.one)} of one gateway`,
    `at half load, question to answer p50 ${ms(figures.endToEndP50)}`,
    `at half load, question to answer p99 ${ms(figures.endToEndP99)}`,
    `at half load, fact to topic p50      ${ms(figures.factToTopicP50)}`,
    `at half load, fact to topic p99      ${ms(figures.factToTopicP99)}`,
    `rejected                             ${String(figures.rejected).padStart(12)}`,
  ].join('\n');
}
