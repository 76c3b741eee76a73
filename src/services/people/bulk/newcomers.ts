import { Injectable } from '@nestjs/common';
import type { SubjectFacts } from '../../../domain/decision/facts';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { mapInTurns } from '../../../platform/clock/in-turns';
import type { Tx } from '../../../platform/database/database';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { Keyring } from '../../../platform/keys/keyring';
import { emptyFacts } from '../people/facts-union';
import { BulkReachRepository } from './bulk-reach.repository';
import type { BulkTarget } from './bulk.port';
import { NewcomersRepository, type NewSubject } from './newcomers.repository';

/** Somebody whom nobody had heard of before, as the row is to come into being. */
export interface Newcomer {
  id: string;
  wrappingKey: Buffer;
  kind: 'person';
  target: BulkTarget;
  tag: Buffer;
  /** Words are added here before it is admitted. */
  facts: SubjectFacts;
}

/** Numbers and customers that become known by their first words. */
@Injectable()
export class Newcomers {
  constructor(
    private readonly reaches: BulkReachRepository,
    private readonly repository: NewcomersRepository,
    private readonly keyring: Keyring,
    private readonly time: DatabaseTime,
  ) {}

  /** One for each target that is not known, the same for the same target; undefined for one that is. Writes nothing. */
  async among(
    tx: Tx,
    targets: readonly BulkTarget[],
  ): Promise<{ at: Instant; newcomers: (Newcomer | undefined)[] }> {
    const known = await this.reaches.subjectsOf(tx, targets);
    const at = this.time.at(await this.repository.now(tx));
    const fresh = new Map<string, Newcomer>();
    const newcomers = await mapInTurns(targets, (target) => {
      const tag = this.reaches.tagOf(target);
      const key = tag.toString('hex');
      if (known.has(key)) return undefined;
      const newcomer = fresh.get(key) ?? this.newcomer(target, tag, at);
      fresh.set(key, newcomer);
      return newcomer;
    });
    return { at, newcomers };
  }

  /**
   * Customers before numbers, each in the order of their tags: the order of everybody. Returns the ids of those who came
   * into being; another transaction may have been faster with the others.
   */
  async admit(tx: Tx, newcomers: Iterable<Newcomer>, at: Instant): Promise<Set<string>> {
    const all = [...new Set(newcomers)];
    const ofNumbers = await mapInTurns(
      all.filter(({ target }) => 'number' in target),
      (newcomer) => this.subjectOf(newcomer),
    );
    const ofPeople = await mapInTurns(
      all.filter(({ target }) => 'customerId' in target),
      (newcomer) => this.subjectOf(newcomer),
    );
    const noNumbers = ofPeople.map(() => Buffer.alloc(0));
    const people = await this.repository.admitPeople(tx, ofPeople, noNumbers);
    const numberIds = ofNumbers.map(() => uuidV7(at));
    const numbers = await this.repository.admitNumbers(tx, ofNumbers, numberIds);
    return new Set([...people, ...numbers]);
  }

  private newcomer(target: BulkTarget, tag: Buffer, at: Instant): Newcomer {
    const id = uuidV7(at);
    const persons = 'customerId' in target ? [{ personId: id }] : [];
    const facts = { ...emptyFacts(), persons };
    return { id, wrappingKey: this.keyring.newSubjectKey(), kind: 'person', target, tag, facts };
  }

  private subjectOf({ id, target, tag, wrappingKey, facts }: Newcomer): NewSubject {
    return {
      subjectId: id,
      tag,
      sealed: this.keyring.sealIdentifier('number' in target ? target.number : target.customerId),
      wrappingKey,
      facts: canonicalJson(facts as unknown as Json),
    };
  }
}
