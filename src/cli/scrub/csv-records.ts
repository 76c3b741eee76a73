import { CliError, EXIT } from '../cli-error';
import { MAX_ROW_CHARS, RowText } from './list-row';

export interface CsvRecord {
  cells: string[];
  cut: boolean;
}

/** The delimiter of a header line: whichever of comma, semicolon and tab it holds most of. */
export function delimiterOf(header: string): string {
  const count = (char: string): number => header.split(char).length;
  return [',', ';', '\t'].reduce((best, char) => (count(char) > count(best) ? char : best));
}

/**
 * Cuts CSV (RFC 4180) into records while it streams by. A quoted cell may hold delimiters, line ends and doubled
 * quotes; a quote in the middle of a cell stands for itself, as lists written by hand have it. An empty line is a
 * record of one empty cell.
 */
export class CsvRecords {
  private readonly cell = new RowText();
  private cells: string[] = [];
  private chars = 0;
  private cut = false;
  private state: 'start' | 'plain' | 'quoted' | 'quote' = 'start';
  private records = 0;

  constructor(private readonly delimiter: string) {}

  push(text: string): CsvRecord[] {
    const found: CsvRecord[] = [];
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text.charAt(i);
      if (this.state === 'quoted') {
        if (char !== '"') continue;
        this.add(text.slice(from, i));
        this.state = 'quote';
        from = i + 1;
      } else if (char === '"' && this.state !== 'plain') {
        // The first opens a quoted cell; one right behind a closing quote is a doubled, literal one.
        if (this.state === 'quote') this.add('"');
        this.state = 'quoted';
        from = i + 1;
      } else if (char === this.delimiter || char === '\n') {
        this.add(text.slice(from, i));
        from = i + 1;
        this.endCell(char === '\n');
        if (char === '\n') found.push(this.endRecord());
      } else this.state = 'plain';
    }
    this.add(text.slice(from));
    return found;
  }

  /** @throws CliError where a quote was never closed: it swallowed every row behind it. */
  finish(): CsvRecord[] {
    if (this.state === 'quoted') {
      throw new CliError(
        EXIT.usage,
        `A quoted cell is never closed; it begins behind record ${this.records}.`,
      );
    }
    if (this.state === 'start' && this.cells.length === 0 && this.cell.isEmpty) return [];
    this.endCell(true);
    return [this.endRecord()];
  }

  private add(part: string): void {
    this.chars += part.length;
    if (this.chars > MAX_ROW_CHARS) this.cut = true;
    else this.cell.add(part);
  }

  private endCell(endsRecord: boolean): void {
    const { text } = this.cell.take();
    this.state = 'start';
    this.chars += 1;
    if (this.chars > MAX_ROW_CHARS) {
      this.cut = true;
      return;
    }
    // The carriage return of CRLF belongs to the line end; behind a closing quote it was taken for text.
    this.cells.push(endsRecord && text.endsWith('\r') ? text.slice(0, -1) : text);
  }

  private endRecord(): CsvRecord {
    const record = { cells: this.cells, cut: this.cut };
    this.cells = [];
    this.chars = 0;
    this.cut = false;
    this.records += 1;
    return record;
  }
}
