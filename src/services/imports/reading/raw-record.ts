/** Longer than this is no row of a list but a broken file; it is not kept, so that memory stays bounded. */
export const MAX_RECORD_CHARS = 16_384;
/** A row of more cells is none of a list; each of them would cost more than its characters do. */
export const MAX_CELLS = 1_000;
/** A cell with more lines than this is a quote that somebody forgot. */
export const MAX_LINES_IN_RECORD = 50;

/** A row as it stands in the file. */
export interface RawRecord {
  /** Where it begins, counted from 1. */
  line: number;
  /** How long it was. */
  chars: number;
  /** None where there is a fault. */
  cells: string[];
  /** Of NDJSON, instead of cells. */
  object?: Readonly<Record<string, unknown>>;
  fault?: 'TOO_LONG' | 'QUOTES' | 'NOT_AN_OBJECT';
}
