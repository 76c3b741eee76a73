import { type Static, type TObject, type TProperties, type TSchema, Type } from '@sinclair/typebox';

/**
 * Shapes that many endpoints share. Every object of a body is closed and every list has an end; the server refuses to
 * start on a body schema that is not (see `validation.ts`).
 */

/** An object that refuses members it does not know. */
export function closed<T extends TProperties>(properties: T): TObject<T> {
  return Type.Object(properties, { additionalProperties: false });
}

/** One of these words. A plain `enum`, so that a wrong word is one error and not one for each alternative. */
export function oneOf<const T extends readonly string[]>(values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
}

/** A set of such words, each at most once. */
export function setOf<const T extends readonly string[]>(values: T, minItems = 1) {
  return Type.Array(oneOf(values), { minItems, maxItems: values.length, uniqueItems: true });
}

/** Prose of a person; not empty. */
export const prose = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** An id that the caller chooses: letters, digits, dot, underscore and hyphen, so that it is safe in a path. */
export const Slug = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });

export const Uuid = Type.String({ format: 'uuid' });

/** RFC 3339 with an offset. */
export const Timestamp = Type.String({ format: 'date-time' });

export const SlugParams = closed({ id: Slug });
export const UuidParams = closed({ id: Uuid });

export const MAX_PAGE = 1_000;
export const DEFAULT_PAGE = 50;

const listMembers = {
  limit: Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
};

/** What every list takes; further filters may stand beside it. */
export const ListQuery = closed(listMembers);
export type ListQuery = Static<typeof ListQuery>;

export function listQueryWith<T extends TProperties>(filters: T) {
  return closed({ ...listMembers, ...filters });
}

/** What every list answers. */
export function listOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) });
}

/** 202: asked, and waiting for another person. */
export const PendingApproval = Type.Object({ approvalId: Uuid, state: Type.Literal('pending') });
export type PendingApproval = Static<typeof PendingApproval>;
