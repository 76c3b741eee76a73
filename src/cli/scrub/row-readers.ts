import { CliError, EXIT } from '../cli-error';
import { askable, CALL_MEMBERS, type CallMembers, type ListRow, type Piece } from './list-row';

/** Names of the columns that the gateway's answer fills; of a list that has them already they are replaced. */
export const ANSWER_COLUMNS = ['e164', 'outcome', 'reasons', 'notBefore'] as const;

/** A line of a text: a number and nothing else. */
export function rowOfLine(piece: Piece): ListRow {
  return piece.cut
    ? { original: [piece.text], fault: 'TOO_LARGE' }
    : askable([piece.text], { to: piece.text });
}

/** A line of NDJSON: one object that names the number as `to` (or `number`). */
export function rowOfObjectLine(piece: Piece): ListRow {
  return rowOfElement(piece, false);
}

/** An element of a JSON array, or a line of NDJSON: a number as a string, or an object that names it. */
export function rowOfElement(piece: Piece, asTable: boolean): ListRow {
  const unreadable = (fault: 'MALFORMED' | 'TOO_LARGE'): ListRow => ({
    original: asTable ? [piece.text] : { raw: piece.text },
    fault,
  });
  if (piece.cut) return unreadable('TOO_LARGE');
  const value = parsed(piece.text);
  // A number without quotes keeps the digits as they were written: 13800138001 is no amount.
  const text = typeof value === 'string' ? value : typeof value === 'number' ? piece.text : undefined;
  if (text !== undefined) return askable(asTable ? [text] : { number: text }, { to: text });
  if (!isObject(value)) return unreadable('MALFORMED');
  const original = asTable ? [piece.text] : value;
  const call = callOfObject(value);
  return call === undefined ? { original, fault: 'INVALID' } : askable(original, call);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The fault is the row's, and is written beside it.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members of the authorize body; the rest travels along and is never sent. Undefined where one is no text. */
function callOfObject(value: Readonly<Record<string, unknown>>): CallMembers | undefined {
  const call: CallMembers = {};
  for (const member of CALL_MEMBERS) {
    const content = member === 'to' ? (value['to'] ?? value['number']) : value[member];
    if (content === undefined || content === null) continue;
    if (typeof content !== 'string' && typeof content !== 'number') return undefined;
    call[member] = String(content);
  }
  return call;
}

/** The header of a table: which column is the number, and which others say something of the call. */
export class TableColumns {
  readonly names: readonly string[];
  private readonly members: readonly { member: keyof CallMembers; index: number }[];

  /** @throws CliError where no column is called `number` (or `to`). */
  constructor(header: readonly string[]) {
    this.names = header.map((name) => name.trim());
    const lower = this.names.map((name) => name.toLowerCase());
    const number = lower.includes('number') ? lower.indexOf('number') : lower.indexOf('to');
    if (number === -1) {
      throw new CliError(
        EXIT.usage,
        'The header names no column `number`: a CSV list begins with a header line.',
      );
    }
    const others = CALL_MEMBERS.filter((member) => member !== 'to')
      .map((member) => ({ member, index: lower.indexOf(member.toLowerCase()) }))
      .filter(({ index }) => index !== -1);
    this.members = [{ member: 'to', index: number }, ...others];
  }

  /**
   * Short rows are filled with empty cells. In a row with more cells than the header nobody can tell which is the
   * number: it is not asked about, and its surplus is kept in the last cell.
   */
  row(record: { cells: string[]; cut: boolean }): ListRow {
    const width = this.names.length;
    // Spreadsheets end lines with empty cells that no header names; those are no surplus.
    const surplus = record.cells.slice(width).some((cell) => cell.trim() !== '');
    const original = this.names.map((_, index) =>
      surplus && index === width - 1 ? record.cells.slice(index).join(',') : (record.cells[index] ?? ''),
    );
    if (record.cut) return { original, fault: 'TOO_LARGE' };
    if (surplus) return { original, fault: 'MALFORMED' };
    const call: CallMembers = {};
    for (const { member, index } of this.members) {
      const cell = original[index] ?? '';
      // An empty number is asked about like any other; an empty hint is no hint.
      if (member === 'to') call.to = cell;
      else if (cell.trim() !== '') call[member] = cell.trim();
    }
    return askable(original, call);
  }
}
