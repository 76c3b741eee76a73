import { CliError, EXIT } from '../cli-error';
import { type Piece, RowText } from './list-row';

const WHITE_SPACE = /\s/;

/**
 * Cuts a JSON array into the texts of its elements while it streams by: nothing but the element at hand is held.
 * It finds borders only; whether an element is JSON is for its reader, so one broken element is one broken row.
 */
export class JsonElements {
  private readonly element = new RowText();
  private state: 'before' | 'inside' | 'after' = 'before';
  private depth = 0;
  private inString = false;
  private escaped = false;
  private elements = 0;
  private sawComma = false;

  /** The elements that this text completes. @throws CliError where the text is not one array. */
  push(text: string): Piece[] {
    const found: Piece[] = [];
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text.charAt(i);
      if (this.state === 'inside') {
        if (!this.endsElement(char)) continue;
        this.element.add(text.slice(from, i));
        from = i + 1;
        this.close(char, found);
      } else {
        this.outside(char);
        from = i + 1;
      }
    }
    if (this.state === 'inside') this.element.add(text.slice(from));
    return found;
  }

  /** @throws CliError where the array was not closed: rows would be missing from the answer. */
  finish(): Piece[] {
    if (this.state === 'after') return [];
    throw new CliError(
      EXIT.usage,
      this.state === 'before'
        ? 'The list is not a JSON array.'
        : `The JSON array is not closed: it breaks off after ${this.elements} rows.`,
    );
  }

  private outside(char: string): void {
    if (WHITE_SPACE.test(char)) return;
    if (this.state === 'before' && char === '[') {
      this.state = 'inside';
      return;
    }
    const place =
      this.state === 'before' ? 'The list is not a JSON array' : 'Something follows the JSON array';
    throw new CliError(EXIT.usage, `${place}.`);
  }

  /** True at the comma or bracket that ends the element at hand. */
  private endsElement(char: string): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (char === '\\') this.escaped = true;
      else if (char === '"') this.inString = false;
      return false;
    }
    if (char === '"') this.inString = true;
    else if (char === '[' || char === '{') this.depth += 1;
    else if (char === '}' && this.depth > 0) this.depth -= 1;
    else if (char === ']') {
      if (this.depth === 0) return true;
      this.depth -= 1;
    } else if (char === ',') return this.depth === 0;
    return false;
  }

  private close(char: string, found: Piece[]): void {
    const { text, cut } = this.element.take();
    // `[]` has no element, while `[1,]` has a second one that cannot be read.
    if (char === ',' || this.sawComma || text.trim() !== '') {
      found.push({ text: text.trim(), cut });
      this.elements += 1;
    }
    if (char === ',') this.sawComma = true;
    else this.state = 'after';
  }
}
