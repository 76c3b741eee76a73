import type { Preference, Slot, SubjectFacts, Wish } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import type { Settings } from '../../settings/settings';
import { mayRestOn } from '../consents/rests-on';
import { mayBind, voidWhere } from '../wishes/voided-slots';
import { bringsWords, emptyFacts, isOpen, newWords, uniteFacts, uniteSlots } from './facts-union';

export interface HeldNumber {
  id: string;
  tag: Buffer;
  subjectId: string;
  /** People who say that it is theirs: nobody, one, or several. */
  claimants: Set<string>;
}

export interface MovableSubject {
  id: string;
  kind: 'person' | 'household';
  tags: Buffer[];
  facts: SubjectFacts;
  slots: Slot[];
  mergedInto?: string;
}

/** A wish or preference that goes on under an id of its own, because the one it was said of and this row part. */
export interface CarriedWord {
  kind: 'wish' | 'preference';
  from: string;
  /** The record that the copy belongs to. */
  ownerId: string;
  word: Wish | Preference;
}

export interface NumberMovesInput {
  at: Instant;
  newId: () => string;
  /** Everything that may be touched, under lock, by id. */
  subjects: Map<string, MovableSubject>;
  numbers: Map<string, HeldNumber>;
  /** Present row of the record that a wish or preference belongs to, by its id. */
  owners: Map<string, string>;
  settings: Pick<Settings, 'campaign'>;
}

/**
 * What becomes of subjects when people come by numbers and part from them (RULINGS 3). Always true afterwards:
 * an unclaimed number has a subject of its own; a number that one person claims is on that person's own subject; one
 * that several claim is a household, whose row holds all that any of them said.
 *
 * Parting never frees anything: what bound a number binds it on, as a copy that can be released alone, and what was
 * said by a household's number goes on binding everybody who was there. Otherwise correcting a person's numbers would
 * be a silent release (promise 5). Consents do not stay behind: nobody speaks for a number that is no longer theirs. Nor
 * do they come along: one that was given by a number while it was nobody's may be whoever's had it then, and what is not
 * known allows nothing (READINGS 13). The ledger keeps it.
 *
 * A token binds only what was known when it was given. So every claim and every parting voids the open ones of the rows
 * that it changes: a call that was allowed to nobody in particular must not ring a person who refused (promise 2). Where
 * it brings a word to a row that binds a call under way there, that call must end, as if the word were said now.
 */
export class NumberMoves {
  readonly changed = new Set<string>();
  readonly made: MovableSubject[] = [];
  readonly moved: { numberId: string; from: string; to: string }[] = [];
  readonly merged: { from: string; into: string }[] = [];
  readonly carried: CarriedWord[] = [];
  /** Calls whose authorizations were taken back, those under way among them. */
  readonly voided = new Set<string>();

  constructor(private readonly state: NumberMovesInput) {}

  /** The person claims the number. */
  join(personId: string, numberId: string): void {
    const number = this.number(numberId);
    const holder = this.subject(number.subjectId);
    const person = this.subject(personId);
    const others = number.claimants.size;
    number.claimants.add(personId);
    if (holder === person) {
      if (!person.tags.some((tag) => tag.equals(number.tag))) person.tags.push(number.tag);
      this.changed.add(person.id);
    } else if (others === 0) {
      this.absorb(person, holder, number);
    } else if (holder.kind === 'household') {
      this.voidFor(holder, person.facts);
      holder.facts = uniteFacts(holder.facts, person.facts);
      holder.slots = uniteSlots(holder.slots, person.slots);
      this.changed.add(holder.id);
    } else {
      this.makeHousehold(number, holder, person);
    }
  }

  /** The person claims the number no longer. */
  leave(personId: string, numberId: string): void {
    const number = this.number(numberId);
    const holder = this.subject(number.subjectId);
    const person = this.subject(personId);
    number.claimants.delete(personId);
    if (holder.kind === 'household') this.leaveHousehold(person, holder, number);
    else this.leaveAlone(person, number);
  }

  /**
   * Every row that holds a number of the person gets all that the person's own row says, and gives up its tokens where
   * that is more than it said before. Comes last: what was voided is so on every row that has a copy of it.
   */
  spread(personId: string): void {
    const own = this.subject(personId);
    for (const row of this.rowsOf(personId)) {
      if (bringsWords(row.facts, own.facts)) this.voidFor(row, own.facts);
      const persons = row.facts.persons.filter((person) => person.personId !== personId);
      row.facts = uniteFacts({ ...row.facts, persons }, own.facts);
      this.changed.add(row.id);
    }
    for (const row of this.state.subjects.values()) this.voidCopies(row);
  }

  private leaveAlone(person: MovableSubject, number: HeldNumber): void {
    this.voidFor(person);
    const copies = new Map<string, Wish | Preference>();
    const alone = this.makeSubject('person', [number.tag], person.slots);
    alone.facts = {
      ...emptyFacts(),
      wishes: person.facts.wishes.map((wish) => this.carry('wish', wish, alone.id, copies)),
      preferences: person.facts.preferences.map((word) => this.carry('preference', word, alone.id, copies)),
      withdrawals: person.facts.withdrawals.map(({ personId: _, ...withdrawal }) => withdrawal),
      cooldowns: [...person.facts.cooldowns],
    };
    this.move(number, person, alone);
  }

  private leaveHousehold(person: MovableSubject, household: MovableSubject, number: HeldNumber): void {
    const { facts } = household;
    household.facts = {
      ...facts,
      persons: facts.persons.filter((other) => other.personId !== person.id),
      grants: facts.grants.filter((grant) => grant.personId !== person.id),
      withdrawals: facts.withdrawals.filter((withdrawal) => withdrawal.personId !== person.id),
    };
    this.carryStrayWords([household], household.id);
    this.carryStrayWords([person, ...this.rowsOf(person.id)], person.id);
    const [last] = number.claimants;
    if (number.claimants.size === 1 && last !== undefined) {
      this.absorb(this.subject(last), household, number);
      this.spread(last);
    }
  }

  private makeHousehold(number: HeldNumber, first: MovableSubject, second: MovableSubject): void {
    // A token for the number was given on the first one's row; it must not be redeemed there once wishes go elsewhere.
    this.voidFor(first, second.facts);
    const household = this.makeSubject('household', [number.tag], uniteSlots(first.slots, second.slots));
    household.facts = uniteFacts(first.facts, second.facts);
    this.move(number, first, household);
  }

  /** The whole row goes into a person's own, but for consents: only those that were the person's by name. */
  private absorb(person: MovableSubject, row: MovableSubject, number: HeldNumber): void {
    // Each one's words now bind the other's calls, and neither knew them when its tokens were given.
    this.voidFor(row, person.facts);
    const brought: SubjectFacts = {
      ...row.facts,
      persons: [],
      grants: row.facts.grants.filter((grant) => grant.personId === person.id),
      withdrawals: row.facts.withdrawals
        .filter((withdrawal) => (withdrawal.personId ?? person.id) === person.id)
        .map((withdrawal) => ({ ...withdrawal, personId: person.id })),
    };
    this.voidFor(person, brought);
    person.facts = uniteFacts(person.facts, brought);
    person.slots = uniteSlots(person.slots, row.slots);
    this.move(number, row, person);
    row.facts = emptyFacts();
    row.slots = [];
    row.mergedInto = person.id;
    this.merged.push({ from: row.id, into: person.id });
  }

  /**
   * A word is released on every row that its owner's words reach. A word on a row that its owner reaches no longer
   * would never be released there: it goes on as a copy.
   */
  private carryStrayWords(rows: readonly MovableSubject[], newOwner: string): void {
    const copies = new Map<string, Wish | Preference>();
    for (const row of rows) {
      const near = this.ownersNear(row);
      const kept = (word: { id: string }): boolean => near.has(this.ownerOf(word.id) ?? row.id);
      const { wishes, preferences } = row.facts;
      row.facts = {
        ...row.facts,
        wishes: wishes.map((word) => (kept(word) ? word : this.carry('wish', word, newOwner, copies))),
        preferences: preferences.map((word) =>
          kept(word) ? word : this.carry('preference', word, newOwner, copies),
        ),
      };
      this.changed.add(row.id);
    }
  }

  /** The row itself, its people, and every household of theirs: whose words may stand on it. */
  private ownersNear(row: MovableSubject): Set<string> {
    const people = row.facts.persons.map((person) => person.personId);
    return new Set([row.id, ...people, ...people.flatMap((id) => this.householdsOf(id))]);
  }

  private carry<T extends Wish | Preference>(
    kind: CarriedWord['kind'],
    word: T,
    ownerId: string,
    copies: Map<string, Wish | Preference>,
  ): T {
    const known = copies.get(word.id);
    if (known !== undefined) return known as T;
    const copy = { ...word, id: this.state.newId() };
    copies.set(word.id, copy);
    this.state.owners.set(copy.id, ownerId);
    this.carried.push({ kind, from: word.id, ownerId, word: copy });
    return copy;
  }

  private makeSubject(kind: MovableSubject['kind'], tags: Buffer[], slots: readonly Slot[]): MovableSubject {
    const made: MovableSubject = {
      id: this.state.newId(),
      kind,
      tags,
      facts: emptyFacts(),
      slots: slots.map((slot) => ({ ...slot })),
    };
    this.state.subjects.set(made.id, made);
    this.made.push(made);
    return made;
  }

  private move(number: HeldNumber, from: MovableSubject, to: MovableSubject): void {
    from.tags = from.tags.filter((tag) => !tag.equals(number.tag));
    if (!to.tags.some((tag) => tag.equals(number.tag))) to.tags.push(number.tag);
    number.subjectId = to.id;
    this.moved.push({ numberId: number.id, from: from.id, to: to.id });
    this.changed.add(from.id).add(to.id);
  }

  /**
   * Tokens that were given before somebody else's words, or somebody else, came to the row: asking again costs nothing.
   * Of calls under way, those that a word which is new to the row may bind.
   */
  private voidFor(row: MovableSubject, brought: SubjectFacts = emptyFacts()): void {
    const { at, settings } = this.state;
    const { wishes, withdrawals } = newWords(row.facts, brought);
    const tags = row.tags.map((tag) => tag.toString('hex'));
    const binding = wishes.filter(
      ({ number, until }) => at < (until ?? Infinity) && (number === undefined || tags.includes(number)),
    );
    const takenBack = withdrawals.filter(({ consentId }) => consentId === undefined);
    const after = voidWhere(
      row.slots,
      (slot) =>
        isOpen(slot, at) ||
        binding.some((wish) => mayBind(wish, slot, settings)) ||
        takenBack.some((withdrawal) => mayRestOn(withdrawal, slot, settings)),
      at,
    );
    row.slots = after.slots;
    for (const callId of after.voided) this.voided.add(callId);
    this.changed.add(row.id);
  }

  private voidCopies(row: MovableSubject): void {
    const { at } = this.state;
    const isCopy = (slot: Slot): boolean => slot.voidedAt === undefined && this.voided.has(slot.callId);
    if (!row.slots.some(isCopy)) return;
    row.slots = row.slots.map((slot) => (isCopy(slot) ? { ...slot, voidedAt: at } : slot));
    this.changed.add(row.id);
  }

  /** Households that hold a number of the person. */
  private householdsOf(personId: string): string[] {
    const held = [...this.state.numbers.values()].filter((number) => number.claimants.has(personId));
    const ids = new Set(held.map((number) => number.subjectId));
    ids.delete(personId);
    return [...ids];
  }

  private rowsOf(personId: string): MovableSubject[] {
    return this.householdsOf(personId).map((id) => this.subject(id));
  }

  private ownerOf(wordId: string): string | undefined {
    let owner = this.state.owners.get(wordId);
    for (;;) {
      const next = owner === undefined ? undefined : this.state.subjects.get(owner)?.mergedInto;
      if (next === undefined) return owner;
      owner = next;
    }
  }

  private number(id: string): HeldNumber {
    return found(this.state.numbers.get(id));
  }

  private subject(id: string): MovableSubject {
    return found(this.state.subjects.get(id));
  }
}

/** The caller locked everything that can be reached, so that nothing named here can be missing. */
function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A number or subject was not under lock.');
  return value;
}
