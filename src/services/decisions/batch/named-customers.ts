import { Injectable } from '@nestjs/common';
import type { Slot, SubjectFacts } from '../../../domain/decision/facts';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';
import { uniteFacts, uniteSlots } from '../../people/people/facts-union';
import { DecisionRepository } from './decision.repository';
import type { LockedRows } from './locked-rows';
import type { PendingDecision } from './pending-decision';

/** What a subject row says, whoever's it is. */
export interface KnownSubject {
  facts: SubjectFacts;
  slots: Slot[];
}

/** Nobody has this id, so no person's consent is taken for that of a customer whom we do not know. */
const UNKNOWN_CUSTOMER = 'unknown';

/**
 * The customers that questions name. A name binds: another person's consent never speaks for them, and where the asked
 * number is not known to be theirs, what they said on their own numbers counts as well. Their own row is read after the
 * lock and not locked, since no decision locks two subjects: a wish that was committed before the question is seen.
 */
@Injectable()
export class NamedCustomers {
  constructor(
    private readonly repository: DecisionRepository,
    private readonly keyring: Keyring,
  ) {}

  /** Sets `ask.personId` of every question that names a customer; answers what is known of those who are elsewhere. */
  async resolve(
    tx: Tx,
    asked: readonly PendingDecision[],
    rows: LockedRows,
  ): Promise<ReadonlyMap<PendingDecision, KnownSubject>> {
    const named = asked.filter(({ tag, body }) => tag !== undefined && body.customerId !== undefined);
    if (named.length === 0) return new Map();
    const tags = named.map(({ body }) => this.keyring.tagOfCustomer(body.customerId ?? ''));
    const persons = await this.repository.personsOf(tx, tags);
    const elsewhere = new Map<PendingDecision, string>();
    named.forEach((pending, index) => {
      const personId = persons.get(tags[index]?.toString('hex') ?? '');
      pending.ask = { ...pending.ask, personId: personId ?? UNKNOWN_CUSTOMER };
      const row = rows.get(pending.tag?.toString('hex') ?? '');
      const isHere = row?.facts.persons.some((person) => person.personId === personId) === true;
      if (personId !== undefined && !isHere) elsewhere.set(pending, personId);
    });
    if (elsewhere.size === 0) return new Map();
    const known = await this.repository.readSubjects(tx, [...new Set(elsewhere.values())]);
    return new Map(
      [...elsewhere].flatMap(([pending, personId]) => {
        const subject = known.get(personId);
        return subject === undefined ? [] : [[pending, subject] as const];
      }),
    );
  }
}

/** The row as it is judged: with what a customer of another row said, where the question names one. */
export function seenWith<Row extends KnownSubject & { factsText: string; slotsText: string }>(
  row: Row,
  elsewhere: KnownSubject | undefined,
): Row {
  if (elsewhere === undefined) return row;
  const facts = uniteFacts(row.facts, elsewhere.facts);
  const slots = uniteSlots(row.slots, elsewhere.slots);
  return {
    ...row,
    facts,
    slots,
    factsText: canonicalJson(facts as unknown as Json),
    slotsText: canonicalJson(slots as unknown as Json),
  };
}
