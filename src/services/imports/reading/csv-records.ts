import { JobFailure } from '../../jobs/job';
import { MAX_CELLS, MAX_LINES_IN_RECORD, MAX_RECORD_CHARS, type RawRecord } from './raw-record';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

type State = 'start' | 'plain' | 'quoted' | 'closed';

/**
 * Cuts CSV (RFC 4180) into records while it streams by, holding no more than one record. A quoted cell may hold
 * delimiters, line ends and doubled quotes; a quote in the middle of a bare cell stands for itself, as lists written by
 * hand have it. An empty line is no record. A record that cannot be read is one with a fault, and spoils no other.
 */
export class CsvRecords {
  private readonly delimiter: number;
  private cells: string[] = [];
  private cell = '';
  private chars = 0;
  private fault: RawRecord['fault'];
  private state: State = 'start';
  private line = 1;
  private beganAt = 1;

  constructor(delimiter: string) {
    this.delimiter = delimiter.charCodeAt(0);
  }

  /** @throws JobFailure where a quote seems never to be closed. */
  push(text: string): RawRecord[] {
    const found: RawRecord[] = [];
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i);
      if (this.state === 'quoted') {
        if (char === LF) this.lineInQuotes();
        else if (char === QUOTE) {
          this.add(text, from, i);
          from = i + 1;
          this.state = 'closed';
        }
      } else if (char === this.delimiter) {
        this.add(text, from, i);
        from = i + 1;
        this.endCell();
      } else if (char === LF) {
        this.add(text, from, i);
        from = i + 1;
        this.endRecord(found);
      } else if (char === QUOTE && this.state !== 'plain') {
        // The first opens a quoted cell; one right behind a closing quote is a doubled, literal one.
        if (this.state === 'closed') this.cell += '"';
        this.state = 'quoted';
        from = i + 1;
      } else if (this.state === 'closed') {
        if (char !== CR) this.fault ??= 'QUOTES';
      } else this.state = 'plain';
    }
    this.add(text, from, text.length);
    return found;
  }

  /** @throws JobFailure where a quote was never closed: it swallowed every row behind it. */
  finish(): RawRecord[] {
    if (this.state === 'quoted') throw neverClosed(this.beganAt);
    const found: RawRecord[] = [];
    if (this.state !== 'start' || this.cells.length > 0 || this.cell !== '') this.endRecord(found);
    return found;
  }

  private add(text: string, from: number, to: number): void {
    // Behind a closing quote stands nothing but the carriage return of a line end.
    if (from >= to || this.state === 'closed') return;
    this.chars += to - from;
    if (this.chars > MAX_RECORD_CHARS) {
      this.fault = 'TOO_LONG';
      return;
    }
    this.cell += text.slice(from, to);
  }

  private endCell(): void {
    this.cells.push(this.cell);
    this.cell = '';
    this.state = 'start';
    this.chars += 1;
    if (this.chars > MAX_RECORD_CHARS || this.cells.length > MAX_CELLS) {
      this.fault = 'TOO_LONG';
      this.cells.length = 0;
    }
  }

  private endRecord(found: RawRecord[]): void {
    if (this.state !== 'closed' && this.cell.endsWith('\r')) this.cell = this.cell.slice(0, -1);
    const isEmpty = this.cells.length === 0 && this.cell === '' && this.state !== 'closed';
    if (!isEmpty || this.fault !== undefined) {
      this.endCell();
      const { cells, chars, fault, beganAt: line } = this;
      found.push(fault === undefined ? { line, chars, cells } : { line, chars: 0, cells: [], fault });
    }
    this.cells = [];
    this.cell = '';
    this.chars = 0;
    this.fault = undefined;
    this.state = 'start';
    this.line += 1;
    this.beganAt = this.line;
  }

  private lineInQuotes(): void {
    this.line += 1;
    if (this.line - this.beganAt > MAX_LINES_IN_RECORD) throw neverClosed(this.beganAt);
  }
}

function neverClosed(line: number): JobFailure {
  return new JobFailure('UNCLOSED_QUOTE', 'A quote in this line is not closed within reach.', line);
}

/** The delimiter of a header line: whichever of the usual ones it holds most of. */
export function delimiterOf(header: string): string {
  const count = (char: string): number => header.split(char).length;
  return [',', ';', '\t', '|'].reduce((best, char) => (count(char) > count(best) ? char : best));
}
