import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { PersonFacts } from '../../../domain/decision/facts';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { E164 } from '../../../domain/phone/e164';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { Keyring } from '../../../platform/keys/keyring';
import { SettingsCache } from '../../settings/settings-cache';
import type { LockedSubject } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { type HeldNumber, type MovableSubject, NumberMoves } from './number-moves';
import { PeopleRepository } from './people.repository';
import { PersonChanges } from './person-changes';

const TAG_BYTES = 32;

export interface PersonInput {
  customerId: string;
  numbers: readonly E164[];
  /** What the person is known by besides; what is absent stays as it was. */
  known: Omit<PersonFacts, 'personId'>;
  actor: Actor;
}

interface Claims {
  added: HeldNumber[];
  removed: HeldNumber[];
}

/** Makes or corrects a person: the numbers named are the person's, all others no longer. */
@Injectable()
export class PutPerson {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly people: PeopleRepository,
    private readonly changes: PersonChanges,
    private readonly settings: SettingsCache,
    private readonly keyring: Keyring,
    private readonly time: DatabaseTime,
  ) {}

  /**
   * A repetition changes nothing and leaves no trace. Age, zone and subdivision protect the person, and whoever corrects
   * numbers need not know them: they are replaced by others, never forgotten.
   */
  async put(tx: Tx, input: PersonInput): Promise<{ created: boolean; known: PersonFacts }> {
    // Customer, then numbers, then subjects: whoever waits for one of these holds none of the next.
    const { personId, created } = await this.subjects.admitPerson(tx, input.customerId);
    await this.subjects.admitNumbersOf(tx, personId, input.numbers);
    const tags = input.numbers.map((number) => this.keyring.tagOfNumber(number));
    const { rows } = await this.subjects.lockSettled(tx, async () => {
      const holders = await this.people.holdersNear(tx, personId, tags);
      return { ids: await this.subjects.reachOf(tx, [personId, ...holders]) };
    });
    const at = this.time.at(Math.max(...rows.map((row) => row.lockedAt)));
    const numbers = await this.people.numbersNear(
      tx,
      rows.map((row) => row.id),
      tags,
    );
    const claims = claimsOf(personId, numbers, tags);
    const subjects = new Map(rows.map((row) => [row.id, movable(row)]));
    const person = subjects.get(personId);
    if (person === undefined) throw new Error('A person has no subject.');
    const before = person.facts.persons.find((known) => known.personId === personId);
    const { known, isSame } = corrected(before, input.known, personId);
    if (isSame && !created && claims.added.length + claims.removed.length === 0) return { created, known };

    person.facts = { ...person.facts, persons: [known] };
    const moves = await this.move(tx, { personId, at, subjects, numbers, claims });
    const newKeys = await this.people.saveMoves(tx, moves, subjects);
    await this.people.saveClaims(tx, personId, {
      added: claims.added.map((number) => number.id),
      removed: claims.removed.map((number) => number.id),
      at,
    });
    const keys = new Map([...rows.map((row) => [row.id, row.wrappingKey] as const), ...newKeys]);
    await this.changes.record(tx, {
      ...input,
      personId,
      created,
      at,
      moves,
      keys,
      before,
      known,
      claims,
      subjects,
    });
    return { created, known };
  }

  private async move(
    tx: Tx,
    state: {
      personId: string;
      at: Instant;
      subjects: Map<string, MovableSubject>;
      numbers: HeldNumber[];
      claims: Claims;
    },
  ): Promise<NumberMoves> {
    const { personId, at, subjects, claims } = state;
    const moves = new NumberMoves({
      at,
      newId: () => uuidV7(at),
      subjects,
      numbers: new Map(state.numbers.map((number) => [number.id, number])),
      owners: claims.removed.length === 0 ? new Map<string, string>() : await this.owners(tx, subjects),
      settings: this.settings.current(),
    });
    for (const number of claims.removed) moves.leave(personId, number.id);
    // What nobody claims comes first: a household that is made afterwards then has the calls of it too, in whatever order
    // the numbers are locked.
    const [free, others] = [claims.added.filter(isFree), claims.added.filter((number) => !isFree(number))];
    for (const number of [...free, ...others]) moves.join(personId, number.id);
    moves.changed.add(personId);
    moves.spread(personId);
    return moves;
  }

  /** The present row of the record of every word on these rows. */
  private async owners(tx: Tx, subjects: ReadonlyMap<string, MovableSubject>): Promise<Map<string, string>> {
    const words = [...subjects.values()].flatMap(({ facts }) => [...facts.wishes, ...facts.preferences]);
    const owners = await this.people.ownersOf(tx, [...new Set(words.map((word) => word.id))]);
    const present = await this.subjects.rootsOf(tx, [...new Set(owners.values())]);
    return new Map([...owners].map(([wordId, owner]) => [wordId, present.get(owner) ?? owner]));
  }
}

/** What is known of a person after a correction, and whether that is what was known before. */
export function corrected(
  before: PersonFacts | undefined,
  more: PersonInput['known'],
  personId: string,
): { known: PersonFacts; isSame: boolean } {
  const known: PersonFacts = { ...before, ...more, personId };
  const isSame = before !== undefined && canonicalJson(asJson(before)) === canonicalJson(asJson(known));
  return { known, isSame };
}

function claimsOf(personId: string, numbers: readonly HeldNumber[], tags: readonly Buffer[]): Claims {
  const wanted = new Set(tags.map((tag) => tag.toString('hex')));
  const inOrder = [...numbers].sort((a, b) => a.tag.compare(b.tag));
  return {
    added: inOrder.filter((number) => isWanted(number, wanted) && !number.claimants.has(personId)),
    removed: inOrder.filter((number) => !isWanted(number, wanted) && number.claimants.has(personId)),
  };
}

const isWanted = (number: HeldNumber, wanted: ReadonlySet<string>): boolean =>
  wanted.has(number.tag.toString('hex'));

const asJson = (person: PersonFacts): Json => ({ ...person });

function movable(row: LockedSubject): MovableSubject {
  const tags: Buffer[] = [];
  for (let start = 0; start < row.tags.length; start += TAG_BYTES) {
    tags.push(row.tags.subarray(start, start + TAG_BYTES));
  }
  return { id: row.id, kind: row.kind, tags, facts: row.facts, slots: row.slots };
}

const isFree = (number: HeldNumber): boolean => number.claimants.size === 0;
