import type { PersonFacts, Slot, SubjectFacts } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';

export const emptyFacts = (): SubjectFacts => ({
  persons: [],
  wishes: [],
  preferences: [],
  grants: [],
  withdrawals: [],
  cooldowns: [],
});

/** All of both, each once: nothing that binds is lost by putting rows together. What `first` knows already wins. */
export function uniteFacts(first: SubjectFacts, second: SubjectFacts): SubjectFacts {
  const byId = (fact: { id: string }): string => fact.id;
  return {
    persons: unite(first.persons, second.persons, (person) => person.personId).sort(byPerson),
    wishes: unite(first.wishes, second.wishes, byId),
    preferences: unite(first.preferences, second.preferences, byId),
    grants: unite(first.grants, second.grants, byId),
    // One withdrawal said by a household's number stands for each of its people, so it may be here once for each.
    withdrawals: unite(first.withdrawals, second.withdrawals, (fact) => `${fact.id}/${fact.personId ?? ''}`),
    cooldowns: unite(first.cooldowns, second.cooldowns, byId),
  };
}

/** Past attempts add up. Of one call, `first` knows more: the other row holds a copy that no report has reached. */
export function uniteSlots(first: readonly Slot[], second: readonly Slot[]): Slot[] {
  const slots = new Map(second.map((slot) => [slot.callId, slot]));
  for (const slot of first) slots.set(slot.callId, { ...slots.get(slot.callId), ...slot });
  return [...slots.values()].sort((a, b) => a.decidedAt - b.decidedAt || (a.callId < b.callId ? -1 : 1));
}

type Words = Pick<SubjectFacts, 'wishes' | 'preferences' | 'withdrawals' | 'cooldowns'>;

/** What `more` says that stands in the way of a call and that `known` does not say yet. */
export function newWords(known: SubjectFacts, more: SubjectFacts): Words {
  const isNew =
    (facts: readonly { id: string; personId?: string }[]) =>
    ({ id, personId }: { id: string; personId?: string }): boolean =>
      // What stands there without a name binds whoever it is about, and is not new by a name.
      !facts.some((fact) => fact.id === id && (fact.personId ?? personId) === (personId ?? fact.personId));
  return {
    wishes: more.wishes.filter(isNew(known.wishes)),
    preferences: more.preferences.filter(isNew(known.preferences)),
    withdrawals: more.withdrawals.filter(isNew(known.withdrawals)),
    cooldowns: more.cooldowns.filter(isNew(known.cooldowns)),
  };
}

/** Whether there is any of that. */
export const bringsWords = (known: SubjectFacts, more: SubjectFacts): boolean =>
  Object.values(newWords(known, more)).some((words) => words.length > 0);

/** An authorization that can still be redeemed. */
export const isOpen = (slot: Slot, at: Instant): boolean =>
  slot.voidedAt === undefined &&
  slot.redeemedAt === undefined &&
  slot.placedAt === undefined &&
  slot.endedAt === undefined &&
  at < slot.expiresAt;

function unite<T>(first: readonly T[], second: readonly T[], keyOf: (fact: T) => string): T[] {
  const known = new Set(first.map(keyOf));
  return [...first, ...second.filter((fact) => !known.has(keyOf(fact)))];
}

const byPerson = (a: PersonFacts, b: PersonFacts): number => (a.personId < b.personId ? -1 : 1);
