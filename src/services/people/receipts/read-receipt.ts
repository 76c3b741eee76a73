import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { Database } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { maskRecord } from '../mask-record';
import { OpenedEventsReader } from '../opened-events.reader';
import { PersonFinder } from '../person-finder';
import { erased, PersonRecord, type Reading } from '../person-record';
import type { ReceiptAnswer } from './receipts.dto';
import { ReceiptsRepository, type StoredReceipt } from './receipts.repository';

/** In which member of its event each kind keeps what was said. */
const CONTENT: Readonly<Record<StoredReceipt['kind'], string>> = {
  suppression: 'wish',
  preference: 'preference',
  consent_withdrawal: 'withdrawal',
  consent_refusal: 'withdrawal',
};

/** Looks at one receipt, and leaves a trace in the record of the person. */
@Injectable()
export class ReadReceipt {
  constructor(
    private readonly database: Database,
    private readonly receipts: ReceiptsRepository,
    private readonly opened: OpenedEventsReader,
    private readonly finder: PersonFinder,
    private readonly records: PersonRecord,
  ) {}

  /** @throws AppError NOT_FOUND, also for another client's receipt; RECORD_ERASED */
  read(receiptId: string, by: Omit<Reading, 'what'>): Promise<ReceiptAnswer> {
    return this.database.transaction(async (tx) => {
      const stored = await this.receipts.find(tx, receiptId);
      if (stored === undefined || !mayRead(by.actor, stored)) {
        throw new AppError('NOT_FOUND', { detail: 'There is no such receipt.' });
      }
      const own = await this.finder.get(tx, { personId: stored.subjectId });
      await this.records.recordRead(tx, own, { ...by, what: 'receipt' });
      const event = await this.opened.find(tx, stored.eventId);
      if (event?.payload === undefined) throw erased();
      const payload = by.unmaskReason === undefined ? maskRecord(event.payload) : event.payload;
      const { said, confirmation, ...rest } = payload as Record<string, unknown>;
      return {
        receiptId,
        kind: stored.kind,
        id: stored.id,
        recordedAt: writeInstant(event.at),
        said: (said ?? {}) as Record<string, unknown>,
        content: (rest[CONTENT[stored.kind]] ?? {}) as Record<string, unknown>,
        ...(typeof confirmation === 'string' ? { confirmation } : {}),
      };
    });
  }
}

/** Whoever is neither compliance nor auditor reads back only what the same client wrote down. */
function mayRead(actor: Actor, receipt: StoredReceipt): boolean {
  return hasRole(actor, 'compliance', 'auditor') || receipt.recordedBy === actor.clientId;
}
