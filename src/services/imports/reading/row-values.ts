import type { RawRecord } from './raw-record';

/** Why one row cannot be taken; it never holds the row's values. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

const FAULTS: Readonly<Record<NonNullable<RawRecord['fault']>, string>> = {
  TOO_LONG: 'This line is too long to be a row.',
  QUOTES: 'Something stands behind a closing quote.',
  NOT_AN_OBJECT: 'This line is not a JSON object.',
};

/** How exports quote what a spreadsheet would run (SHAPES, "CSV"); read back as it was meant. */
const FORMULA_QUOTED = /^'(?=[=+\-@\t\r＝＋－＠])/u;
/** NUL, and the halves of surrogate pairs that JSON can write. */
const isBad = (text: string): boolean => text.includes('\u0000') || !text.isWellFormed();

/** Our columns as a file has them. */
export interface Columns {
  /** Index of each of our columns that a table has; undefined for objects. */
  readonly indexes: ReadonlyMap<string, number> | undefined;
  /** How an object names each of our columns. */
  readonly names: ReadonlyMap<string, string>;
  readonly width: number;
  readonly defaults: Readonly<Record<string, string>>;
  /** Whether objects may have members that nobody mapped. */
  readonly isMapped: boolean;
}

/** One row, by the names of our columns. An empty cell is an absent one. */
export class RowValues {
  constructor(
    private readonly record: RawRecord,
    private readonly columns: Columns,
  ) {}

  get line(): number {
    return this.record.line;
  }

  /** How much was read for it: what it takes in memory grows with that. */
  get chars(): number {
    return this.record.chars;
  }

  /** @throws RowFault for a row that cannot be read at all. */
  check(): void {
    const { fault, cells, object } = this.record;
    if (fault !== undefined) throw new RowFault(fault, FAULTS[fault]);
    if (object !== undefined) this.checkMembers(object);
    // Spreadsheets end lines with empty cells that no header names; those are no surplus.
    else if (
      cells.length > this.columns.width &&
      cells.slice(this.columns.width).some((cell) => cell.trim() !== '')
    ) {
      throw new RowFault('CELLS', 'This row has more cells than the header.');
    }
    if (cells.some(isBad)) throw new RowFault('CHARACTER', 'This row holds NUL.');
  }

  /** @throws RowFault where an object has something else there. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return this.columns.defaults[name];
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new RowFault('TYPE', `${name} must be a text.`);
    }
    const text = String(value).trim().replace(FORMULA_QUOTED, '');
    if (isBad(text)) throw new RowFault('CHARACTER', `${name} holds NUL or half of a surrogate pair.`);
    return text === '' ? this.columns.defaults[name] : text;
  }

  /** @throws RowFault where it is missing. */
  required(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw new RowFault('REQUIRED', `${name} is required.`);
    return text;
  }

  /** Cells hold lists with `;` between, objects may hold arrays. */
  list(name: string): string[] | undefined {
    const value = this.raw(name);
    if (Array.isArray(value)) {
      if (value.every((item): item is string => typeof item === 'string' && !isBad(item))) return value;
      throw new RowFault('TYPE', `${name} must be a list of texts.`);
    }
    const text = this.text(name);
    return text === undefined
      ? undefined
      : text
          .split(';')
          .map((item) => item.trim())
          .filter((item) => item !== '');
  }

  /** Of NDJSON: an object within the row. */
  object(name: string): Record<string, unknown> | undefined {
    const value = this.raw(name);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  }

  /** A list of these words. @throws RowFault for others. */
  words<const T extends readonly string[]>(name: string, known: T): T[number][] | undefined {
    const list = this.list(name);
    if (list === undefined || list.length === 0) return undefined;
    return [...new Set(list)].map((word) => this.known(name, word, known));
  }

  /** One of these words. @throws RowFault */
  word<const T extends readonly string[]>(name: string, known: T): T[number] | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : this.known(name, text, known);
  }

  private known<const T extends readonly string[]>(name: string, word: string, known: T): T[number] {
    if (known.includes(word)) return word;
    throw new RowFault('NOT_ALLOWED', `${name} must be of ${known.join(', ')}.`);
  }

  private raw(name: string): unknown {
    const { object, cells } = this.record;
    if (object !== undefined) {
      const member = this.columns.names.get(name);
      return member === undefined || !Object.hasOwn(object, member) ? undefined : object[member];
    }
    const index = this.columns.indexes?.get(name);
    return index === undefined ? undefined : cells[index];
  }

  private checkMembers(object: Readonly<Record<string, unknown>>): void {
    if (this.columns.isMapped) return;
    const known = new Set(this.columns.names.values());
    if (Object.keys(object).some((member) => !known.has(member))) {
      throw new RowFault('UNKNOWN_COLUMN', 'This object has a member that is not known here.');
    }
  }
}
