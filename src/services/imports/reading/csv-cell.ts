const FORMULA = /^[=+\-@\t\r＝＋－＠]/u;
/** A number with its country code, whole or masked: what has no letter, `=` or second sign runs nothing. */
const HARMLESS = /^\+[\d*][\d*() .-]{0,40}$/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/**
 * A cell of CSV. Spreadsheets run what begins with `= + - @` as a formula, also out of a list that a stranger filled
 * in: such a cell is quoted and begins with an apostrophe, which they take for "text" and `RowValues` takes off again.
 */
function csvCell(text: string): string {
  const isFormula = FORMULA.test(text);
  if (!isFormula && !NEEDS_QUOTES.test(text)) return text;
  return `"${isFormula && !HARMLESS.test(text) ? "'" : ''}${text.replaceAll('"', '""')}"`;
}

export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`;
