/** A number as somebody wrote it, reduced to what counts: its digits, and whether a `+` stood before them. */
export interface WrittenNumber {
  readonly international: boolean;
  readonly digits: string;
}

/** No number fills more; whatever is longer is prose and not worth reading. */
const LONGEST_TEXT = 64;
const PLUS = 0x2b;
const ZERO = 0x30;
const NINE = 0x39;
/** Space, hyphen, full stop, parentheses and slash. */
const SEPARATORS = new Set([...' -.()/'].map((c) => c.charCodeAt(0)));
/** Full-width forms, the ideographic and the no-break space, and the hyphens and dashes that word processors put. */
const FOLDABLE = /^[ -~\uFF01-\uFF5E\u3000\u00A0\u2010-\u2015\u2212]*$/;
const DASHES = /[\u2010-\u2015\u2212]/g;
const NOT_DIGITS = /\D/g;

/**
 * Reads digits, a leading `+` and separators; anything else makes the text not a number. Letters are never turned
 * into digits (`1800number`), no number is searched for in prose, and an extension is not a number that can be rung
 * by the gateway: whoever wrote such a thing must say what was meant. Undefined means "not a number".
 */
export function readWrittenNumber(raw: string): WrittenNumber | undefined {
  if (raw.length > LONGEST_TEXT) return undefined;
  return readAscii(raw) ?? readFolded(raw);
}

function readAscii(text: string): WrittenNumber | undefined {
  let digits = 0;
  let international = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= ZERO && c <= NINE) digits++;
    else if (c === PLUS && digits === 0 && !international) international = true;
    else if (!SEPARATORS.has(c)) return undefined;
  }
  if (digits === 0) return undefined;
  // Without separators the digits are the end of the text.
  const bare = digits + (international ? 1 : 0) === text.length;
  return { international, digits: bare ? text.slice(-digits) : text.replace(NOT_DIGITS, '') };
}

/** The second try: full-width forms folded, white space at the ends dropped. */
function readFolded(raw: string): WrittenNumber | undefined {
  const text = raw.trim();
  if (!FOLDABLE.test(text)) return undefined;
  return readAscii(text.normalize('NFKC').replace(DASHES, '-'));
}
