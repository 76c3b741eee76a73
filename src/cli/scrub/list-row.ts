/** Text beyond this is not a row of a list but a broken file; it is cut, so that memory stays bounded. */
export const MAX_ROW_CHARS = 65_536;

/** Members of the authorize body that a row may bring itself; everything else of a row only travels along. */
export const CALL_MEMBERS = [
  'to',
  'region',
  'callerId',
  'voice',
  'customerId',
  'timeZone',
  'subdivision',
] as const;
export type CallMembers = Partial<Record<(typeof CALL_MEMBERS)[number], string>>;

/** One row of a list: what it looked like, and what can be asked about it. */
export interface ListRow {
  /** The original columns: cells in the order of the header, or the members of an object. */
  original: readonly string[] | Readonly<Record<string, unknown>>;
  /** What the row says of the call; absent where nothing can be asked because the row itself cannot be read. */
  call?: CallMembers;
  /** Why not, as a problem code of the API. */
  fault?: 'MALFORMED' | 'TOO_LARGE' | 'INVALID';
}

/**
 * A row with what it says of the call, unless the gateway would refuse the whole batch for it: it takes neither NUL
 * nor half of a surrogate pair in any body, and a row must fail alone.
 */
export function askable(original: ListRow['original'], call: CallMembers): ListRow {
  const texts = Object.values(call);
  if (texts.some((text) => text.includes('\u0000') || !text.isWellFormed()))
    return { original, fault: 'INVALID' };
  return { original, call };
}

/** A list that is being read: its columns where it is a table, or none where its rows are objects. */
export interface ListShape {
  columns: readonly string[] | undefined;
}

/** A piece of text that was taken out of a stream, and whether it was cut at `MAX_ROW_CHARS`. */
export interface Piece {
  text: string;
  cut: boolean;
}

/** Collects the pieces of one row across chunks without ever holding more than the limit. */
export class RowText {
  private text = '';
  private cut = false;

  add(part: string): void {
    const room = MAX_ROW_CHARS - this.text.length;
    if (part.length > room) this.cut = true;
    this.text += part.length > room ? part.slice(0, room) : part;
  }

  get isEmpty(): boolean {
    return this.text === '';
  }

  take(): Piece {
    const piece = { text: this.text, cut: this.cut };
    this.text = '';
    this.cut = false;
    return piece;
  }
}
