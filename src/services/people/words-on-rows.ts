import type { LockedSubject, Reach } from './subjects.port';

/**
 * The person whose word it is, where that is known: said by a household's number it may be anybody's there, and said
 * by an unclaimed number it is nobody's we know.
 */
export function speakerOf(own: Pick<LockedSubject, 'kind' | 'facts'>): string | undefined {
  return own.kind === 'person' ? own.facts.persons[0]?.personId : undefined;
}

/**
 * A consent or its withdrawal as it must stand on one row of a reach, once for each person it may be of. What a
 * household's number said is unnamed on that number's row, and each member's own word elsewhere: it must not speak
 * for others with whom a member shares another number.
 */
export function namedFor<T extends object>(
  reach: Reach,
  row: LockedSubject,
  fact: T,
): (T & { personId?: string })[] {
  const { own } = reach;
  const speaker = speakerOf(own);
  if (speaker !== undefined) return [{ ...fact, personId: speaker }];
  if (row.id === own.id) return [{ ...fact }];
  const members = new Set(own.facts.persons.map((person) => person.personId));
  return row.facts.persons
    .filter((person) => members.has(person.personId))
    .map((person) => ({ ...fact, personId: person.personId }));
}

/** Ids of the rows, for the record. */
export const idsOf = (rows: readonly LockedSubject[]): string[] => rows.map((row) => row.id);
