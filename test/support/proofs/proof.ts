import { appendFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { Random } from './random';

/** Whether this run holds the full counts (`npm run test:soak`) or the reduced ones of `npm test`. */
const FULL = process.env['QUIETLINE_SOAK'] === 'full';
/** Where `scripts/soak.mjs` reads what each proof came to: one JSON object a line. */
const REPORT = process.env['QUIETLINE_PROOFS'];
/** Set to repeat a run that failed. */
const SEED = process.env['QUIETLINE_SEED'];

export interface Counts {
  test: number;
  soak: number;
}

/** What stands in the table at the end of a soak. */
export interface ProofRow {
  name: string;
  count: number;
  seed: number;
  seconds: number;
  result: 'held' | 'failed';
}

const MINUTE = 60_000;

/** One claim, and how often it is tried. Written once: only the count differs between a test run and a soak. */
export class Proof {
  readonly count: number;
  /** Drawn anew in every run. A proof without chance in it has one all the same, and does not use it. */
  readonly seed = SEED === undefined ? randomInt(2 ** 31) : Number(SEED);
  /** For the third argument of `it`. */
  readonly timeout: number;

  constructor(
    readonly name: string,
    counts: Counts,
    minutes: Counts = { test: 10, soak: 120 },
  ) {
    this.count = FULL ? counts.soak : counts.test;
    this.timeout = (FULL ? minutes.soak : minutes.test) * MINUTE;
  }

  /** Does the work, and reports how it went; a failure names the seed that repeats it. */
  async run(work: (random: Random) => Promise<void>): Promise<void> {
    const since = performance.now();
    const report = (result: ProofRow['result']): void => {
      const { name, count, seed } = this;
      const row: ProofRow = { name, count, seed, seconds: (performance.now() - since) / 1_000, result };
      if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify(row)}\n`);
    };
    try {
      await work(new Random(this.seed));
    } catch (error) {
      report('failed');
      process.stderr.write(`“${this.name}” does not hold; QUIETLINE_SEED=${this.seed} repeats it.\n`);
      throw error;
    }
    report('held');
  }
}
