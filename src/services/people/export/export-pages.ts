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
import { WishesRepository } from '../wishes/wishes.repository';
import { CallReportsReader } from './call-reports.reader';
import { callOf, readingOf, sealedDecision } from './exported-items';

const PAGE = 200;
const READINGS = ['person.read.v1', 'call.read.v1', 'call.previewed.v1'];

/** Whose records, and up to when. */
export interface ExportScope {
  personId: string;
  records: readonly string[];
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

  /** All at once: they are few, and what counts follows from all of them. Not those that name another person. */
  async consents(
    tx: Tx,
    scope: ExportScope,
  ): Promise<{ events: StoredConsentEvent[]; details: ConsentDetail[] }> {
    const events = (await this.consentsOf.list(tx, scope.records, scope.until)).filter(
      ({ personId }) => personId === undefined || personId === scope.personId,
    );
    const opened = await this.opened.findAll(
      tx,
      events.map((event) => event.eventId),
    );
    const details = events.map((event): ConsentDetail => {
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
    const readable = events.filter((event) => event.payload !== undefined);
    const reports = await this.reports.of(
      tx,
      readable.map((event) => sealedDecision(event).callId),
    );
    const items = readable.map((event) =>
      callOf(event, reports.get(sealedDecision(event).callId) ?? [], scope.unmasked),
    );
    return { items, next };
  }

  async readings(tx: Tx, scope: ExportScope, before: string | undefined): Promise<ExportPage> {
    const { events, next } = await this.events(tx, scope, READINGS, before);
    return { items: events.map(readingOf), next };
  }

  private async events(
    tx: Tx,
    scope: ExportScope,
    types: readonly string[],
    before = uuidV7Floor(scope.until + 1),
  ): Promise<{ events: OpenedEvent[]; next: string | undefined }> {
    const found = await this.opened.list(tx, scope.records, { before, types, limit: PAGE });
    const events = found.slice(0, PAGE);
    return { events, next: found.length > PAGE ? events.at(-1)?.eventId : undefined };
  }

  private shown(event: OpenedEvent | undefined, scope: ExportScope): Record<string, unknown> {
    const payload = event?.payload ?? {};
    return scope.unmasked ? payload : (maskRecord(payload) as Record<string, unknown>);
  }
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
