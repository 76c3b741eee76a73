import { MAX_RECORD_CHARS, type RawRecord } from './raw-record';

/** Cuts text into lines (LF or CRLF) while it streams by, holding no more than one; empty lines are no records. */
export class LineRecords {
  private rest = '';
  private isTooLong = false;
  private line = 0;

  constructor(private readonly read: (text: string) => Omit<RawRecord, 'line' | 'chars'>) {}

  push(text: string): RawRecord[] {
    const found: RawRecord[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.add(text, from, end);
      this.end(found);
      from = end + 1;
    }
    this.add(text, from, text.length);
    return found;
  }

  finish(): RawRecord[] {
    const found: RawRecord[] = [];
    this.end(found);
    return found;
  }

  private add(text: string, from: number, to: number): void {
    if (this.rest.length + to - from > MAX_RECORD_CHARS) {
      this.isTooLong = true;
      this.rest = '';
    } else if (!this.isTooLong) this.rest += text.slice(from, to);
  }

  private end(found: RawRecord[]): void {
    this.line += 1;
    const { line } = this;
    if (this.isTooLong) found.push({ line, chars: 0, cells: [], fault: 'TOO_LONG' });
    else {
      const text = this.rest.trim();
      if (text !== '') found.push({ line, chars: text.length, ...this.read(text) });
    }
    this.rest = '';
    this.isTooLong = false;
  }
}

/** A line of NDJSON: one object. */
export function objectOf(text: string): Omit<RawRecord, 'line' | 'chars'> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { cells: [], object: value as Record<string, unknown> }
    : { cells: [], fault: 'NOT_AN_OBJECT' };
}

/** A line of text: one number and nothing else. */
export const cellOf = (text: string): Omit<RawRecord, 'line' | 'chars'> => ({ cells: [text] });
