import fc from 'fast-check';
import type { Wish } from '../../src/domain/decision/facts';
import { emptyFacts, isOpen } from '../../src/services/people/people/facts-union';
import {
  type HeldNumber,
  type MovableSubject,
  NumberMoves,
} from '../../src/services/people/people/number-moves';
import { voidWhere } from '../../src/services/people/wishes/voided-slots';
import { type Act, at, histories, NUMBERS, PEOPLE, TownModel } from './people-model';

const AT = Date.UTC(2026, 10, 20, 3);

/** The rows of a town in memory: moved by the product's code, spoken to by the rule "every row in reach". */
class Town {
  readonly subjects = new Map<string, MovableSubject>();
  readonly numbers = new Map<string, HeldNumber>();
  readonly owners = new Map<string, string>();
  readonly labels = new Map<string, number>();
  /** The row on which each call's token was given and is redeemed, and the words that were known then. */
  readonly calls: { callId: string; number: number; rowId: string; known: Set<number> }[] = [];
  /** The calls that the last claim or parting took back. */
  voided: string[] = [];
  private lastId = 0;

  constructor() {
    for (let i = 0; i < PEOPLE; i++) this.addSubject(`person-${i}`, [{ personId: `person-${i}` }], []);
    for (let i = 0; i < NUMBERS; i++) {
      const tag = Buffer.alloc(32, i + 1);
      this.addSubject(`alone-${i}`, [], [tag]);
      this.numbers.set(`number-${i}`, {
        id: `number-${i}`,
        tag,
        subjectId: `alone-${i}`,
        claimants: new Set(),
      });
    }
  }

  do(act: Act): void {
    switch (act.kind) {
      case 'wish by number':
        this.say(this.rowOf(act.number).id, act.label);
        break;
      case 'wish by person':
        this.say(`person-${act.person}`, act.label);
        break;
      case 'consent by number':
        if (this.rowOf(act.number).kind === 'person') this.agree(this.rowOf(act.number).id, act.label);
        break;
      case 'consent by person':
        this.agree(`person-${act.person}`, act.label);
        break;
      case 'call':
        this.call(act.number, act.label);
        break;
      case 'put':
        this.put(act.person, act.numbers);
    }
  }

  rowOf(number: number): MovableSubject {
    const held = this.numbers.get(`number-${number}`);
    const row = held === undefined ? undefined : this.subjects.get(held.subjectId);
    if (row === undefined) throw new Error('A number without a row.');
    return row;
  }

  reach(own: string): MovableSubject[] {
    const people = new Set(this.people(own));
    const held = [...this.numbers.values()].filter((number) =>
      [...number.claimants].some((id) => people.has(id)),
    );
    const ids = new Set([own, ...people, ...held.map((number) => number.subjectId)]);
    return [...ids].flatMap((id) => this.subjects.get(id) ?? []);
  }

  /** Of the words that bind a number, by the labels under which they were first said. */
  wordsOn(number: number): Set<number> {
    return new Set(this.rowOf(number).facts.wishes.map((wish) => this.labels.get(wish.id) ?? -1));
  }

  /** The call of this label has been put through. */
  ring(label: number): void {
    for (const row of this.subjects.values()) {
      row.slots = row.slots.map((slot) =>
        slot.callId === `call-${label}` ? { ...slot, redeemedAt: AT, placedAt: AT } : slot,
      );
    }
  }

  root(id: string): string {
    const next = this.subjects.get(id)?.mergedInto;
    return next === undefined ? id : this.root(next);
  }

  private call(number: number, label: number): void {
    const row = this.rowOf(number);
    const callId = `call-${label}`;
    this.calls.push({ callId, number, rowId: row.id, known: this.wordsOn(number) });
    row.slots.push({
      callId,
      campaignId: 'c',
      purpose: 'marketing',
      decidedAt: AT + label,
      expiresAt: AT + label + 30_000,
    });
  }

  private people(own: string): string[] {
    const held = [...this.numbers.values()].filter((number) => number.subjectId === own);
    return [...held.flatMap((number) => [...number.claimants]), ...(own.startsWith('person-') ? [own] : [])];
  }

  private say(own: string, label: number): void {
    const wish: Wish = {
      id: this.newId(),
      scope: { kind: 'group' },
      channels: ['voice_ai'],
      purposes: ['marketing'],
      source: 'customer',
      recordedAt: AT,
    };
    this.owners.set(wish.id, own);
    this.labels.set(wish.id, label);
    for (const row of this.reach(own)) {
      row.facts.wishes.push(wish);
      row.slots = voidWhere(row.slots, () => true, AT).slots;
    }
  }

  private agree(own: string, label: number): void {
    const grant = {
      id: `grant-${label}`,
      scope: { kind: 'entity' as const, id: 'bank' },
      purposes: ['marketing' as const],
      channels: ['voice_ai' as const],
      attributes: {},
      grantedAt: AT,
      ...(own.startsWith('person-') ? { personId: own } : {}),
    };
    for (const row of this.reach(own)) row.facts.grants.push(grant);
  }

  private put(person: number, wanted: readonly number[]): void {
    const personId = `person-${person}`;
    const moves = new NumberMoves({
      at: AT,
      newId: () => this.newId(),
      subjects: this.subjects,
      numbers: this.numbers,
      owners: new Map([...this.owners].map(([word, owner]) => [word, this.root(owner)])),
      settings: { campaign: () => undefined },
    });
    for (let i = 0; i < NUMBERS; i++) {
      if (at([...this.numbers.values()], i).claimants.has(personId) && !wanted.includes(i)) {
        moves.leave(personId, `number-${i}`);
      }
    }
    for (let i = 0; i < NUMBERS; i++) {
      if (!at([...this.numbers.values()], i).claimants.has(personId) && wanted.includes(i)) {
        moves.join(personId, `number-${i}`);
      }
    }
    moves.spread(personId);
    this.voided = [...moves.voided];
    for (const { word, from, ownerId } of moves.carried) {
      this.owners.set(word.id, ownerId);
      this.labels.set(word.id, this.labels.get(from) ?? -1);
    }
  }

  private addSubject(id: string, persons: { personId: string }[], tags: Buffer[]): void {
    this.subjects.set(id, { id, kind: 'person', tags, facts: { ...emptyFacts(), persons }, slots: [] });
  }

  private newId(): string {
    return `id-${this.lastId++}`;
  }
}

function liveIn(acts: readonly Act[]): { town: Town; model: TownModel } {
  const town = new Town();
  const model = new TownModel();
  for (const act of acts) {
    town.do(act);
    model.do(act);
  }
  return { town, model };
}

describe('numbers that people come by and part from', () => {
  it('have on their row exactly what binds them, whatever happened before', () => {
    fc.assert(
      fc.property(histories(14), (acts) => {
        const { town, model } = liveIn(acts);
        for (let i = 0; i < NUMBERS; i++) {
          const { facts, slots } = town.rowOf(i);
          const expected = model.expected(i);
          expect(new Set(facts.wishes.map((wish) => town.labels.get(wish.id)))).toEqual(expected.wishes);
          expect(new Set(facts.grants.map((grant) => Number(grant.id.slice(6))))).toEqual(expected.grants);
          const calls = new Set(slots.map((slot) => Number(slot.callId.slice(5))));
          expect([...expected.calls].filter((call) => !calls.has(call))).toEqual([]);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('stand on a row of their own, on their one claimant’s, or on a household’s', () => {
    fc.assert(
      fc.property(histories(10), (acts) => {
        const { town, model } = liveIn(acts);
        for (let i = 0; i < NUMBERS; i++) {
          const claimants = [...at(model.claims, i)].map((person) => `person-${person}`).sort();
          const row = town.rowOf(i);
          expect(row.mergedInto).toBeUndefined();
          expect(row.tags).toContainEqual(Buffer.alloc(32, i + 1));
          expect(row.facts.persons.map((person) => person.personId)).toEqual(claimants);
          expect(row.kind).toBe(claimants.length > 1 ? 'household' : 'person');
          if (claimants.length === 1) expect(row.id).toBe(claimants[0]);
        }
        const tags = [...town.subjects.values()].flatMap((row) => row.tags.map((tag) => tag.toString('hex')));
        expect(new Set(tags).size).toBe(NUMBERS);
        expect(tags).toHaveLength(NUMBERS);
      }),
      { numRuns: 200 },
    );
  });

  it('carry every word of each claimant under its own id, so that one release reaches them all', () => {
    fc.assert(
      fc.property(histories(14), (acts) => {
        const { town, model } = liveIn(acts);
        for (let i = 0; i < NUMBERS; i++) {
          const here = new Set(town.rowOf(i).facts.wishes.map((wish) => wish.id));
          for (const claimant of at(model.claims, i)) {
            const said = town.subjects.get(`person-${claimant}`)?.facts.wishes ?? [];
            expect(said.filter((wish) => !here.has(wish.id))).toEqual([]);
          }
        }
      }),
      { numRuns: 600 },
    );
  });

  it('are freed of a wish on every row by releasing it where its owner reaches', () => {
    fc.assert(
      fc.property(histories(14), fc.nat(), (acts, choice) => {
        const { town } = liveIn(acts);
        const words = [...town.owners.keys()];
        const word = words[choice % Math.max(1, words.length)];
        if (word === undefined) return;
        const near = new Set(town.reach(town.root(town.owners.get(word) ?? '')));
        const bound = [...town.subjects.values()].filter((row) =>
          row.facts.wishes.some(({ id }) => id === word),
        );
        expect(bound.filter((row) => !near.has(row))).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('void a token that was given where the number no longer is', () => {
    const town = new Town();
    for (const act of [
      { kind: 'put', person: 0, numbers: [0] },
      { kind: 'call', number: 0, label: 1 },
      { kind: 'put', person: 0, numbers: [] },
    ] satisfies Act[]) {
      town.do(act);
    }
    expect(town.subjects.get('person-0')?.slots).toMatchObject([{ callId: 'call-1', voidedAt: AT }]);
    expect(town.rowOf(0).slots).toMatchObject([{ callId: 'call-1', voidedAt: AT }]);
  });

  it('leave no token to redeem that was given before a word came that binds its number', () => {
    fc.assert(
      fc.property(histories(14), (acts) => {
        const { town } = liveIn(acts);
        for (const { callId, number, rowId, known } of town.calls) {
          const slot = town.subjects.get(town.root(rowId))?.slots.find((other) => other.callId === callId);
          if (slot === undefined || !isOpen(slot, AT)) continue;
          expect([...town.wordsOn(number)].filter((word) => !known.has(word))).toEqual([]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  const claimed: Act = { kind: 'put', person: 1, numbers: [0] };
  const refused: Act = { kind: 'wish by person', person: 0, label: 1 };
  it.each<[string, Act[]]>([
    ['nobody’s', [refused]],
    ['another’s', [claimed, refused]],
    ['a household’s', [claimed, { kind: 'put', person: 2, numbers: [0] }, refused]],
  ])('void the token of a number that was %s when who refused claims it', (_, before) => {
    const town = new Town();
    for (const act of before) town.do(act);
    town.do({ kind: 'call', number: 0, label: 2 });
    const given = town.rowOf(0).id;
    town.do({ kind: 'put', person: 0, numbers: [0] });
    expect(town.subjects.get(town.root(given))?.slots).toMatchObject([{ callId: 'call-2', voidedAt: AT }]);
  });

  it.each<[string, Act[]]>([
    ['nobody’s', [refused]],
    ['another’s', [claimed, refused]],
    ['a household’s', [claimed, { kind: 'put', person: 2, numbers: [0] }, refused]],
  ])('end the call to a number that was %s when who refused claims it, and say so', (_, before) => {
    const town = new Town();
    for (const act of before) town.do(act);
    town.do({ kind: 'call', number: 0, label: 2 });
    const given = town.rowOf(0).id;
    town.ring(2);
    town.do({ kind: 'put', person: 0, numbers: [0] });
    expect(town.voided).toEqual(['call-2']);
    for (const row of [town.subjects.get(town.root(given)), town.rowOf(0)]) {
      expect(row?.slots).toMatchObject([{ callId: 'call-2', voidedAt: AT }]);
    }
  });

  it('end the call of a person who claims a number that somebody refused by, and of a copy as well', () => {
    const town = new Town();
    town.do({ kind: 'put', person: 0, numbers: [1] });
    town.do({ kind: 'call', number: 1, label: 2 });
    town.ring(2);
    town.do({ kind: 'put', person: 1, numbers: [1] });
    expect(town.voided).toEqual([]);
    town.do({ kind: 'wish by number', number: 0, label: 1 });
    town.do({ kind: 'put', person: 1, numbers: [0, 1] });
    expect(town.voided).toEqual(['call-2']);
    for (const row of [town.rowOf(1), town.subjects.get('person-0')]) {
      expect(row?.slots).toContainEqual(expect.objectContaining({ callId: 'call-2', voidedAt: AT }));
    }
  });

  it('leave a call alone that goes on where a claim brings no word, and where the word is of another number', () => {
    const town = new Town();
    for (const act of [
      { kind: 'put', person: 0, numbers: [1] },
      { kind: 'call', number: 0, label: 2 },
      { kind: 'call', number: 1, label: 3 },
    ] satisfies Act[]) {
      town.do(act);
    }
    town.ring(2);
    town.ring(3);
    town.rowOf(0).facts.wishes.push({
      id: 'strangers',
      scope: { kind: 'group' },
      channels: ['voice_ai'],
      purposes: ['marketing'],
      source: 'wrong_person',
      recordedAt: AT,
      number: Buffer.alloc(32, 1).toString('hex'),
    });
    town.do({ kind: 'put', person: 0, numbers: [0, 1] });
    expect(town.voided).toEqual([]);
    expect(town.rowOf(1).facts.wishes).toHaveLength(1);
  });

  it('void the tokens of who claims a number that somebody refused by, and of the households spoken for', () => {
    const town = new Town();
    for (const act of [
      { kind: 'put', person: 0, numbers: [1, 2] },
      { kind: 'put', person: 1, numbers: [2] },
      { kind: 'wish by number', number: 0, label: 1 },
      { kind: 'call', number: 1, label: 2 },
      { kind: 'call', number: 2, label: 3 },
      { kind: 'put', person: 0, numbers: [0, 1, 2] },
    ] satisfies Act[]) {
      town.do(act);
    }
    expect(town.rowOf(1).slots).toMatchObject([{ callId: 'call-2', voidedAt: AT }]);
    expect(town.rowOf(2).slots).toContainEqual(expect.objectContaining({ callId: 'call-3', voidedAt: AT }));
  });

  it('leave tokens of a household alone that hears nothing new', () => {
    const town = new Town();
    for (const act of [
      { kind: 'put', person: 0, numbers: [0] },
      { kind: 'put', person: 1, numbers: [0] },
      { kind: 'call', number: 0, label: 1 },
      { kind: 'put', person: 1, numbers: [0, 1] },
    ] satisfies Act[]) {
      town.do(act);
    }
    expect(town.rowOf(0).slots).toEqual([expect.not.objectContaining({ voidedAt: AT })]);
  });
});
