import type { Cooldown, Preference, Wish } from '../decision/facts';
import type { Instant } from '../time/instant';

/** What a person said and may say again: of words about the same matter that one stands which holds longest. */
export interface Matter<Word> {
  /** Whether one says of the same things what the other says, whenever it was said and however long it holds. */
  same: (one: Word, other: Word) => boolean;
  endOf: (word: Word) => Instant;
}

const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((item) => other.includes(item));

const sameJson = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A list's own entries are lifted by the list, each by itself: nothing stands for them and they stand for nothing. */
export const WISH_MATTER: Matter<Wish> = {
  same: (one, other) =>
    one.source === other.source &&
    one.source !== 'import' &&
    one.number === other.number &&
    one.scope.kind === other.scope.kind &&
    (one.scope.kind === 'group' || one.scope.id === (other.scope as { id?: string }).id) &&
    sameSet(one.channels, other.channels) &&
    sameSet(one.purposes, other.purposes),
  endOf: ({ until }) => until ?? Infinity,
};

const lastsOnly = ({ hours, noAiVoice, noProfiling, language }: Preference): boolean =>
  hours === undefined && noAiVoice !== true && noProfiling !== true && language === undefined;

export const PREFERENCE_MATTER: Matter<Preference> = {
  same: (one, other) =>
    (one.quietUntil === undefined) === (other.quietUntil === undefined) &&
    one.noAiVoice === other.noAiVoice &&
    one.noProfiling === other.noProfiling &&
    one.language === other.language &&
    sameJson(one.hours, other.hours),
  // A pause that is over leaves what else was said with it.
  endOf: ({ quietUntil }) => quietUntil ?? Infinity,
};

/** What still says something at this moment. */
export const unexpiredWishes = (wishes: readonly Wish[], at: Instant): Wish[] =>
  wishes.filter((wish) => at < WISH_MATTER.endOf(wish));
export const unexpiredPreferences = (preferences: readonly Preference[], at: Instant): Preference[] =>
  preferences.filter((word) => at < PREFERENCE_MATTER.endOf(word) || !lastsOnly(word));

/** A word that another one stands for, as long as that one stands. */
export interface SetAside<Word> {
  word: Word;
  by: Word;
}

/**
 * The words of a row once another one is said: said again, the newest that holds longest stands for the others, so that
 * a row does not grow with every time that a person repeats what binds already.
 *
 * @param mayStandFor whether what was said before is the word of the same person, and so reaches the same rows
 */
export function stand<Word extends { id: string }>(
  standing: readonly Word[],
  word: Word,
  { same, endOf }: Matter<Word>,
  mayStandFor: (id: string) => boolean,
): { words: Word[]; setAside: SetAside<Word>[] } {
  const equals = standing.filter((other) => same(other, word) && mayStandFor(other.id));
  const longer = equals.find((other) => endOf(other) > endOf(word));
  if (longer !== undefined) return { words: [...standing], setAside: [{ word, by: longer }] };
  const words = [...standing.filter((other) => !equals.includes(other)), word];
  return { words, setAside: equals.map((other) => ({ word: other, by: word })) };
}

/**
 * Cool-downs of a row with another one. Nothing lifts them, so one that another outlasts says nothing any more: of those
 * that last as long as the law's pause the latest counts, of those to a named time the longest.
 */
export function withCooldown(cooldowns: readonly Cooldown[], cooldown: Cooldown, at: Instant): Cooldown[] {
  const outlasts = (one: Cooldown, other: Cooldown): boolean =>
    one.kind === other.kind &&
    (one.until === undefined) === (other.until === undefined) &&
    (one.until ?? one.at) >= (other.until ?? other.at);
  const lasting = cooldowns.filter(({ until }) => at < (until ?? Infinity));
  if (lasting.some((known) => outlasts(known, cooldown))) return lasting;
  return [...lasting.filter((known) => !outlasts(cooldown, known)), cooldown];
}
