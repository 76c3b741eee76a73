import { Injectable } from '@nestjs/common';
import type { Preference } from '../../../domain/decision/facts';
import { Database } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import { writeInstant } from '../../../platform/http/instants';
import { OpenedEventsReader } from '../opened-events.reader';
import { PersonFinder, type SearchTarget } from '../person-finder';
import { PersonRecord, type Reading } from '../person-record';
import type { PreferenceAnswer } from './preferences.dto';
import { PreferencesRepository, type StoredPreference } from './preferences.repository';

/** Looks at preferences, and leaves a trace in the record of whoever was looked at. */
@Injectable()
export class ReadPreferences {
  constructor(
    private readonly database: Database,
    private readonly finder: PersonFinder,
    private readonly preferences: PreferencesRepository,
    private readonly opened: OpenedEventsReader,
    private readonly records: PersonRecord,
  ) {}

  /** Nothing where nobody is known. */
  async search(
    target: SearchTarget,
    page: { limit: number; cursor?: string },
    by: Omit<Reading, 'what'>,
  ): Promise<Page<PreferenceAnswer>> {
    return this.database.transaction(async (tx) => {
      const own = await this.finder.find(tx, target);
      if (own === undefined) return { items: [], nextCursor: null };
      await this.records.recordRead(tx, own, { ...by, what: 'preferences' });
      const found = await this.preferences.list(tx, await this.finder.recordsOn(tx, own), page);
      const events = await this.opened.findAll(
        tx,
        found.map((preference) => preference.eventId),
      );
      return pageOf(
        found,
        page.limit,
        ({ recordedAt: at, id }) => ({ at, id }),
        (stored) =>
          answerOf(stored, events.get(stored.eventId)?.payload?.['preference'] as Preference | undefined),
      );
    });
  }
}

/** What it said is gone with the person it was erased with; that it was said is not. */
export function answerOf(stored: StoredPreference, said: Preference | undefined): PreferenceAnswer {
  const { quietUntil, hours, noAiVoice, noProfiling, language } = said ?? {};
  return {
    id: stored.id,
    receiptId: stored.receiptId,
    personId: stored.subjectId,
    state: stored.withdrawnAt === undefined ? 'active' : 'withdrawn',
    recordedAt: writeInstant(stored.recordedAt),
    recordedBy: stored.recordedBy,
    ...(stored.withdrawnAt === undefined ? {} : { withdrawnAt: writeInstant(stored.withdrawnAt) }),
    ...(stored.carriedFrom === undefined ? {} : { carriedFrom: stored.carriedFrom }),
    ...(quietUntil === undefined ? {} : { quietUntil: writeInstant(quietUntil) }),
    ...(hours === undefined ? {} : { hours }),
    ...(noAiVoice === undefined ? {} : { noAiVoice }),
    ...(noProfiling === undefined ? {} : { noProfiling }),
    ...(language === undefined ? {} : { language }),
  };
}
