import { setImmediate as turn } from 'node:timers/promises';
import { maskNumber } from '../../domain/phone/mask-number';
import type { Job } from '../jobs/job';
import { type ImportKind, type ReadRow, specOf } from './import';
import { readOne, ROWS_BETWEEN_TURNS } from './read-chunks';
import { csvLine } from './reading/csv-cell';
import type { Portion } from './reading/read-rows';

const LOOKED_UP_AT_ONCE = 2_000;

/**
 * In the file and not held before; known otherwise; held, and released here; not taken; held, and not in the file.
 */
export type Difference = 'added' | 'changed' | 'released' | 'rejected' | 'missing';

/** How a kind of import tells what differed. */
export interface ResultReader<T> {
  /** Of rows that can be taken, in order. Undefined: no difference. */
  differences(job: Job, rows: readonly ReadRow<T>[]): Promise<(Difference | undefined)[]>;
  /** How a row names whom it is about, whole: a number in E.164, or the institution's own name. */
  named(item: T): { target: string; reference: string };
  /** What the source holds and the file does not, as the source itself had named it, numbers masked. */
  missing?(job: Job): AsyncIterable<{ target: string; reference: string; id: string }>;
}

const HEADER = ['line', 'difference', 'code', 'target', 'reference', 'id', 'detail'];

/**
 * What differed, as CSV. It is made while it is read, from the file that was sent and from what the job has left behind,
 * so it needs no place of its own. Of unread rows only the line is told: what stands there may be anything.
 */
export async function* resultLines<T>(
  job: Job,
  kind: ImportKind<T>,
  portions: AsyncIterable<Portion>,
  masked: boolean,
): AsyncGenerator<string, void, void> {
  yield csvLine(HEADER);
  const reader = kind.reader(job);
  let waiting: ReadRow<T>[] = [];
  for await (const { rows } of portions) {
    let text = '';
    for (const [index, row] of rows.entries()) {
      if (index % ROWS_BETWEEN_TURNS === 0) await turn();
      const read = await readOne(row, reader);
      if ('fingerprint' in read) waiting.push(read);
      else text += csvLine([String(read.line), 'rejected', read.code, '', '', '', read.detail]);
    }
    if (waiting.length >= LOOKED_UP_AT_ONCE) {
      text += await linesOf(job, kind, waiting, masked);
      waiting = [];
    }
    if (text !== '') yield text;
  }
  const rest = await linesOf(job, kind, waiting, masked);
  if (rest !== '') yield rest;
  if (specOf(job).mode !== 'full' || kind.results.missing === undefined) return;
  for await (const { target, reference, id } of kind.results.missing(job)) {
    yield csvLine(['', 'missing', '', target, reference, id, '']);
  }
}

async function linesOf<T>(
  job: Job,
  kind: ImportKind<T>,
  rows: readonly ReadRow<T>[],
  masked: boolean,
): Promise<string> {
  if (rows.length === 0) return '';
  const differences = await kind.results.differences(job, rows);
  return rows
    .map(({ line, item }, index) => {
      const difference = differences[index];
      if (difference === undefined) return '';
      const { target, reference } = kind.results.named(item);
      return csvLine([
        String(line),
        difference,
        '',
        masked ? withoutNumber(target) : target,
        reference,
        '',
        '',
      ]);
    })
    .join('');
}

const withoutNumber = (target: string): string => (target.startsWith('+') ? maskNumber(target) : target);
