/** A value that JSON can carry; `undefined` members are left out as JSON.stringify does. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json | undefined };

/**
 * RFC 8785 (JCS): members sorted by UTF-16 code units, ECMAScript number and string forms, no white space.
 * Throws on numbers that are not finite and on lone surrogates, which RFC 8785 section 3.2.2.2 forbids.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new RangeError('Canonical JSON has no form for a number that is not finite.');
    // ECMAScript's own form of a number, which is that of RFC 8785 section 3.2.2.3; it has no negative zero.
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let text = '';
  for (const member of Object.keys(value).sort()) {
    const content = value[member];
    if (content === undefined) continue;
    text += `${text === '' ? '' : ','}${canonicalString(member)}:${canonicalJson(content)}`;
  }
  return `{${text}}`;
}

/** Nothing in it needs an escape, and nothing is half of a surrogate pair. */
const PLAIN = /^[ !#-[\]-~]*$/;

function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new RangeError('Canonical JSON has no form for a lone surrogate.');
  return JSON.stringify(text);
}
