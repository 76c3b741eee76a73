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

/** Whether `more` says anything that stands in the way of a call and that `known` does not say yet. */
export function bringsWords(known: SubjectFacts, more: SubjectFacts): boolean {
  const { wishes, preferences, withdrawals, cooldowns } = uniteFacts(known, more);
  return (
    wishes.length > known.wishes.length ||
    preferences.length > known.preferences.length ||
    withdrawals.length > known.withdrawals.length ||
    cooldowns.length > known.cooldowns.length
  );
}

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
