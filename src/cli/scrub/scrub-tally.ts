import type { RowAnswer } from './row-output';

/** Counts of a scrub: rows, rows by outcome, rows by reason. */
export class ScrubTally {
  rows = 0;
  readonly byOutcome = new Map<string, number>();
  readonly byReason = new Map<string, number>();

  add(answer: RowAnswer): void {
    this.rows += 1;
    increment(this.byOutcome, answer.outcome);
    for (const reason of new Set(answer.reasons)) increment(this.byReason, reason);
  }

  /** The table for the person at the terminal. A row with several reasons counts under each of them. */
  table(elapsedMs: number): string {
    const seconds = Math.max(elapsedMs, 1) / 1_000;
    const lines: [string, string, string][] = [
      ['rows', String(this.rows), `in ${seconds.toFixed(1)} s, ${Math.round(this.rows / seconds)} rows/s`],
      ...['allow', 'defer', 'deny', 'error'].map((name) => this.share(name, this.byOutcome.get(name) ?? 0)),
    ];
    const reasons = [...this.byReason].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
    const below = reasons.map(([name, count]) => this.share(name, count));
    const nameWidth = Math.max(...[...lines, ...below].map(([name]) => name.length));
    const countWidth = String(this.rows).length;
    const print = ([name, count, note]: [string, string, string]): string =>
      `  ${name.padEnd(nameWidth)}  ${count.padStart(countWidth)}  ${note}`;
    const rule = below.length === 0 ? [] : [`  ${'-'.repeat(nameWidth + countWidth + 10)}`];
    return [...lines.map(print), ...rule, ...below.map(print)].join('\n');
  }

  private share(name: string, count: number): [string, string, string] {
    const percent = this.rows === 0 ? 0 : (100 * count) / this.rows;
    return [name, String(count), `${percent.toFixed(1).padStart(5)} %`];
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
