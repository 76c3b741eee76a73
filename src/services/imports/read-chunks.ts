import { setImmediate as turn } from 'node:timers/promises';
import { AppError } from '../../contracts/app-error';
import type { JobError } from '../jobs/job';
import type { Chunk, ReadRow, RowReader } from './import';
import type { Portion } from './reading/read-rows';
import { RowFault, type RowValues } from './reading/row-values';

/** Decisions are made by the same process: it must not be kept from them for longer than a few milliseconds. */
export const ROWS_BETWEEN_TURNS = 25;

/**
 * Whatever a file holds, no more of it waits to be judged. A character of JSON can cost forty bytes once it is read, so
 * this is some ten thousand rows of a common list and some tens of megabytes of a hostile one.
 */
const CHARS_AT_ONCE = 1_048_576;

/** A chunk, and how much of the file was read for it. */
export type SizedChunk<T> = Chunk<T> & { bytesRead: number };

/**
 * Reads what is behind a line, so many rows at a time, or fewer long ones. Where a chunk ends depends on the line before
 * it and on the file alone: whoever goes on from there cuts it alike.
 */
export async function* readChunks<T>(
  portions: AsyncIterable<Portion>,
  reader: RowReader<T>,
  from: { line: number; size: number },
): AsyncGenerator<SizedChunk<T>, void, void> {
  let waiting: RowValues[] = [];
  let chars = 0;
  let bytesRead = 0;
  for await (const portion of portions) {
    ({ bytesRead } = portion);
    for (const row of portion.rows) {
      if (row.line <= from.line) continue;
      waiting.push(row);
      chars += row.chars;
      if (waiting.length < from.size && chars < CHARS_AT_ONCE) continue;
      yield { ...(await chunkOf(waiting, reader)), bytesRead };
      waiting = [];
      chars = 0;
    }
  }
  if (waiting.length > 0) yield { ...(await chunkOf(waiting, reader)), bytesRead };
}

async function chunkOf<T>(values: readonly RowValues[], reader: RowReader<T>): Promise<Chunk<T>> {
  const rows: ReadRow<T>[] = [];
  const faults: JobError[] = [];
  for (const [index, row] of values.entries()) {
    if (index % ROWS_BETWEEN_TURNS === 0) await turn();
    const read = await readOne(row, reader);
    if ('fingerprint' in read) rows.push(read);
    else faults.push(read);
  }
  return { rows, faults, read: values.length, lastLine: values.at(-1)?.line ?? 0 };
}

/** The row, or what is wrong with it. */
export async function readOne<T>(row: RowValues, reader: RowReader<T>): Promise<ReadRow<T> | JobError> {
  try {
    row.check();
    return await reader.read(row);
  } catch (error) {
    return { line: row.line, ...faultOf(error) };
  }
}

/** What an error says of one row. @throws the error, where it is not about the row. */
export function faultOf(error: unknown): Omit<JobError, 'line'> {
  if (error instanceof RowFault) return { code: error.code, detail: error.message };
  if (error instanceof AppError && (error.code === 'INVALID' || error.code === 'RECORD_ERASED')) {
    const [member] = error.errors ?? [];
    // The name of a member that nobody knows may be anything.
    const name = member?.code === 'UNKNOWN_MEMBER' ? '' : (member?.pointer.replace(/^\//, '') ?? '');
    return member === undefined
      ? { code: error.code, detail: error.message }
      : { code: member.code, detail: name === '' ? member.detail : `${name}: ${member.detail}` };
  }
  throw error;
}
