import type { E164 } from '../../domain/phone/e164';
import type { Tx } from '../../platform/database/database';
import type { Reach, SubjectsPort, WordTarget } from './subjects.port';

/** Whom a word is written for, that reach under lock. */
export interface Whose {
  target: WordTarget;
  reach: Reach;
}

/**
 * Whose words something said on a number is: those of the person who was called, and, where that number is no longer the
 * person's, the number's own as well. Had it been told before they parted, a copy would have stayed with the number
 * (README, "Parting frees nothing"). The person comes first; nothing is locked after it.
 */
export async function lockWhose(
  subjects: SubjectsPort,
  tx: Tx,
  { subjectId, number }: { subjectId: string; number: E164 | undefined },
): Promise<[Whose, ...Whose[]]> {
  const person = { subjectId };
  if (number === undefined) return [{ target: person, reach: await subjects.lockReach(tx, person) }];
  const [own, rang] = await subjects.lockReaches(tx, [person, { number }]);
  if (own === undefined || rang === undefined) throw new Error('A reach was not locked.');
  const whose: [Whose] = [{ target: person, reach: own }];
  const apart = !own.rows.some((row) => row.id === rang.own.id);
  // Nothing can be added to a record that has been erased, and the person's own word must not be lost for that.
  return apart && rang.own.wrappingKey !== null ? [...whose, { target: { number }, reach: rang }] : whose;
}

/** Every row of them, once, in id order. */
export function rowsOfAll(whose: readonly Whose[]): Reach['rows'] {
  const rows = new Map(whose.flatMap(({ reach }) => reach.rows).map((row) => [row.id, row]));
  return [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
