import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { CliError, EXIT } from '../cli-error';
import { CsvRecords, delimiterOf } from './csv-records';
import { JsonElements } from './json-elements';
import type { ListRow, ListShape, Piece } from './list-row';
import { rowOfElement, rowOfLine, rowOfObjectLine, TableColumns } from './row-readers';
import { TextLines } from './text-lines';

export const LIST_FORMATS = ['json', 'csv', 'ndjson', 'text'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

const BY_EXTENSION: Readonly<Record<string, ListFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.txt': 'text',
};
const SNIFFED_BYTES = 65_536;

/** One portion of a list: the rows that a chunk of the file completed, and how far the reading has come. */
export interface ListPortion {
  rows: ListRow[];
  bytesRead: number;
}

export interface ListSource {
  path: string;
  format: ListFormat;
  charset: string;
}

/** What a file is by its name, else by its first sign. @throws CliError where it cannot be opened. */
export async function detectFormat(path: string): Promise<ListFormat> {
  const named = BY_EXTENSION[extname(path).toLowerCase()];
  if (named !== undefined) return named;
  const head = (await firstBytes(path))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (head.startsWith('[')) return 'json';
  if (head.startsWith('{')) return 'ndjson';
  const header = head.split(/\r?\n/, 1)[0] ?? '';
  const names = header.split(delimiterOf(header)).map((name) => name.trim().toLowerCase());
  return names.includes('number') ? 'csv' : 'text';
}

/**
 * Reads a list from first row to last without ever holding more than a chunk of it. Every row of the file comes out
 * once and in order, unreadable ones with a fault. `shape` is known before the first portion arrives.
 * @throws CliError where the list is broken as a whole (not an array, no `number` column, a quote never closed).
 */
export async function* readList(
  source: ListSource,
  shape: (shape: ListShape) => void,
): AsyncGenerator<ListPortion, void, void> {
  const parser = parserOf(source.format, shape);
  const decoder = decoderOf(source.charset);
  let bytesRead = 0;
  try {
    for await (const chunk of createReadStream(source.path) as AsyncIterable<Buffer>) {
      bytesRead += chunk.length;
      yield { rows: parser.push(decoder.decode(chunk, { stream: true })), bytesRead };
    }
  } catch (cause) {
    throw cause instanceof CliError ? cause : unreadable(cause);
  }
  const rest = decoder.decode();
  yield { rows: [...(rest === '' ? [] : parser.push(rest)), ...parser.finish()], bytesRead };
}

interface ListParser {
  push(text: string): ListRow[];
  finish(): ListRow[];
}

function parserOf(format: ListFormat, shape: (shape: ListShape) => void): ListParser {
  switch (format) {
    case 'csv':
      return new CsvList(shape);
    case 'json':
      return new JsonList(shape);
    case 'ndjson':
      shape({ columns: undefined });
      return mapped(new TextLines(), rowOfObjectLine);
    case 'text':
      shape({ columns: ['number'] });
      return mapped(new TextLines(), rowOfLine);
  }
}

function mapped(
  cutter: { push(text: string): Piece[]; finish(): Piece[] },
  read: (piece: Piece) => ListRow,
): ListParser {
  return {
    push: (text) => cutter.push(text).map(read),
    finish: () => cutter.finish().map(read),
  };
}

/** The first record is the header; its delimiter is whatever the header uses. */
class CsvList implements ListParser {
  private head = '';
  private records: CsvRecords | undefined;
  private table: TableColumns | undefined;

  constructor(private readonly shape: (shape: ListShape) => void) {}

  push(text: string): ListRow[] {
    if (this.records !== undefined) return this.rows(this.records.push(text));
    this.head += text;
    if (!this.head.includes('\n') && this.head.length < SNIFFED_BYTES) return [];
    return this.begin();
  }

  finish(): ListRow[] {
    const rows = this.records === undefined ? this.begin() : [];
    if (this.records !== undefined) rows.push(...this.rows(this.records.finish()));
    if (this.table === undefined) throw new CliError(EXIT.usage, 'The list is empty: it has no header line.');
    return rows;
  }

  private begin(): ListRow[] {
    this.records = new CsvRecords(delimiterOf(this.head.split('\n', 1)[0] ?? ''));
    return this.rows(this.records.push(this.head));
  }

  private rows(records: readonly { cells: string[]; cut: boolean }[]): ListRow[] {
    const rows: ListRow[] = [];
    for (const record of records) {
      if (this.table !== undefined) rows.push(this.table.row(record));
      else {
        this.table = new TableColumns(record.cells);
        this.shape({ columns: this.table.names });
      }
    }
    return rows;
  }
}

/** An array of numbers is a table of one column; an array that begins with an object is a list of objects. */
class JsonList implements ListParser {
  private readonly elements = new JsonElements();
  private asTable: boolean | undefined;

  constructor(private readonly shape: (shape: ListShape) => void) {}

  push(text: string): ListRow[] {
    return this.rows(this.elements.push(text));
  }

  finish(): ListRow[] {
    const rows = this.rows(this.elements.finish());
    if (this.asTable === undefined) this.shape({ columns: ['number'] });
    return rows;
  }

  private rows(pieces: readonly Piece[]): ListRow[] {
    return pieces.map((piece) => {
      if (this.asTable === undefined) {
        this.asTable = !piece.text.startsWith('{');
        this.shape({ columns: this.asTable ? ['number'] : undefined });
      }
      return rowOfElement(piece, this.asTable);
    });
  }
}

/** A wrong byte becomes U+FFFD and spoils its own row only; a byte order mark is dropped. */
function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch (cause) {
    throw new CliError(EXIT.usage, `The character set ${charset} is not known.`, { cause });
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(SNIFFED_BYTES);
      const { bytesRead } = await file.read(buffer, 0, SNIFFED_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): CliError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CliError(EXIT.usage, `The list cannot be read: ${why}`, { cause });
}
