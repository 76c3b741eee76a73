import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { ListRow, ListShape } from './list-row';
import { ANSWER_COLUMNS } from './row-readers';

/** What is written beside a row. */
export interface RowAnswer {
  e164?: string;
  outcome: 'allow' | 'deny' | 'defer' | 'error';
  reasons: string[];
  notBefore?: string;
}

const ANSWER_NAMES = new Set(ANSWER_COLUMNS.map((name) => name.toLowerCase()));
const FORMULA = /^[=+\-@\t\r＝＋－＠]/u;
/** A number with its country code, whole or masked: what has no letter, `=` or second sign runs nothing. */
const HARMLESS = /^\+[\d*][\d*() .-]{0,40}$/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/**
 * A cell of CSV. Spreadsheets run what begins with `= + - @` as a formula, also out of a list that a stranger filled
 * in: such a cell is quoted and begins with an apostrophe, which they take for "text".
 */
export function csvCell(text: string): string {
  const formula = FORMULA.test(text);
  const harmless = formula && HARMLESS.test(text);
  if (!formula && !NEEDS_QUOTES.test(text)) return text;
  return `"${formula && !harmless ? "'" : ''}${text.replaceAll('"', '""')}"`;
}

/** Writes rows with their answers: tables as CSV, objects as NDJSON. Waits while the reader of the output is slow. */
export class RowOutput {
  private readonly kept: readonly number[] | undefined;
  private readonly header: string | undefined;

  constructor(
    private readonly out: Writable,
    shape: ListShape,
  ) {
    if (shape.columns === undefined) return;
    const names = shape.columns;
    this.kept = names.flatMap((name, index) => (ANSWER_NAMES.has(name.toLowerCase()) ? [] : [index]));
    this.header = csvLine([...this.kept.map((index) => names[index] ?? ''), ...ANSWER_COLUMNS]);
  }

  async begin(): Promise<void> {
    if (this.header !== undefined) await this.write(this.header);
  }

  async rows(rows: readonly { row: ListRow; answer: RowAnswer }[]): Promise<void> {
    await this.write(rows.map(({ row, answer }) => this.line(row, answer)).join(''));
  }

  private line(row: ListRow, answer: RowAnswer): string {
    const { original } = row;
    if (this.kept === undefined || !isCells(original)) {
      const own = Object.entries(original).filter(([name]) => !ANSWER_NAMES.has(name.toLowerCase()));
      return `${JSON.stringify({ ...Object.fromEntries(own), ...answer })}\n`;
    }
    return csvLine([
      ...this.kept.map((index) => original[index] ?? ''),
      answer.e164 ?? '',
      answer.outcome,
      answer.reasons.join(';'),
      answer.notBefore ?? '',
    ]);
  }

  private async write(text: string): Promise<void> {
    if (!this.out.write(text)) await once(this.out, 'drain');
  }
}

function isCells(original: ListRow['original']): original is readonly string[] {
  return Array.isArray(original);
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}
