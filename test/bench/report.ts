import { CONNECTIONS } from './load/protocol';
import { median, type Sample } from './measure';

/** Samples of all rounds, by what was asked and over how many connections. */
export type Cells = Map<string, Sample[]>;

export const cellKey = (label: string, connections: number): string => `${label} ${connections}`;

/** Enough that a batch is always waiting for the gateway, not so many that answers queue for seconds. */
export const BATCH_CONNECTIONS = 4;

const LABELS: Readonly<Record<string, string>> = {
  gateway: '(a) gateway, full path',
  empty: '(b) empty Nest + Fastify handler',
  ordinary: '(c) the same decision, ordinary way',
  batch: '(a) batch endpoint, 1,000 a request',
  unsealed: '(a) records left unsealed',
  small: '(a) tables ten times smaller',
};

interface Ratio {
  name: string;
  over: string;
  under: string;
  what: string;
  goal?: { least?: number; most?: number };
}

const both = (
  name: string,
  over: string,
  under: string,
  goals: Record<number, number>,
  what: string,
): Ratio[] =>
  CONNECTIONS.map((connections) => {
    const least = goals[connections];
    return {
      name: `${name}${connections}`,
      over: cellKey(over, connections),
      under: cellKey(under, connections),
      what: `${what}, ${connections} connections`,
      ...(least === undefined ? {} : { goal: { least } }),
    };
  });

const RATIOS: readonly Ratio[] = [
  ...both('gatewayToOrdinary', 'gateway', 'ordinary', { 64: 8, 256: 10 }, '(a) to (c)'),
  ...both('gatewayToEmpty', 'gateway', 'empty', { 256: 0.4 }, '(a) to (b)'),
  {
    name: 'batchToSingle',
    over: cellKey('batch', BATCH_CONNECTIONS),
    under: cellKey('gateway', 256),
    what: 'batch to single endpoint at 256',
    goal: { least: 2 },
  },
  {
    name: 'smallToLarge',
    over: cellKey('small', 256),
    under: cellKey('gateway', 256),
    what: 'tables ten times smaller to full size',
    goal: { least: 0.85, most: 1.15 },
  },
  {
    name: 'unsealedToSealed',
    over: cellKey('unsealed', 256),
    under: cellKey('gateway', 256),
    what: 'without sealing to with it',
  },
];

const rate = ({ questions, seconds }: Sample): number => questions / seconds;

/** In each round, so that what slows the whole machine for a while slows both sides; then the median. */
function ratioOf(cells: Cells, { over, under }: Ratio): number {
  const above = cells.get(over) ?? [];
  const below = cells.get(under) ?? [];
  return median(above.map((sample, round) => rate(sample) / rateOr(below[round])));
}

const rateOr = (sample: Sample | undefined): number => (sample === undefined ? NaN : rate(sample));

const column = (samples: readonly Sample[], of: (sample: Sample) => number): number =>
  median(samples.map(of));

/** Name → number, as `--json` prints it. */
export function figuresOf(cells: Cells): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [key, samples] of cells) {
    const name = key.replace(' ', '');
    figures[`${name}PerSecond`] = round(column(samples, rate), 0);
    figures[`${name}P50Ms`] = round(
      column(samples, ({ p50 }) => p50),
      2,
    );
    figures[`${name}P99Ms`] = round(
      column(samples, ({ p99 }) => p99),
      2,
    );
    figures[`${name}Problems`] = samples.reduce((sum, { outcomes }) => sum + outcomes.problem, 0);
  }
  for (const ratio of RATIOS) {
    const value = ratioOf(cells, ratio);
    if (!Number.isNaN(value)) figures[ratio.name] = round(value, 3);
  }
  const sealed = figures['unsealedToSealed'];
  if (sealed !== undefined) figures['sealingShare'] = round(1 - 1 / sealed, 3);
  const gateway = cells.get(cellKey('gateway', 256));
  if (gateway !== undefined)
    figures['walBytesPerDecision'] = round(
      column(gateway, ({ wal }) => wal),
      0,
    );
  return figures;
}

const HEADS = [
  '',
  'connections',
  'per second',
  'p50 ms',
  'p99 ms',
  'CPU µs: own',
  'database',
  'load',
  'WAL bytes',
  'allowed',
];

/** For people: medians of all rounds, then the ratios beside their goals. */
export function tableOf(cells: Cells): string {
  const rows = [...cells].map(([key, samples]) => {
    const [label = '', connections = ''] = key.split(' ');
    const allowed = column(samples, ({ outcomes, questions }) => (outcomes.allow / questions) * 100);
    const of = (pick: (sample: Sample) => number, digits: number): string =>
      round(column(samples, pick), digits).toLocaleString('en');
    return [
      LABELS[label] ?? label,
      connections,
      of(rate, 0),
      of(({ p50 }) => p50, 1),
      of(({ p99 }) => p99, 1),
      of(({ serverCpu }) => serverCpu, 0),
      of(({ databaseCpu }) => databaseCpu, 0),
      of(({ generatorCpu }) => generatorCpu, 0),
      of(({ wal }) => wal, 0),
      `${round(allowed, 1)} %`,
    ];
  });
  const problems = [...cells.values()].flat().flatMap(({ problem }) => problem ?? []);
  return [
    aligned([HEADS, ...rows]),
    '',
    ...RATIOS.flatMap((ratio) => {
      const value = ratioOf(cells, ratio);
      return Number.isNaN(value) ? [] : [`${ratio.what}: ${round(value, 2)}${verdictOf(value, ratio.goal)}`];
    }),
    ...(problems.length === 0 ? [] : ['', `Not every question was decided: ${problems[0] ?? ''}`]),
  ].join('\n');
}

function verdictOf(value: number, goal: Ratio['goal']): string {
  if (goal === undefined) return '';
  const { least = -Infinity, most = Infinity } = goal;
  const aim = most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return ` (aim ${aim}: ${value >= least && value <= most ? 'reached' : 'NOT reached'})`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = HEADS.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((text, index) => (index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
