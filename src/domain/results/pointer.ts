/** The parts of a JSON Pointer, unescaped. */
export type Pointer = readonly string[];

/** Deeper than any report of a call; what lies deeper in a body is not kept either. */
export const MAX_POINTER_PARTS = 16;

/** RFC 6901 sections 3 and 4; undefined for a text that is no pointer. */
export function parsePointer(text: string): Pointer | undefined {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  const parts = text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.length > MAX_POINTER_PARTS ? undefined : parts;
}

/**
 * Everything a pointer leads to. `*` stands for each item of a list, where RFC 6901 knows nothing but an index; as a
 * member's name it means itself. A text that is no pointer leads to nothing.
 */
export function valuesAt(root: unknown, text: string): unknown[] {
  const pointer = parsePointer(text);
  if (pointer === undefined) return [];
  let found: unknown[] = [root];
  for (const part of pointer) found = found.flatMap((value) => step(value, part));
  return found;
}

function step(value: unknown, part: string): unknown[] {
  if (Array.isArray(value)) {
    if (part === '*') return value;
    return /^(?:0|[1-9]\d{0,6})$/.test(part) && Number(part) < value.length ? [value[Number(part)]] : [];
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return [];
  return [(value as Record<string, unknown>)[part]];
}

/** A word, a number or a truth value as text; undefined for nothing, for blanks, and for what has parts. */
export function textOf(value: unknown): string | undefined {
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const text = scalar ? String(value).trim() : '';
  return text === '' ? undefined : text;
}
