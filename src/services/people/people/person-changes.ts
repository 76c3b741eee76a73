import { Injectable } from '@nestjs/common';
import type { PersonFacts, Wish } from '../../../domain/decision/facts';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { type EvidenceInput, EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { recordedActor } from '../recorded-actor';
import { CarriedWordsRepository } from './carried-words.repository';
import type { CarriedWord, HeldNumber, MovableSubject, NumberMoves } from './number-moves';
import type { PersonInput } from './put-person';

interface Change extends PersonInput {
  personId: string;
  created: boolean;
  at: Instant;
  moves: NumberMoves;
  /** Wrapping keys of every subject touched. */
  keys: ReadonlyMap<string, Buffer | null>;
  before: PersonFacts | undefined;
  known: PersonFacts;
  claims: { added: readonly HeldNumber[]; removed: readonly HeldNumber[] };
  subjects: ReadonlyMap<string, MovableSubject>;
}

export const PERSON_CHANGED = 'person.changed.v1';

const asJson = (value: unknown): Json => value as Json;

/** The record of a corrected person: of the person, of rows that became one, and of words that went on as copies. */
@Injectable()
export class PersonChanges {
  constructor(
    private readonly evidence: EvidenceWriter,
    private readonly carried: CarriedWordsRepository,
  ) {}

  async record(tx: Tx, change: Change): Promise<void> {
    const { moves } = change;
    const carried = moves.carried.map((word) => ({ word, ownerId: presentOwner(change, word.ownerId) }));
    const ids = await this.evidence.record(tx, [
      this.changed(change),
      ...moves.merged.map((merge) => this.merged(change, merge)),
      ...moves.made.filter((made) => made.kind === 'household').map((made) => this.household(change, made)),
      ...carried.map(({ word, ownerId }) => this.carriedOn(change, word, ownerId)),
    ]);
    const ofCarried = ids.slice(ids.length - carried.length);
    await this.carried.insert(
      tx,
      carried.map(({ word, ownerId }, index) => ({ word, ownerId, eventId: ofCarried[index] ?? '' })),
      change.actor.clientId,
    );
  }

  private changed(change: Change): EvidenceInput {
    const voided = [...change.moves.voided];
    return this.event(change, change.personId, PERSON_CHANGED, changedRecord({ ...change, voided }));
  }

  private merged(change: Change, merge: { from: string; into: string }): EvidenceInput {
    const { from, into } = merge;
    return this.event(change, into, 'person.merged.v1', {
      clear: { from, into },
      payload: { from, into, actor: recordedActor(change.actor) },
    });
  }

  private household(change: Change, made: MovableSubject): EvidenceInput {
    const persons = made.facts.persons.map((person) => person.personId);
    return this.event(change, made.id, PERSON_CHANGED, {
      clear: { created: true, household: persons },
      payload: { household: persons, actor: recordedActor(change.actor) },
    });
  }

  private carriedOn(change: Change, carried: CarriedWord, ownerId: string): EvidenceInput {
    const { kind, from, word } = carried;
    const common = { carriedFrom: from, actor: recordedActor(change.actor) };
    if (kind === 'wish') {
      const { id, scope, channels, purposes, source } = word as Wish;
      return this.event(change, ownerId, 'wish.recorded.v1', {
        clear: { suppressionId: id, carriedFrom: from, scope: scope.kind, channels, purposes, source },
        payload: {
          ...common,
          suppressionId: id,
          wish: asJson(word),
          reason: 'The number and the person parted.',
        },
      });
    }
    return this.event(change, ownerId, 'preference.recorded.v1', {
      clear: { preferenceId: word.id, carriedFrom: from },
      payload: { ...common, preferenceId: word.id, preference: asJson(word) },
    });
  }

  private event(
    change: Change,
    subjectId: string,
    type: string,
    content: Pick<EvidenceInput, 'clear' | 'payload'>,
  ): EvidenceInput {
    const wrappingKey = change.keys.get(subjectId);
    if (wrappingKey === undefined || wrappingKey === null) throw new Error('A changed subject has no key.');
    return {
      type,
      at: change.at,
      subject: { id: subjectId, wrappingKey },
      partitionKey: subjectId,
      clear: { ...content.clear, subjectId },
      payload: content.payload,
    };
  }
}

/** What the record says of a customer who came to be, or was corrected. */
export function changedRecord(
  change: Pick<Change, 'created' | 'customerId' | 'numbers' | 'before' | 'known' | 'actor'> & {
    claims: { added: readonly { id: string }[]; removed: readonly { id: string }[] };
    /** Calls whose authorizations a move took back. */
    voided?: readonly string[];
  },
): Pick<EvidenceInput, 'clear' | 'payload'> {
  const { created, customerId, numbers, before, known, claims, voided = [], actor } = change;
  return {
    clear: { created, added: claims.added.length, removed: claims.removed.length },
    payload: {
      customerId,
      numbers: [...numbers],
      added: claims.added.map((number) => number.id),
      removed: claims.removed.map((number) => number.id),
      before: asJson(before),
      after: asJson(known),
      voided: [...voided],
      actor: recordedActor(actor),
    },
  };
}

/** A copy made for a household that dissolved in the same act belongs to whoever took the household over. */
function presentOwner(change: Change, ownerId: string): string {
  const next = change.subjects.get(ownerId)?.mergedInto;
  return next === undefined ? ownerId : presentOwner(change, next);
}
