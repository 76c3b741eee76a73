import { maskDigits } from '../../domain/phone/mask-number';

/**
 * The last thing between a log line and the outside: no telephone number leaves in clear, whoever logged it and
 * in whatever field, key, message or stack it stands (RULINGS 18).
 */

/** Ids and moments are made of digits too, but of no person's: they are kept, or no log could be followed. */
const KEPT = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/gi;
/** A JSON string, or a number written without quotes. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Numbers of ten digits and more may be telephone numbers; pids, sizes and durations stay below. */
const SHORTEST_NATIONAL_NUMBER = 1e9;

/** Masks what may be a telephone number in free text. */
export function maskText(text: string): string {
  let masked = '';
  let from = 0;
  for (const kept of text.matchAll(KEPT)) {
    masked += maskDigits(text.slice(from, kept.index)) + kept[0];
    from = kept.index + kept[0].length;
  }
  return masked + maskDigits(text.slice(from));
}

/** Masks a line of JSON and leaves it a line of JSON. */
export function maskJsonLine(line: string): string {
  return line.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return maskJsonString(token);
    return Math.abs(Number(token)) >= SHORTEST_NATIONAL_NUMBER ? '"****"' : token;
  });
}

/** Digits may touch an escape (`\u00001380…`), so a string with one is masked in its decoded form. */
function maskJsonString(token: string): string {
  if (!token.includes('\\')) return `"${maskText(token.slice(1, -1))}"`;
  return JSON.stringify(maskText(JSON.parse(token) as string));
}
