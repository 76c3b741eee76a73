import { Injectable } from '@nestjs/common';
import { AppError } from '../../../../contracts/app-error';
import { maskNumber } from '../../../../domain/phone/mask-number';
import { Database, type Tx } from '../../../../platform/database/database';
import { maskRecord } from '../../mask-record';
import { OpenedEventsReader } from '../../opened-events.reader';
import { PersonFinder } from '../../person-finder';
import { erased, PersonRecord, type Reading } from '../../person-record';
import type { LockedSubject } from '../../subjects.port';
import { type ConsentEvidence, consentReceipt } from './consent-receipt';
import type { ConsentReceiptDocument } from './consent-receipt.dto';
import { ConsentsRepository, type StoredConsentEvent } from '../consents.repository';
import { type ConsentTerms, ReceiptTerms } from './receipt-terms';

/** What was sealed with a consent event; those of the first version have no terms. */
interface SealedConsent {
  evidence?: ConsentEvidence;
  method?: string;
  terms?: ConsentTerms;
}

/** Hands out the receipt of a consent, and leaves a trace in the record of the person. */
@Injectable()
export class ReadConsentReceipt {
  constructor(
    private readonly database: Database,
    private readonly consents: ConsentsRepository,
    private readonly opened: OpenedEventsReader,
    private readonly finder: PersonFinder,
    private readonly records: PersonRecord,
    private readonly terms: ReceiptTerms,
  ) {}

  /** @throws AppError NOT_FOUND; RECORD_ERASED */
  read(id: string, by: Omit<Reading, 'what'>): Promise<ConsentReceiptDocument> {
    return this.database.transaction(async (tx) => {
      const event = await this.consents.find(tx, id);
      if (event === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such consent.' });
      const own = await this.finder.get(tx, { personId: event.subjectId });
      await this.records.recordRead(tx, own, { ...by, what: 'consent.receipt' });
      const payload = (await this.opened.find(tx, event.eventId))?.payload;
      if (payload === undefined) throw erased();
      const sealed = payload as SealedConsent;
      const terms = sealed.terms ?? (await this.termsSince(tx, own, event));
      const evidence = sealed.evidence ?? {};
      return by.unmaskReason === undefined
        ? consentReceipt(
            event,
            { ...terms, numbers: terms.numbers.map(maskNumber) },
            maskRecord(evidence) as ConsentEvidence,
            maskRecord(sealed.method) as string | undefined,
          )
        : consentReceipt(event, terms, evidence, sealed.method);
    });
  }

  /** For an event that was recorded without its terms: those of today, without a guess at what had been before. */
  private termsSince(tx: Tx, own: LockedSubject, event: StoredConsentEvent): Promise<ConsentTerms> {
    const { persons } = own.facts;
    return this.terms.of(tx, { id: own.id, facts: { ...own.facts, persons, grants: [] } }, event);
  }
}
