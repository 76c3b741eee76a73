import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { grantOf, type GrantEvent, withFact } from '../../../domain/consent/consent-fold';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { mapInTurns } from '../../../platform/clock/in-turns';
import type { Tx } from '../../../platform/database/database';
import { EvidenceBatch } from '../../../platform/evidence/evidence-batch';
import type { EvidenceInput } from '../../../platform/evidence/evidence-writer';
import { ReceiptTerms } from '../consents/receipts/receipt-terms';
import { CONSENT_GRANTED, type ConsentInput, grantEvent, grantRecord } from '../consents/record-consent';
import { erased } from '../person-record';
import type { LockedSubject } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { BulkReachRepository } from './bulk-reach.repository';
import type { BulkTarget } from './bulk.port';
import { ConsentRowsRepository } from './consent-rows.repository';
import { type Newcomer, Newcomers } from './newcomers';
import type { ConsentOutcome } from './rows.port';

/** A consent of a list, read; or why it cannot be taken whoever it is of. */
export interface ListedConsent {
  target: BulkTarget;
  input: ConsentInput | AppError;
}

/** The row of the record, under lock or about to come into being. */
type Own = Pick<LockedSubject, 'id' | 'kind' | 'facts' | 'wrappingKey'>;

interface Said {
  index: number;
  ownId: string;
  event: GrantEvent;
  record: EvidenceInput;
}

/** Consents of lists, many in one transaction. */
@Injectable()
export class BulkConsents {
  constructor(
    private readonly newcomers: Newcomers,
    private readonly reaches: BulkReachRepository,
    private readonly repository: ConsentRowsRepository,
    private readonly subjects: SubjectsRepository,
    private readonly terms: ReceiptTerms,
    private readonly evidence: EvidenceBatch,
    private readonly time: DatabaseTime,
  ) {}

  async grantNew(tx: Tx, listed: readonly ListedConsent[], actor: Actor): Promise<ConsentOutcome[]> {
    const targets = listed.map(({ target }) => target);
    const { at, newcomers } = await this.newcomers.among(tx, targets);
    const heard = new Set<Newcomer>();
    const told: Said[] = [];
    const outcomes = await mapInTurns(listed, ({ target, input }, index): ConsentOutcome => {
      const own = newcomers[index];
      if (own === undefined) return undefined;
      const numbers = 'number' in target ? [target.number] : [];
      return outcomeOf(() => {
        const said = this.said(index, { own, rows: [own], numbers }, input, at);
        // Whoever is only spoken of by what was refused stays unknown.
        heard.add(own);
        told.push(said);
        return { id: said.event.id };
      });
    });
    const admitted = await this.newcomers.admit(tx, heard, at);
    const stored = told.filter(({ ownId }) => admitted.has(ownId));
    await this.record(tx, stored, actor);
    const written = new Set(stored.map(({ index }) => index));
    return outcomes.map((outcome, index) =>
      outcome !== undefined && 'id' in outcome && !written.has(index) ? undefined : outcome,
    );
  }

  async grantKnown(tx: Tx, listed: readonly ListedConsent[], actor: Actor): Promise<ConsentOutcome[]> {
    const reaches = await this.reaches.lockTargets(
      tx,
      listed.map(({ target }) => target),
    );
    const owns = new Set(reaches.flatMap((reach) => reach?.own.id ?? []));
    const numbers = await this.repository.numbersOf(tx, [...owns]);
    const changed = new Map<string, LockedSubject>();
    const told: Said[] = [];
    const outcomes = await mapInTurns(listed, ({ input }, index): ConsentOutcome => {
      const reach = reaches[index];
      if (reach === undefined) return undefined;
      const { own, rows } = reach;
      return outcomeOf(() => {
        const of = { own, rows, numbers: numbers.get(own.id) ?? [] };
        const said = this.said(index, of, input, this.time.at(own.lockedAt));
        for (const row of rows) changed.set(row.id, row);
        told.push(said);
        return { id: said.event.id };
      });
    });
    if (changed.size > 0) await this.subjects.saveRows(tx, [...changed.values()]);
    await this.record(tx, told, actor);
    return outcomes;
  }

  /** Judges a consent as those before it have left the rows, and puts it on them. @throws AppError */
  private said(
    index: number,
    { own, rows, numbers }: { own: Own; rows: readonly Own[]; numbers: string[] },
    input: ListedConsent['input'],
    at: Instant,
  ): Said {
    if (input instanceof AppError) throw input;
    const event = grantEvent(own, input, at);
    const { id, wrappingKey } = own;
    if (wrappingKey === null) throw erased();
    const terms = this.terms.from(numbers, own, event);
    const { clear, payload } = grantRecord(
      event,
      input,
      terms,
      rows.map((row) => row.id),
    );
    for (const { facts } of rows) facts.grants = withFact(facts.grants, grantOf(event));
    const record = {
      type: CONSENT_GRANTED,
      at,
      subject: { id, wrappingKey },
      partitionKey: id,
      clear: { ...clear, subjectId: id },
      payload,
    };
    return { index, ownId: id, event, record };
  }

  private async record(tx: Tx, told: readonly Said[], { clientId }: Actor): Promise<void> {
    const eventIds = await this.evidence.record(
      tx,
      told.map(({ record }) => record),
    );
    const stored = told.map(({ event, ownId }, index) => ({
      ...event,
      subjectId: ownId,
      recordedBy: clientId,
      eventId: eventIds[index] ?? '',
    }));
    await this.repository.insert(tx, stored, clientId);
  }
}

function outcomeOf(grant: () => ConsentOutcome): ConsentOutcome {
  try {
    return grant();
  } catch (error) {
    if (error instanceof AppError) return { refusal: error };
    throw error;
  }
}
