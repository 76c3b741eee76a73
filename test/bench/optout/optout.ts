import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { type Item, judge, readItems, type Verdict } from './judge';
import { wilson } from './wilson';

export const OPTOUT_USAGE = `npm run bench -- optout [options]

  --json      the last line is one JSON object of figures
  --no-hint   the recogniser is not told the language
  --errors    every sentence that was judged wrongly
`;

/** Examples (dev), what the rules were written with (seen, fresh), and what nobody who writes them reads (heldout). */
const PARTS = ['dev', 'seen', 'fresh', 'heldout'] as const;
const DATA = join('test', 'data', 'optout');
/** Each sentence is read so often for the speed, after as many readings to warm up. */
const READINGS = 5;

type Question = 'missed' | 'falseStop' | 'wrongPersonKept' | 'machineUnanswered' | 'humanNotHonoured';
const QUESTIONS: readonly (readonly [Question, string])[] = [
  ['missed', 'missed opt-outs'],
  ['falseStop', 'false opt-outs'],
  ['wrongPersonKept', 'wrong person not suppressed'],
  ['machineUnanswered', 'machine question not answered'],
  ['humanNotHonoured', 'human request not honoured'],
];

interface Rate {
  errors: number;
  of: number;
  low: number;
  high: number;
}

/** Needs no database: the recogniser is pure. */
export function benchOptOut(args: readonly string[]): void {
  if (args.includes('--help')) {
    process.stdout.write(OPTOUT_USAGE);
    return;
  }
  const hinted = !args.includes('--no-hint');
  const figures: Record<string, unknown> = {};
  for (const part of PARTS) {
    const items = readItems(join(DATA, `${part}.jsonl`));
    if (items === undefined) continue;
    const verdicts = items.map((item) => judge(item, hinted));
    const utterancesPerSecond = speedOf(items, hinted);
    const exact = verdicts.filter((verdict) => verdict.exact).length / verdicts.length;
    const rates = ratesOf(verdicts);
    print(part, verdicts.length, rates, exact, utterancesPerSecond);
    if (args.includes('--errors')) printErrors(verdicts);
    figures[part] = { sentences: items.length, rates, exact, utterancesPerSecond };
  }
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
}

/** By question and group: each channel, each language of it, each label of it. */
function ratesOf(verdicts: readonly Verdict[]): Record<Question, Record<string, Rate>> {
  const rates = {} as Record<Question, Record<string, Rate>>;
  for (const [question] of QUESTIONS) {
    const groups: Record<string, Rate> = {};
    for (const verdict of verdicts) {
      const wrong = verdict[question];
      if (wrong === undefined) continue;
      const { channel, lang, label } = verdict.item;
      for (const group of [channel, `${channel} ${lang}`, `${channel} ${label}`]) {
        const rate = (groups[group] ??= { errors: 0, of: 0, low: 0, high: 1 });
        rate.of += 1;
        if (wrong) rate.errors += 1;
      }
    }
    for (const rate of Object.values(groups)) Object.assign(rate, wilson(rate.errors, rate.of));
    rates[question] = groups;
  }
  return rates;
}

function speedOf(items: readonly Item[], hinted: boolean): number {
  const read = (): number => {
    const start = performance.now();
    for (let reading = 0; reading < READINGS; reading++) for (const item of items) judge(item, hinted);
    return performance.now() - start;
  };
  read();
  return Math.round((items.length * READINGS * 1_000) / read());
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function print(
  part: string,
  sentences: number,
  rates: Record<Question, Record<string, Rate>>,
  exact: number,
  speed: number,
): void {
  const lines = [
    `\n## ${part}: ${sentences} sentences, exact label ${percent(exact)}, ${speed} utterances/s`,
  ];
  for (const [question, title] of QUESTIONS) {
    lines.push(`\n${title}, with Wilson intervals of 95 %`);
    for (const [group, { errors, of, low, high }] of Object.entries(rates[question]).sort(byGroup)) {
      lines.push(
        `  ${group.padEnd(26)} ${`${errors}/${of}`.padStart(9)}  ${percent(errors / of).padStart(8)}  ${percent(low)} to ${percent(high)}`,
      );
    }
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

const byGroup = ([one]: [string, Rate], [other]: [string, Rate]): number =>
  one < other ? -1 : Number(one > other);

function printErrors(verdicts: readonly Verdict[]): void {
  for (const verdict of verdicts) {
    const wrong = QUESTIONS.filter(([question]) => verdict[question] === true).map(([, title]) => title);
    if (wrong.length === 0) continue;
    const { id, lang, text, label } = verdict.item;
    process.stdout.write(
      `${wrong.join(', ')}: ${id} ${lang} ${JSON.stringify(text)}: ${label}, heard ${verdict.heard.join(' + ')}\n`,
    );
  }
}
