import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { PersonFacts } from '../../../domain/decision/facts';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { mapInTurns } from '../../../platform/clock/in-turns';
import type { Tx } from '../../../platform/database/database';
import { EvidenceBatch } from '../../../platform/evidence/evidence-batch';
import type { EvidenceInput } from '../../../platform/evidence/evidence-writer';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { Keyring } from '../../../platform/keys/keyring';
import { emptyFacts } from '../people/facts-union';
import { changedRecord, PERSON_CHANGED } from '../people/person-changes';
import { corrected } from '../people/put-person';
import type { LockedSubject } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { type NewClaim, NewcomersRepository, type NewSubject } from './newcomers.repository';
import { type KnownPerson, PeopleRowsRepository } from './people-rows.repository';
import type { PersonRow } from './rows.port';

/** A row with the tags that it is found by. */
interface Tagged {
  row: PersonRow;
  index: number;
  tag: Buffer;
  /** In the order of the tags. */
  numbers: { number: PersonRow['numbers'][number]; tag: Buffer }[];
}

/** A customer about to come into being. */
interface Made {
  of: Tagged;
  subject: NewSubject;
  claims: NewClaim[];
  before: PersonFacts;
  known: PersonFacts;
}

type Change = Parameters<typeof changedRecord>[0];

/** How often others may be faster with somebody: each time they have committed, and are known from then on. */
const MAX_ROUNDS = 20;

/** Customers of lists whose case is simple, many in one transaction. */
@Injectable()
export class BulkPeople {
  constructor(
    private readonly rows: PeopleRowsRepository,
    private readonly newcomers: NewcomersRepository,
    private readonly subjects: SubjectsRepository,
    private readonly evidence: EvidenceBatch,
    private readonly keyring: Keyring,
    private readonly time: DatabaseTime,
  ) {}

  async putNew(tx: Tx, rows: readonly PersonRow[], actor: Actor): Promise<boolean[]> {
    const all = await mapInTurns(rows, (row, index) => this.tagged(row, index));
    const written = rows.map(() => false);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const fresh = await this.unheardOf(tx, all);
      if (fresh.length === 0) return written;
      const at = this.time.at(await this.newcomers.now(tx));
      const made = await mapInTurns(fresh, (of) => this.made(of, at));
      await tx.query({ text: 'SAVEPOINT newcomers' });
      if (await this.admit(tx, made)) {
        await tx.query({ text: 'RELEASE SAVEPOINT newcomers' });
        await this.evidence.record(
          tx,
          made.map((one) => newRecord(one, at, actor)),
        );
        for (const { of } of made) written[of.index] = true;
        return written;
      }
      // Somebody has been faster with a number: its customer's case is a merge now.
      await tx.query({ text: 'ROLLBACK TO SAVEPOINT newcomers' });
    }
    return written;
  }

  async putKnown(tx: Tx, rows: readonly PersonRow[], actor: Actor): Promise<boolean[]> {
    const all = await mapInTurns(rows, (row, index) => this.tagged(row, index));
    const { found, rows: locked } = await this.subjects.lockSettled(tx, async () => {
      const people = await this.staying(tx, all);
      return { people, ids: [...people.values()].map(({ personId }) => personId) };
    });
    const byId = new Map(locked.map((subject) => [subject.id, subject]));
    const changed: LockedSubject[] = [];
    const events: EvidenceInput[] = [];
    const written = await mapInTurns(rows, (row, index) => {
      const subject = byId.get(found.people.get(index)?.personId ?? '');
      const key = subject?.wrappingKey;
      if (subject === undefined || key === undefined || key === null) return false;
      const before = subject.facts.persons.find(({ personId }) => personId === subject.id);
      const { known, isSame } = corrected(before, row.known, subject.id);
      if (isSame) return true;
      subject.facts = { ...subject.facts, persons: [known] };
      changed.push(subject);
      const change = { ...row, created: false, before, known, claims: { added: [], removed: [] }, actor };
      events.push(recordOf({ id: subject.id, wrappingKey: key }, this.time.at(subject.lockedAt), change));
      return true;
    });
    if (changed.length > 0) await this.subjects.saveRows(tx, changed);
    await this.evidence.record(tx, events);
    return written;
  }

  /** The known customers who claim just the numbers that they are listed with, by the index of the row. */
  private async staying(tx: Tx, all: readonly Tagged[]): Promise<Map<number, KnownPerson>> {
    const known = await this.rows.known(
      tx,
      all.map(({ tag }) => tag),
    );
    const staying = new Map<number, KnownPerson>();
    for (const { index, tag, numbers } of all) {
      const person = known.get(tag.toString('hex'));
      if (person?.sharesNone !== true || person.numbers.size !== numbers.length) continue;
      if (numbers.every((number) => person.numbers.has(number.tag.toString('hex')))) {
        staying.set(index, person);
      }
    }
    return staying;
  }

  private async unheardOf(tx: Tx, all: readonly Tagged[]): Promise<Tagged[]> {
    const heardOf = await this.rows.heardOf(
      tx,
      all.map(({ tag }) => tag),
      all.flatMap(({ numbers }) => numbers.map(({ tag }) => tag)),
    );
    return all.filter(({ tag, numbers }) =>
      [tag, ...numbers.map((number) => number.tag)].every((each) => !heardOf.has(each.toString('hex'))),
    );
  }

  /** Customers before numbers, each in the order of their tags. Whether all of them came into being. */
  private async admit(tx: Tx, made: readonly Made[]): Promise<boolean> {
    const subjects = made.map(({ subject }) => subject);
    const tags = made.map(({ of }) => Buffer.concat(of.numbers.map(({ tag }) => tag)));
    const people = await this.newcomers.admitPeople(tx, subjects, tags);
    if (people.length < made.length) return false;
    const claims = made.flatMap((one) => one.claims);
    return (await this.newcomers.admitClaims(tx, claims)).length === claims.length;
  }

  private tagged(row: PersonRow, index: number): Tagged {
    const numbers = row.numbers.map((number) => ({ number, tag: this.keyring.tagOfNumber(number) }));
    numbers.sort((a, b) => a.tag.compare(b.tag));
    return { row, index, tag: this.keyring.tagOfCustomer(row.customerId), numbers };
  }

  private made(of: Tagged, at: Instant): Made {
    const personId = uuidV7(at);
    const before: PersonFacts = { personId };
    const { known } = corrected(before, of.row.known, personId);
    const facts = { ...emptyFacts(), persons: [known] };
    const subject = {
      subjectId: personId,
      tag: of.tag,
      sealed: this.keyring.sealIdentifier(of.row.customerId),
      wrappingKey: this.keyring.newSubjectKey(),
      facts: canonicalJson(facts as unknown as Json),
    };
    const claims = of.numbers.map(({ number, tag }) => ({
      numberId: uuidV7(at),
      personId,
      tag,
      sealed: this.keyring.sealIdentifier(number),
    }));
    return { of, subject, claims, before, known };
  }
}

function newRecord({ of, subject, claims, before, known }: Made, at: Instant, actor: Actor): EvidenceInput {
  const { subjectId: id, wrappingKey } = subject;
  const added = claims.map(({ numberId }) => ({ id: numberId }));
  const change = { ...of.row, created: true, before, known, claims: { added, removed: [] }, actor };
  return recordOf({ id, wrappingKey }, at, change);
}

function recordOf(own: { id: string; wrappingKey: Buffer }, at: Instant, change: Change): EvidenceInput {
  const { clear, payload } = changedRecord(change);
  return {
    type: PERSON_CHANGED,
    at,
    subject: own,
    partitionKey: own.id,
    clear: { ...clear, subjectId: own.id },
    payload,
  };
}
