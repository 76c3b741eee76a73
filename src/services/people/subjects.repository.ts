import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../contracts/app-error';
import type { Slot, SubjectFacts } from '../../domain/decision/facts';
import { canonicalJson, type Json } from '../../domain/ledger/canonical-json';
import type { E164 } from '../../domain/phone/e164';
import type { Instant } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { bareArray, textArray } from '../../platform/database/array-parameters';
import type { Tx } from '../../platform/database/database';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import { Keyring } from '../../platform/keys/keyring';
import { type LockedSubject, type Reach, SubjectsPort, type WordTarget } from './subjects.port';
import {
  ADMIT_NUMBERS,
  ADMIT_PERSON,
  LOCK,
  REACH,
  ROOTS,
  SAVE_FACTS,
  SAVE_ROWS,
  SAVE_SLOTS,
} from './subjects.sql';

/** How often numbers may move under us before we give up; each time somebody else has committed. */
const MAX_ROUNDS = 20;

interface SubjectRow {
  id: string;
  kind: 'person' | 'household';
  tags: Buffer;
  facts: SubjectFacts;
  slots: Slot[];
  wrapping_key: Buffer | null;
  merged_into: string | null;
  locked_at: number;
}

/** Facts as they are stored; also the text of a decision's record. */
const jsonText = (value: SubjectFacts | readonly Slot[]): string => canonicalJson(value as unknown as Json);

@Injectable()
export class SubjectsRepository extends SubjectsPort {
  constructor(
    private readonly keyring: Keyring,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async lock(tx: Tx, subjectIds: readonly string[]): Promise<LockedSubject[]> {
    let wanted = subjectIds;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const rows = await this.lockRoots(tx, wanted);
      if (rows.every((row) => row.merged_into === null)) return toLocked(rows);
      // Merged while we waited: only others with the same stale id can be in the way of taking the new row as well.
      wanted = rows.map((row) => row.merged_into ?? row.id);
    }
    throw new Error('Subjects kept merging while they were being locked.');
  }

  async lockReach(tx: Tx, target: WordTarget): Promise<Reach> {
    const [reach] = await this.lockReaches(tx, [target]);
    if (reach === undefined) throw new Error('A reach was not locked.');
    return reach;
  }

  async lockReaches(tx: Tx, targets: readonly WordTarget[]): Promise<Reach[]> {
    const finders: (() => Promise<string>)[] = [];
    for (const target of targets) finders.push(await this.finderOf(tx, target));
    const { found, rows } = await this.lockSettled(tx, async () => {
      const reaches = new Map<string, string[]>();
      const owns: string[] = [];
      for (const find of finders) {
        const own = await find();
        owns.push(own);
        if (!reaches.has(own)) reaches.set(own, await this.reachOf(tx, [own]));
      }
      return { owns, reaches, ids: [...new Set([...reaches.values()].flat())] };
    });
    return found.owns.map((id) => {
      const reached = rows.filter((row) => found.reaches.get(id)?.includes(row.id));
      const own = reached.find((row) => row.id === id);
      if (own === undefined) throw new Error('A reach did not hold its own subject.');
      return { own, rows: reached };
    });
  }

  /**
   * Resolve, lock, look again whether nothing has moved; if it has, let the locks go and begin again. Locks that the
   * transaction held before stay: whoever holds any must have got them for the same rows.
   */
  async lockSettled<Found extends { ids: readonly string[] }>(
    tx: Tx,
    resolve: () => Promise<Found>,
  ): Promise<{ found: Found; rows: LockedSubject[] }> {
    await tx.query({ text: 'SAVEPOINT settle' });
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = await resolve();
      const rows = await this.lockRoots(tx, before.ids);
      const found = await resolve();
      const held = new Set(rows.filter((row) => row.merged_into === null).map((row) => row.id));
      if (found.ids.length === held.size && found.ids.every((id) => held.has(id))) {
        await tx.query({ text: 'RELEASE SAVEPOINT settle' });
        return { found, rows: toLocked(rows) };
      }
      await tx.query({ text: 'ROLLBACK TO SAVEPOINT settle' });
    }
    throw new AppError('DECISION_UNAVAILABLE', {
      detail: 'Numbers of this person kept moving: ask again.',
      members: { retryAfter: 1 },
    });
  }

  async saveFacts(tx: Tx, subjectId: string, facts: SubjectFacts): Promise<void> {
    await tx.query({ name: 'subject-save-facts', text: SAVE_FACTS, values: [subjectId, jsonText(facts)] });
  }

  async saveSlots(tx: Tx, subjectId: string, slots: readonly Slot[]): Promise<void> {
    await tx.query({ name: 'subject-save-slots', text: SAVE_SLOTS, values: [subjectId, jsonText(slots)] });
  }

  /** Facts and slots of several rows under lock, in one statement. */
  async saveRows(tx: Tx, rows: readonly Pick<LockedSubject, 'id' | 'facts' | 'slots'>[]): Promise<void> {
    await tx.query({
      name: 'subject-save-rows',
      text: SAVE_ROWS,
      values: [
        bareArray(rows.map((row) => row.id)),
        textArray(rows.map((row) => jsonText(row.facts))),
        textArray(rows.map((row) => jsonText(row.slots))),
      ],
    });
  }

  async resolveByNumber(tx: Tx, number: E164): Promise<string | undefined> {
    const [row] = await tx.query<{ subject_id: string }>({
      name: 'subject-by-number',
      text: 'SELECT subject_id FROM numbers WHERE tag = $1',
      values: [this.keyring.tagOfNumber(number)],
    });
    return row?.subject_id;
  }

  async resolveByCustomer(tx: Tx, customerId: string): Promise<string | undefined> {
    return (await this.resolvePersonIds(tx, [customerId])).get(customerId);
  }

  async resolvePersonIds(tx: Tx, customerIds: readonly string[]): Promise<Map<string, string>> {
    const byTag = new Map(customerIds.map((id) => [this.keyring.tagOfCustomer(id).toString('hex'), id]));
    const rows = await tx.query<{ tag: Buffer; person_id: string }>({
      name: 'people-by-customer',
      text: 'SELECT customer_tag AS tag, person_id FROM people WHERE customer_tag = ANY ($1::bytea[])',
      values: [[...byTag.keys()].map((hex) => Buffer.from(hex, 'hex'))],
    });
    const found = new Map<string, string>();
    for (const row of rows) {
      const customerId = byTag.get(row.tag.toString('hex'));
      if (customerId !== undefined) found.set(customerId, row.person_id);
    }
    return found;
  }

  async admitNumbers(tx: Tx, numbers: readonly E164[]): Promise<Map<E164, string>> {
    const subjects = new Map<E164, string>();
    for (let round = 0; ; round++) {
      const missing: E164[] = [];
      const held = await this.holdersOf(tx, numbers);
      for (const number of numbers) {
        const subjectId = held.get(this.keyring.tagOfNumber(number).toString('hex'));
        if (subjectId === undefined) missing.push(number);
        else subjects.set(number, subjectId);
      }
      if (missing.length === 0) return subjects;
      if (round === MAX_ROUNDS) throw new Error('Numbers could not be admitted.');
      await this.admit(tx, missing);
    }
  }

  /** Numbers never seen become this person's at once, without a subject between; returns the tags of those. */
  async admitNumbersOf(tx: Tx, personId: string, numbers: readonly E164[]): Promise<Buffer[]> {
    return this.admit(tx, numbers, personId);
  }

  /** The customer's personId, made with its empty subject where the customer is unknown. Before any subject is locked. */
  async admitPerson(tx: Tx, customerId: string): Promise<{ personId: string; created: boolean }> {
    const personId = uuidV7(this.clock.now());
    const made = await tx.query({
      name: 'people-admit',
      text: ADMIT_PERSON,
      values: [
        personId,
        this.keyring.tagOfCustomer(customerId),
        this.keyring.sealIdentifier(customerId),
        this.keyring.newSubjectKey(),
        JSON.stringify([{ personId }]),
      ],
    });
    if (made.length > 0) return { personId, created: true };
    const known = await this.resolveByCustomer(tx, customerId);
    if (known === undefined) throw new Error('A customer was neither new nor known.');
    return { personId: known, created: false };
  }

  /** Ids of the rows that a word of these subjects must be written to; without a lock. */
  async reachOf(tx: Tx, subjectIds: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ id: string }>({ name: 'subject-reach', text: REACH, values: [subjectIds] });
    return rows.map((row) => row.id);
  }

  /** The rows that these ids stand for now; without a lock. */
  async rootsOf(tx: Tx, subjectIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ asked: string; id: string }>({
      name: 'subject-roots',
      text: ROOTS,
      values: [subjectIds],
    });
    return new Map(rows.map((row) => [row.asked, row.id]));
  }

  /** The numbers that these rows hold, opened. */
  async numbersOf(tx: Tx, subjectIds: readonly string[]): Promise<E164[]> {
    const rows = await tx.query<{ sealed: Buffer }>({
      name: 'subject-numbers',
      text: 'SELECT sealed FROM numbers WHERE subject_id = ANY ($1::uuid[]) AND sealed IS NOT NULL ORDER BY id',
      values: [subjectIds],
    });
    return rows.map((row) => this.keyring.openIdentifier(row.sealed) as E164);
  }

  private async finderOf(tx: Tx, target: WordTarget): Promise<() => Promise<string>> {
    if ('customerId' in target) {
      const { personId } = await this.admitPerson(tx, target.customerId);
      return () => Promise.resolve(personId);
    }
    if ('number' in target) {
      await this.admitNumbers(tx, [target.number]);
      return async () => known(await this.resolveByNumber(tx, target.number));
    }
    return async () => known((await this.rootsOf(tx, [target.subjectId])).get(target.subjectId));
  }

  private async holdersOf(tx: Tx, numbers: readonly E164[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ tag: Buffer; subject_id: string }>({
      name: 'subject-by-numbers',
      text: 'SELECT tag, subject_id FROM numbers WHERE tag = ANY ($1::bytea[])',
      values: [numbers.map((number) => this.keyring.tagOfNumber(number))],
    });
    return new Map(rows.map((row) => [row.tag.toString('hex'), row.subject_id]));
  }

  private async admit(tx: Tx, numbers: readonly E164[], personId?: string): Promise<Buffer[]> {
    const now = this.clock.now();
    const inOrder = [...new Set(numbers)]
      .map((number) => ({ number, tag: this.keyring.tagOfNumber(number) }))
      .sort((a, b) => a.tag.compare(b.tag));
    const admitted = await tx.query<{ tag: Buffer }>({
      name: 'subject-admit-numbers',
      text: ADMIT_NUMBERS,
      values: [
        inOrder.map(({ tag }) => tag),
        inOrder.map(() => uuidV7(now)),
        inOrder.map(() => personId ?? uuidV7(now)),
        inOrder.map(({ number }) => this.keyring.sealIdentifier(number)),
        inOrder.map(() => (personId === undefined ? this.keyring.newSubjectKey() : null)),
      ],
    });
    return admitted.map((row) => row.tag);
  }

  private lockRoots(tx: Tx, subjectIds: readonly string[]): Promise<SubjectRow[]> {
    return tx.query<SubjectRow>({ name: 'subject-lock', text: LOCK, values: [subjectIds] });
  }
}

/** A target that was admitted in this very transaction cannot be gone. */
function known(subjectId: string | undefined): string {
  if (subjectId === undefined) throw new Error('The subject of a word does not exist.');
  return subjectId;
}

/** The clock of the last row: it was read when every lock had been granted. */
function toLocked(rows: readonly SubjectRow[]): LockedSubject[] {
  const lockedAt: Instant = Math.max(...rows.map((row) => row.locked_at));
  return rows
    .filter((row) => row.merged_into === null)
    .map((row) => ({
      id: row.id,
      kind: row.kind,
      tags: row.tags,
      facts: row.facts,
      slots: row.slots,
      wrappingKey: row.wrapping_key,
      lockedAt,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
