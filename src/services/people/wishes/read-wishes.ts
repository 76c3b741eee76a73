import { Injectable } from '@nestjs/common';
import { AppError } from '../../../contracts/app-error';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { Database } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import { writeInstant } from '../../../platform/http/instants';
import { maskRecord } from '../mask-record';
import { OpenedEventsReader } from '../opened-events.reader';
import { PersonFinder, type SearchTarget } from '../person-finder';
import { PersonRecord, type Reading } from '../person-record';
import type { SuppressionAnswer, SuppressionDetail } from './suppressions.dto';
import { stateOf, type StoredWish, WishesRepository } from './wishes.repository';

/** Looks at wishes, and leaves a trace in the record of whoever was looked at. */
@Injectable()
export class ReadWishes {
  constructor(
    private readonly database: Database,
    private readonly finder: PersonFinder,
    private readonly wishes: WishesRepository,
    private readonly opened: OpenedEventsReader,
    private readonly records: PersonRecord,
    private readonly time: DatabaseTime,
  ) {}

  /** All that ever bound this person, household or number; nothing where nobody is known. */
  async search(
    target: SearchTarget,
    page: { limit: number; cursor?: string },
    by: Omit<Reading, 'what'>,
  ): Promise<Page<SuppressionAnswer>> {
    return this.database.transaction(async (tx) => {
      const own = await this.finder.find(tx, target);
      if (own === undefined) return { items: [], nextCursor: null };
      await this.records.recordRead(tx, own, { ...by, what: 'suppressions' });
      const found = await this.wishes.list(tx, await this.finder.recordsOn(tx, own), page);
      const now = this.time.at(own.lockedAt);
      return pageOf(
        found,
        page.limit,
        ({ recordedAt: at, id }) => ({ at, id }),
        (wish) => answerOf(wish, now),
      );
    });
  }

  /** @throws AppError NOT_FOUND */
  async read(id: string, by: Omit<Reading, 'what'>): Promise<SuppressionDetail> {
    return this.database.transaction(async (tx) => {
      const wish = await this.wishes.find(tx, id);
      if (wish === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such suppression.' });
      const own = await this.finder.get(tx, { personId: wish.subjectId });
      await this.records.recordRead(tx, own, { ...by, what: 'suppression' });
      const payload = (await this.opened.find(tx, wish.eventId))?.payload ?? {};
      const shown = (by.unmaskReason === undefined ? maskRecord(payload) : payload) as {
        reason?: string;
        evidence?: Record<string, unknown>;
      };
      return {
        ...answerOf(wish, this.time.at(own.lockedAt)),
        ...(shown.reason === undefined ? {} : { reason: shown.reason }),
        ...(shown.evidence === undefined ? {} : { evidence: shown.evidence }),
      };
    });
  }
}

export function answerOf(wish: StoredWish, now: Instant): SuppressionAnswer {
  return {
    id: wish.id,
    receiptId: wish.receiptId,
    personId: wish.subjectId,
    state: stateOf(wish, now),
    scope: wish.scope,
    channels: wish.channels,
    purposes: wish.purposes,
    source: wish.source,
    recordedAt: writeInstant(wish.recordedAt),
    recordedBy: wish.recordedBy,
    ...(wish.until === undefined ? {} : { until: writeInstant(wish.until) }),
    ...(wish.releasedAt === undefined ? {} : { releasedAt: writeInstant(wish.releasedAt) }),
    ...(wish.carriedFrom === undefined ? {} : { carriedFrom: wish.carriedFrom }),
  };
}
