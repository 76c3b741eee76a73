import { type TProperties, Type } from '@sinclair/typebox';

/**
 * What a clear member of an event may be: a random id, a word of ours, a time, a count, or an id that the institution
 * chose for a thing of its own. None of them can hold a phone number or what anybody said, but an id of the
 * institution's: `Slug` keeps a `+` out, and the gateway gives no person such an id.
 */
export const Uuid = Type.String({ format: 'uuid' });

/** RFC 3339. */
export const Timestamp = Type.String({ format: 'date-time' });

/** Milliseconds since 1970, between 2017 and 2099. */
export const Millis = Type.Integer({
  minimum: 1_500_000_000_000,
  maximum: 4_100_000_000_000,
  description: 'Milliseconds since 1970-01-01T00:00:00Z.',
});

export const Count = Type.Integer({ minimum: 0, maximum: 999_999 });

export const Slug = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: 'An id that the institution chose.',
});

/** Words of ours that more may join without a new version of the type. */
export const word = (...examples: string[]) =>
  Type.String({ pattern: '^[a-z][a-z_.]{0,63}$', ...(examples.length === 0 ? {} : { examples }) });

/** A sentence or a code of ours, with where a fault lies: no plus, and no run of digits that could be a number. */
export const ourWords = Type.String({ pattern: '^(?!.*\\d{5})[A-Za-z][^+]{0,255}$' });

/** One of these and no other. */
export function oneOf<const T extends readonly string[]>(values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
}

export function setOf<const T extends readonly string[]>(values: T) {
  return Type.Array(oneOf(values), { maxItems: values.length, uniqueItems: true });
}

/** The whole of an event's data as we write it; readers are told to expect more (see `published`). */
export function event<const T extends TProperties>(description: string, properties: T) {
  return Type.Object(
    {
      ...properties,
      partitionKey: Type.Union([Uuid, Slug], { description: 'As the attribute `partitionkey`.' }),
    },
    { additionalProperties: false, description },
  );
}

/** Present where the event concerns a person we know: a random id. */
export const ofPerson = {
  subjectId: Type.Optional(
    Type.String({ format: 'uuid', description: 'The person, as the attribute `subject`.' }),
  ),
};
