import fc from 'fast-check';

/** One act upon a small town: people 0…2, numbers 0…3, of whom each may get hold of each. */
export type Act =
  | { kind: 'wish by number'; number: number; label: number }
  | { kind: 'wish by person'; person: number; label: number }
  | { kind: 'consent by number'; number: number; label: number }
  | { kind: 'consent by person'; person: number; label: number }
  | { kind: 'call'; number: number; label: number }
  | { kind: 'put'; person: number; numbers: number[] };

export const PEOPLE = 3;
export const NUMBERS = 4;

const person = fc.nat(PEOPLE - 1);
const number = fc.nat(NUMBERS - 1);

/** Histories whose words and calls are numbered in order, so that each can be told from all others. */
export const histories = (maxLength: number): fc.Arbitrary<Act[]> =>
  fc
    .array(
      fc.oneof(
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('wish by number' as const), number }) },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('wish by person' as const), person }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('consent by number' as const), number }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('consent by person' as const), person }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('call' as const), number }) },
        {
          weight: 6,
          arbitrary: fc.record({
            kind: fc.constant('put' as const),
            person,
            numbers: fc.uniqueArray(number, { maxLength: NUMBERS }),
          }),
        },
      ),
      { minLength: 1, maxLength },
    )
    .map((acts) => acts.map((act, label): Act => (act.kind === 'put' ? act : { ...act, label })));

/** What must stand on the row that holds a number. */
export interface Expected {
  wishes: Set<number>;
  grants: Set<number>;
  /** At least these. */
  calls: Set<number>;
}

/**
 * The rules of people and numbers as one would tell them, without rows: a person's word binds all of that person's
 * numbers; a word said by a number binds everybody who claims it then; whoever parts from a number leaves behind what
 * bound it and takes along what was said; consents go with the person alone, and end with the first claim where nobody
 * knows whose they were.
 */
export class TownModel {
  readonly claims = Array.from({ length: NUMBERS }, () => new Set<number>());
  private readonly wishesOf = Array.from({ length: PEOPLE }, () => new Set<number>());
  private readonly grantsOf = Array.from({ length: PEOPLE }, () => new Set<number>());
  private readonly stuck = Array.from({ length: NUMBERS }, () => new Set<number>());
  private readonly unnamedGrants = Array.from({ length: NUMBERS }, () => new Set<number>());
  private readonly calls = Array.from({ length: NUMBERS }, () => new Set<number>());

  do(act: Act): void {
    switch (act.kind) {
      case 'wish by number':
        at(this.stuck, act.number).add(act.label);
        for (const claimant of at(this.claims, act.number)) at(this.wishesOf, claimant).add(act.label);
        break;
      case 'wish by person':
        at(this.wishesOf, act.person).add(act.label);
        break;
      case 'consent by number': {
        const [only, second] = at(this.claims, act.number);
        if (only === undefined) at(this.unnamedGrants, act.number).add(act.label);
        else if (second === undefined) at(this.grantsOf, only).add(act.label);
        break;
      }
      case 'consent by person':
        at(this.grantsOf, act.person).add(act.label);
        break;
      case 'call':
        at(this.calls, act.number).add(act.label);
        break;
      case 'put':
        this.put(act.person, new Set(act.numbers));
    }
  }

  expected(number: number): Expected {
    const claimants = [...at(this.claims, number)];
    return {
      wishes: union(at(this.stuck, number), ...claimants.map((claimant) => at(this.wishesOf, claimant))),
      grants: union(
        at(this.unnamedGrants, number),
        ...claimants.map((claimant) => at(this.grantsOf, claimant)),
      ),
      calls: at(this.calls, number),
    };
  }

  private put(person: number, numbers: Set<number>): void {
    this.claims.forEach((claimants, number) => {
      if (!claimants.has(person) || numbers.has(number)) return;
      claimants.delete(person);
      addAll(at(this.stuck, number), at(this.wishesOf, person));
      const [last, second] = claimants;
      if (last !== undefined && second === undefined) addAll(at(this.wishesOf, last), at(this.stuck, number));
    });
    this.claims.forEach((claimants, number) => {
      if (claimants.has(person) || !numbers.has(number)) return;
      if (claimants.size === 0) {
        addAll(at(this.wishesOf, person), at(this.stuck, number));
        at(this.unnamedGrants, number).clear();
      }
      claimants.add(person);
    });
  }
}

export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no ${index}.`);
  return item;
}

function union<T>(...sets: readonly ReadonlySet<T>[]): Set<T> {
  return new Set(sets.flatMap((set) => [...set]));
}

function addAll<T>(to: Set<T>, from: ReadonlySet<T>): void {
  for (const item of from) to.add(item);
}
