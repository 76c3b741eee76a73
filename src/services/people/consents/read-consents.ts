import { Injectable } from '@nestjs/common';
import { AppError } from '../../../contracts/app-error';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { Database } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { maskRecord } from '../mask-record';
import { OpenedEventsReader } from '../opened-events.reader';
import { PersonFinder, type SearchTarget } from '../person-finder';
import { PersonRecord, type Reading } from '../person-record';
import type { ConsentDetail, ConsentEventAnswer, ConsentsAnswer } from './consents.dto';
import { ConsentsRepository } from './consents.repository';
import { type ConsentEvent, currentConsents } from './current-consents';
import { isBackDated } from './record-consent';

/** Looks at consents, and leaves a trace in the record of whoever was looked at. */
@Injectable()
export class ReadConsents {
  constructor(
    private readonly database: Database,
    private readonly finder: PersonFinder,
    private readonly consents: ConsentsRepository,
    private readonly opened: OpenedEventsReader,
    private readonly records: PersonRecord,
    private readonly time: DatabaseTime,
  ) {}

  /** `asOf`: what was true then, as known now; `knownAt`: as it was known then (SHAPES, "Suppressions"). */
  async search(
    target: SearchTarget,
    when: { asOf?: Instant; knownAt?: Instant },
    by: Omit<Reading, 'what'>,
  ): Promise<ConsentsAnswer> {
    return this.database.transaction(async (tx) => {
      const own = await this.finder.find(tx, target);
      if (own === undefined) return { current: [], events: [] };
      await this.records.recordRead(tx, own, { ...by, what: 'consents' });
      const events = await this.consents.list(tx, await this.finder.recordsOn(tx, own), when.knownAt);
      const asOf = when.asOf ?? when.knownAt ?? this.time.at(own.lockedAt);
      return { current: currentConsents(events, asOf).map(currentAnswer), events: events.map(eventAnswer) };
    });
  }

  /** @throws AppError NOT_FOUND */
  async read(id: string, by: Omit<Reading, 'what'>): Promise<ConsentDetail> {
    return this.database.transaction(async (tx) => {
      const event = await this.consents.find(tx, id);
      if (event === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such consent.' });
      const own = await this.finder.get(tx, { personId: event.subjectId });
      await this.records.recordRead(tx, own, { ...by, what: 'consent' });
      const payload = (await this.opened.find(tx, event.eventId))?.payload ?? {};
      const shown = (by.unmaskReason === undefined ? maskRecord(payload) : payload) as {
        method?: string;
        evidence?: Record<string, unknown>;
      };
      return {
        ...eventAnswer(event),
        ...(shown.method === undefined ? {} : { method: shown.method }),
        ...(shown.evidence === undefined ? {} : { evidence: shown.evidence }),
      };
    });
  }
}

function currentAnswer(grant: ConsentEvent): ConsentsAnswer['current'][number] {
  const { id, personId, scope, purposes, channels, attributes, at, expiresAt } = grant;
  return {
    id,
    ...(personId === undefined ? {} : { personId }),
    scope: scope ?? { kind: 'group', id: 'group' },
    purposes,
    channels,
    attributes: attributes ?? {},
    grantedAt: writeInstant(at),
    ...(expiresAt === undefined ? {} : { expiresAt: writeInstant(expiresAt) }),
  };
}

function eventAnswer(event: ConsentEvent): ConsentEventAnswer {
  const { id, receiptId, kind, personId, scope, purposes, channels, attributes, at, expiresAt } = event;
  return {
    id,
    ...(receiptId === undefined ? {} : { receiptId }),
    kind,
    ...(personId === undefined ? {} : { personId }),
    ...(scope === undefined ? {} : { scope }),
    purposes,
    channels,
    ...(attributes === undefined ? {} : { attributes }),
    at: writeInstant(at),
    ...(expiresAt === undefined ? {} : { expiresAt: writeInstant(expiresAt) }),
    recordedAt: writeInstant(event.recordedAt),
    recordedBy: event.recordedBy,
    backDated: isBackDated(at, event.recordedAt),
  };
}
