import type { Json } from '../../../domain/ledger/canonical-json';

/** Twice as deep as a pointer reaches (MAX_POINTER_PARTS): what is cut off was never read. */
const KEPT_DEPTH = 32;

/** A vendor's JSON as a record can hold it: no deeper than it was read, and without numbers that JSON cannot write. */
export function keptJson(value: unknown, depth = KEPT_DEPTH): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  if (depth === 0) return 'cut off';
  if (Array.isArray(value)) return value.map((item) => keptJson(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [name, keptJson(content, depth - 1)]),
  );
}
