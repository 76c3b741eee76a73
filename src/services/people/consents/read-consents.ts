import { Injectable } from '@nestjs/common';
import { AppError } from '../../../contracts/app-error';
import { spokenByName } from '../../../domain/consent/consent-fold';
import { currentConsents, standingRefusals } from '../../../domain/consent/current-consents';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { Database, type Tx } from '../../../platform/database/database';
import { maskRecord } from '../mask-record';
import { OpenedEventsReader } from '../opened-events.reader';
import { PersonFinder, type SearchTarget } from '../person-finder';
import { PersonRecord, type Reading } from '../person-record';
import { currentAnswer, eventAnswer, refusalAnswer } from './consent-answers';
import type { ConsentDetail, ConsentsAnswer, DoNotAsk } from './consents.dto';
import { ConsentsRepository, type StoredConsentEvent } from './consents.repository';
import { ReaskLaw } from './reask-law';
import { requirePast } from './record-consent';

/** Looks at consents, and leaves a trace in the record of whoever was looked at. */
@Injectable()
export class ReadConsents {
  constructor(
    private readonly database: Database,
    private readonly finder: PersonFinder,
    private readonly consents: ConsentsRepository,
    private readonly opened: OpenedEventsReader,
    private readonly records: PersonRecord,
    private readonly law: ReaskLaw,
    private readonly time: DatabaseTime,
  ) {}

  /**
   * `asOf`: what was true then, as known now; `knownAt`: as it was known then; both: what was true at `asOf` as it was
   * known at `knownAt` (SHAPES, "Suppressions").
   * @throws AppError INVALID for an instant that is not yet: nobody knows what will be true then.
   */
  async search(
    target: SearchTarget,
    when: { asOf?: Instant; knownAt?: Instant },
    by: Omit<Reading, 'what'>,
  ): Promise<ConsentsAnswer> {
    return this.database.transaction(async (tx) => {
      const own = await this.finder.find(tx, target);
      const now = this.time.at(own?.lockedAt ?? (await clockOf(tx)));
      if (when.asOf !== undefined) requirePast(when.asOf, now, '/asOf');
      if (when.knownAt !== undefined) requirePast(when.knownAt, now, '/knownAt');
      if (own === undefined) return { current: [], events: [] };
      await this.records.recordRead(tx, own, { ...by, what: 'consents' });
      const records = await this.finder.recordsOn(tx, own);
      const events = await this.consents.list(tx, records, when.knownAt);
      const speaking = own.facts.persons.length === 0 ? events : spokenByName(events);
      const asOf = when.asOf ?? when.knownAt ?? now;
      const doNotAsk = await this.doNotAsk(tx, records, speaking, asOf);
      return {
        current: currentConsents(speaking, asOf).map(currentAnswer),
        ...(doNotAsk.length === 0 ? {} : { doNotAsk }),
        events: events.map(eventAnswer),
      };
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

  private async doNotAsk(
    tx: Tx,
    records: readonly string[],
    events: readonly StoredConsentEvent[],
    asOf: Instant,
  ): Promise<DoNotAsk[]> {
    const refusals = standingRefusals(events, asOf);
    if (refusals.length === 0) return [];
    const waitOf = await this.law.waitOf(tx, records);
    return refusals.flatMap((standing) => {
      const from = waitOf(standing.refusal.at);
      return asOf < from ? [refusalAnswer(standing, from)] : [];
    });
  }
}

async function clockOf(tx: Tx): Promise<Instant> {
  const [row] = await tx.query<{ now: number }>({
    text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  });
  if (row === undefined) throw new Error('The database told no time.');
  return row.now;
}
