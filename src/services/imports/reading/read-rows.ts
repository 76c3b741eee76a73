import { JobFailure } from '../../jobs/job';
import { CsvRecords, delimiterOf } from './csv-records';
import { cellOf, LineRecords, objectOf } from './line-records';
import { MAX_RECORD_CHARS, type RawRecord } from './raw-record';
import { type Columns, RowValues } from './row-values';

export const FORMATS = ['csv', 'ndjson', 'text'] as const;
export type Format = (typeof FORMATS)[number];

export const CHARSETS = ['UTF-8', 'GB18030'] as const;
export type Charset = (typeof CHARSETS)[number];

export interface FileShape {
  format: Format;
  charset: Charset;
  /** Absent: what the header line tells. */
  delimiter?: string;
  /** Our column → how the file names it. Absent: the file uses our names. */
  mapping?: Readonly<Record<string, string>>;
  defaults?: Readonly<Record<string, string>>;
}

/** Rows that one piece of the file completed, and how far the reading has come. */
export interface Portion {
  rows: RowValues[];
  bytesRead: number;
}

/**
 * Reads a file from its first row to its last without ever holding more than a piece of it. Every row comes out once
 * and in order, unreadable ones with a fault.
 * @throws JobFailure where the file is broken as a whole: another charset, a header that nobody understands, a quote
 * that is never closed.
 */
export async function* readRows(
  source: AsyncIterable<Buffer>,
  shape: FileShape,
  known: readonly string[],
): AsyncGenerator<Portion, void, void> {
  const table = new Table(shape, known);
  // Not fatal for itself: a byte that means nothing in this charset ends the reading, so that nothing is taken from it.
  const decoder = new TextDecoder(shape.charset, { fatal: true });
  let bytesRead = 0;
  for await (const bytes of source) {
    bytesRead += bytes.length;
    yield { rows: table.push(decoded(decoder, shape, bytes)), bytesRead };
  }
  const rest = table.push(decoded(decoder, shape));
  yield { rows: [...rest, ...table.finish()], bytesRead };
}

function decoded(decoder: InstanceType<typeof TextDecoder>, { charset }: FileShape, bytes?: Buffer): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    throw new JobFailure('CHARSET', `The file is not ${charset}.`);
  }
}

/** Makes rows of pieces of text. The first record of CSV is its header. */
class Table {
  private columns: Columns | undefined;
  private records: CsvRecords | LineRecords | undefined;
  private head = '';
  private isBegun = false;

  constructor(
    private readonly shape: FileShape,
    private readonly known: readonly string[],
  ) {
    const { format } = shape;
    if (format === 'ndjson') this.records = new LineRecords(objectOf);
    if (format === 'text') this.records = new LineRecords(cellOf);
    if (format === 'csv' && shape.delimiter !== undefined) this.records = new CsvRecords(shape.delimiter);
    if (format !== 'csv') this.columns = this.columnsOf(format === 'text' ? ['number'] : undefined);
  }

  push(piece: string): RowValues[] {
    // The decoder drops a byte order mark of UTF-8 only.
    const text = this.isBegun || piece === '' ? piece : piece.replace(/^\uFEFF/, '');
    this.isBegun ||= piece !== '';
    if (this.records !== undefined) return this.rows(this.records.push(text));
    this.head += text;
    if (!this.head.includes('\n') && this.head.length < MAX_RECORD_CHARS) return [];
    return this.begin();
  }

  finish(): RowValues[] {
    const rows = this.records === undefined ? this.begin() : [];
    rows.push(...this.rows(this.records?.finish() ?? []));
    if (this.columns === undefined) throw new JobFailure('NO_HEADER', 'The file has no header line.', 1);
    return rows;
  }

  private begin(): RowValues[] {
    this.records = new CsvRecords(delimiterOf(this.head.split('\n', 1)[0] ?? ''));
    return this.rows(this.records.push(this.head));
  }

  private rows(records: readonly RawRecord[]): RowValues[] {
    const rows: RowValues[] = [];
    for (const record of records) {
      if (this.columns !== undefined) rows.push(new RowValues(record, this.columns));
      else this.columns = this.headerOf(record);
    }
    return rows;
  }

  private headerOf({ cells, fault, line }: RawRecord): Columns {
    if (fault !== undefined) throw new JobFailure('NO_HEADER', 'The header line cannot be read.', line);
    return this.columnsOf(cells.map((cell) => cell.trim()));
  }

  private columnsOf(header: readonly string[] | undefined): Columns {
    const { mapping, defaults = {} } = this.shape;
    const names = new Map(
      mapping === undefined ? this.known.map((name) => [name, name]) : Object.entries(mapping),
    );
    const common = { names, defaults, isMapped: mapping !== undefined };
    if (header === undefined) return { ...common, indexes: undefined, width: 0 };
    if (this.shape.format === 'text') return { ...common, indexes: new Map([['number', 0]]), width: 1 };
    const indexes = new Map<string, number>();
    for (const [ours, theirs] of names) {
      const index = header.indexOf(theirs);
      if (index !== -1) indexes.set(ours, index);
      else if (mapping !== undefined)
        throw badHeader('MISSING_COLUMN', `The column “${theirs}” is not in the header`);
    }
    this.checkHeader(header, names);
    return { ...common, indexes, width: header.length };
  }

  /** A mistyped name must not pass for a column that is not there; with a mapping, the others are nobody's business. */
  private checkHeader(header: readonly string[], names: ReadonlyMap<string, string>): void {
    const known = new Set(names.values());
    const twice = header.find((name, index) => known.has(name) && header.indexOf(name) !== index);
    if (twice !== undefined) throw badHeader('DUPLICATE_COLUMN', `The column “${twice}” is there twice`);
    if (this.shape.mapping !== undefined) return;
    const unknown = header.findIndex((name) => name !== '' && !known.has(name));
    if (unknown === -1) return;
    throw badHeader(
      'UNKNOWN_COLUMN',
      `Column ${unknown + 1} of the header is none of ${this.known.join(', ')}`,
    );
  }
}

/** Names that nobody mapped are not repeated: a list without a header has people where names of columns should be. */
const badHeader = (code: string, detail: string): JobFailure => new JobFailure(code, `${detail}.`, 1);
