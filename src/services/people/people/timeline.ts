import { Injectable } from '@nestjs/common';
import { invalidMember } from '../../../contracts/app-error';
import { Database } from '../../../platform/database/database';
import { decodeCursor, encodeCursor, type Page } from '../../../platform/http/cursor';
import { readInstant, writeInstant } from '../../../platform/http/instants';
import { isUuid } from '../../../platform/ids/uuid';
import { uuidV7Floor } from '../../../platform/ids/uuid-v7';
import { maskRecord } from '../mask-record';
import { type OpenedEvent, OpenedEventsReader } from '../opened-events.reader';
import { PersonFinder } from '../person-finder';
import { PersonRecord, type Reading } from '../person-record';
import type { TimelineItem, TimelineQuery } from './people.dto';
import { PeopleReader } from './people.reader';

/** Everything that happened to a person, newest first, and now also that it was looked at. */
@Injectable()
export class ReadTimeline {
  constructor(
    private readonly database: Database,
    private readonly finder: PersonFinder,
    private readonly people: PeopleReader,
    private readonly opened: OpenedEventsReader,
    private readonly records: PersonRecord,
  ) {}

  /** @throws AppError NOT_FOUND; INVALID for bounds that are none */
  async read(personId: string, query: TimelineQuery, by: Omit<Reading, 'what'>): Promise<Page<TimelineItem>> {
    const bounds = boundsOf(query);
    return this.database.transaction(async (tx) => {
      const own = await this.finder.get(tx, { personId });
      const records = await this.people.recordsOf(tx, own.id);
      const events = await this.opened.list(tx, records, { ...bounds, limit: query.limit });
      // After the query: a page does not show its own reading, so that an unchanged record reads the same.
      await this.records.recordRead(tx, own, { ...by, what: 'person.timeline' });
      const shown = events.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        items: shown.map((event) => itemOf(event, by.unmaskReason !== undefined)),
        nextCursor:
          events.length > query.limit && last !== undefined
            ? encodeCursor({ at: last.at, id: last.eventId })
            : null,
      };
    });
  }
}

/** `from` inclusive, `to` exclusive; the time of an event is the first part of its id (RFC 9562 section 5.7). */
function boundsOf(query: TimelineQuery): { from?: string; before?: string } {
  const from = query.from === undefined ? undefined : uuidV7Floor(readInstant(query.from, '/from'));
  let before = query.to === undefined ? undefined : uuidV7Floor(readInstant(query.to, '/to'));
  if (query.cursor !== undefined) {
    const { id } = decodeCursor(query.cursor);
    if (!isUuid(id)) {
      throw invalidMember('/cursor', 'Must be the nextCursor of an earlier page.', 'FORMAT');
    }
    before = before === undefined || id < before ? id : before;
  }
  return { ...(from === undefined ? {} : { from }), ...(before === undefined ? {} : { before }) };
}

function itemOf(event: OpenedEvent, unmasked: boolean): TimelineItem {
  const { partitionKey: _, ...clear } = event.clear;
  const summary = event.payload === undefined ? null : summaryOf(event);
  return {
    at: writeInstant(event.at),
    type: event.type,
    eventId: event.eventId,
    subjectId: event.subjectId,
    clear,
    record: unmasked || summary === null ? summary : (maskRecord(summary) as Record<string, unknown>),
  };
}

/** What a decision knew and how each rule judged is in the dossier of the call; here stands what it came to. */
function summaryOf(event: OpenedEvent): Record<string, unknown> {
  const payload = event.payload ?? {};
  const { facts, decision, ...rest } = payload;
  if (facts === undefined || typeof decision !== 'object' || decision === null) return payload;
  const { verdicts: _, ...outcome } = decision as Record<string, unknown>;
  return { ...rest, decision: outcome };
}
