import { type AppError, invalidMember } from '../../contracts/app-error';
import type { Instant } from '../../domain/time/instant';
import { isUuid } from '../ids/uuid';

/** The years 0 to 9999: what RFC 3339 can write and every database can hold. */
const FIRST_INSTANT = Date.parse('0000-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** Where a page ended: lists run from the newest, by (time, id). */
export interface Position {
  at: Instant;
  id: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Opaque to callers, and no secret: it holds only what the list has shown. */
export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.at, position.id]), 'utf8').toString('base64url');
}

/** @throws AppError INVALID for a text that no list has given. */
export function decodeCursor(cursor: string): Position {
  const value = parsed(cursor);
  if (Array.isArray(value) && value.length === 2) {
    const [at, id] = value as unknown[];
    if (
      typeof at === 'number' &&
      at >= FIRST_INSTANT &&
      at <= LAST_INSTANT &&
      typeof id === 'string' &&
      !id.includes('\u0000')
    ) {
      return { at, id };
    }
  }
  throw foreignCursor();
}

function foreignCursor(): AppError {
  return invalidMember('/cursor', 'Must be the nextCursor of an earlier page.', 'FORMAT');
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Where the asked page begins, as the two parameters of
 * `WHERE ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2)) ORDER BY created_at DESC, id DESC LIMIT limit + 1`.
 * `ids` says what the list's ids are: the database would not compare a UUID with anything else.
 */
export function startOf(
  query: { cursor?: string },
  ids: 'uuid' | 'text',
): { at: Date | null; id: string | null } {
  if (query.cursor === undefined) return { at: null, id: null };
  const { at, id } = decodeCursor(query.cursor);
  if (ids === 'uuid' && !isUuid(id)) throw foreignCursor();
  return { at: new Date(at), id };
}

/** Makes a page of at most `limit` items from up to `limit + 1` rows: the one more says that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => Position,
  item: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(item),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null,
  };
}
