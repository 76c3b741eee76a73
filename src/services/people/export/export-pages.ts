import { Injectable } from '@nestjs/common';
import type { Preference } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { encodeCursor } from '../../../platform/http/cursor';
import { uuidV7Floor } from '../../../platform/ids/uuid-v7';
import { eventAnswer } from '../consents/consent-answers';
import type { ConsentDetail } from '../consents/consents.dto';
import { ConsentsRepository, type StoredConsentEvent } from '../consents/consents.repository';
import { maskRecord } from '../mask-record';
import { type OpenedEvent, OpenedEventsReader } from '../opened-events.reader';
import { PreferencesRepository } from '../preferences/preferences.repository';
import { answerOf as preferenceAnswer } from '../preferences/read-preferences';
import { answerOf as wishAnswer } from '../wishes/read-wishes';
import type { SuppressionAnswer } from '../wishes/suppressions.dto';
import { WishesRepository } from '../wishes/wishes.repository';
import { CallReportsReader } from './call-reports.reader';
import { callOf, readingOf, sealedDecision } from './exported-items';
import type { ExportedWish } from './person-export.dto';

const PAGE = 200;
const READINGS = ['person.read.v1', 'call.read.v1', 'call.previewed.v1'];

/** Whose records, and up to when. */
export interface ExportScope {
  personId: string;
  /** Nobody has claimed the number that this is the record of. */
  unclaimed: boolean;
  /** All whose words bind the person. */
  records: readonly string[];
  /** Those that the person was part of, and since when: the own one and households. */
  lived: readonly { id: string; since: Instant }[];
  until: Instant;
  unmasked: boolean;
}

export interface ExportPage {
  items: unknown[];
  /** Where the next page begins; undefined after the last. */
  next: string | undefined;
}

/** A person's history, page by page. */
@Injectable()
export class ExportPages {
  constructor(
    private readonly wishesOf: WishesRepository,
    private readonly preferencesOf: PreferencesRepository,
    private readonly consentsOf: ConsentsRepository,
    private readonly opened: OpenedEventsReader,
    private readonly reports: CallReportsReader,
  ) {}

  async wishes(tx: Tx, scope: ExportScope, cursor: string | undefined): Promise<ExportPage> {
    const found = await this.wishesOf.list(tx, scope.records, pageAt(cursor));
    const events = await this.opened.findAll(
      tx,
      found.map((wish) => wish.eventId),
    );
    return pageOf(found, scope, (wish) => {
      if (wish.subjectId !== scope.personId || wish.carriedFrom !== undefined) {
        return boundBy(wishAnswer(wish, scope.until));
      }
      const reason = this.shown(events.get(wish.eventId), scope)['reason'];
      return { ...wishAnswer(wish, scope.until), ...(typeof reason === 'string' ? { reason } : {}) };
    });
  }

  async preferences(tx: Tx, scope: ExportScope, cursor: string | undefined): Promise<ExportPage> {
    const found = await this.preferencesOf.list(tx, scope.records, pageAt(cursor));
    const events = await this.opened.findAll(
      tx,
      found.map((preference) => preference.eventId),
    );
    return pageOf(found, scope, (stored) =>
      preferenceAnswer(stored, events.get(stored.eventId)?.payload?.['preference'] as Preference | undefined),
    );
  }

  /**
   * All at once: they are few, and what counts follows from all of them. Not those that name another person, nor what
   * somebody consented to by a number before it was claimed; a "no" of then binds, and says no more than that.
   */
  async consents(
    tx: Tx,
    scope: ExportScope,
  ): Promise<{ events: StoredConsentEvent[]; details: ConsentDetail[] }> {
    const events = (await this.consentsOf.list(tx, scope.records, scope.until)).filter(
      ({ kind, personId }) =>
        personId === scope.personId || (personId === undefined && (scope.unclaimed || kind !== 'granted')),
    );
    const opened = await this.opened.findAll(
      tx,
      events.map((event) => event.eventId),
    );
    const details = events.map((event): ConsentDetail => {
      if (event.subjectId !== scope.personId) {
        const { receiptId: _, ...bound } = eventAnswer(event);
        return bound;
      }
      const { method, evidence } = this.shown(opened.get(event.eventId), scope);
      return {
        ...eventAnswer(event),
        ...(typeof method === 'string' ? { method } : {}),
        ...(typeof evidence === 'object' && evidence !== null
          ? { evidence: evidence as Record<string, unknown> }
          : {}),
      };
    });
    return { events, details };
  }

  async calls(tx: Tx, scope: ExportScope, before: string | undefined): Promise<ExportPage> {
    const { events, next } = await this.events(tx, scope, ['call.decided.v1'], before);
    const readable = events.filter((event) => event.payload !== undefined && isOf(scope, event));
    const reports = await this.reports.of(
      tx,
      readable.map((event) => sealedDecision(event).callId),
    );
    const items = readable.map((event) =>
      callOf(event, reports.get(sealedDecision(event).callId) ?? [], {
        unmasked: scope.unmasked,
        shared: event.subjectId !== scope.personId,
      }),
    );
    return { items, next };
  }

  async readings(tx: Tx, scope: ExportScope, before: string | undefined): Promise<ExportPage> {
    const { events, next } = await this.events(tx, scope, READINGS, before);
    const items = events.map((event) => {
      const { unmaskReason, ...reading } = readingOf(event);
      return unmaskReason === undefined || event.subjectId !== scope.personId
        ? reading
        : { ...reading, unmaskReason };
    });
    return { items, next };
  }

  private async events(
    tx: Tx,
    scope: ExportScope,
    types: readonly string[],
    before = uuidV7Floor(scope.until + 1),
  ): Promise<{ events: OpenedEvent[]; next: string | undefined }> {
    const found = await this.opened.listOwn(tx, scope.lived, { before, types, limit: PAGE });
    const events = found.slice(0, PAGE);
    return { events, next: found.length > PAGE ? events.at(-1)?.eventId : undefined };
  }

  private shown(event: OpenedEvent | undefined, scope: ExportScope): Record<string, unknown> {
    const payload = event?.payload ?? {};
    return scope.unmasked ? payload : (maskRecord(payload) as Record<string, unknown>);
  }
}

/** Not a call for somebody else by name, though it was to a number of the person. */
function isOf({ personId }: ExportScope, event: OpenedEvent): boolean {
  const asked = sealedDecision(event).facts.ask.personId;
  return asked === undefined || asked === personId;
}

/** A wish by a number that others have, or had: that it binds the person, and nothing of why. */
function boundBy(wish: SuppressionAnswer): ExportedWish {
  const { receiptId: _r, personId: _p, recordedBy: _b, source: _s, carriedFrom: _c, ...bound } = wish;
  return { ...bound, bindsYou: true };
}

const pageAt = (cursor: string | undefined): { limit: number; cursor?: string } => ({
  limit: PAGE,
  ...(cursor === undefined ? {} : { cursor }),
});

/** The repositories tell one more than a page; what came after the export began is not part of it. */
function pageOf<Row extends { id: string; recordedAt: Instant }>(
  found: readonly Row[],
  scope: ExportScope,
  itemOf: (row: Row) => unknown,
): ExportPage {
  const rows = found.slice(0, PAGE);
  const last = found.length > PAGE ? rows.at(-1) : undefined;
  return {
    items: rows.filter((row) => row.recordedAt <= scope.until).map(itemOf),
    next: last === undefined ? undefined : encodeCursor({ at: last.recordedAt, id: last.id }),
  };
}
