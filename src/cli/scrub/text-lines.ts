import { type Piece, RowText } from './list-row';

/**
 * Cuts a text into lines (LF or CRLF) while it streams by. An empty line is a line: rows in are rows out. The end of
 * the last line is no line of its own.
 */
export class TextLines {
  private readonly line = new RowText();
  private open = false;

  push(text: string): Piece[] {
    const found: Piece[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.line.add(text.slice(from, end));
      found.push(this.take());
      from = end + 1;
    }
    this.line.add(text.slice(from));
    this.open = from < text.length || (this.open && from === 0);
    return found;
  }

  finish(): Piece[] {
    return this.open ? [this.take()] : [];
  }

  private take(): Piece {
    this.open = false;
    const { text, cut } = this.line.take();
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text, cut };
  }
}
