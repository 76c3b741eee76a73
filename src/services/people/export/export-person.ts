import { Injectable } from '@nestjs/common';
import { currentConsents } from '../../../domain/consent/current-consents';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { Database, type Tx } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { currentAnswer } from '../consents/consent-answers';
import { PersonFinder } from '../person-finder';
import { PeopleReader } from '../people/people.reader';
import { ReadPerson } from '../people/read-person';
import { PersonRecord, type Reading } from '../person-record';
import { cooldownOf } from './exported-items';
import { ExportPages, type ExportScope } from './export-pages';
import type { PersonExport } from './person-export.dto';

/** Everything that is kept of a person, as one document that is never in memory whole. */
@Injectable()
export class ExportPerson {
  constructor(
    private readonly database: Database,
    private readonly finder: PersonFinder,
    private readonly reader: ReadPerson,
    private readonly people: PeopleReader,
    private readonly records: PersonRecord,
    private readonly pages: ExportPages,
    private readonly time: DatabaseTime,
  ) {}

  /**
   * The text of the document. That it is read stands in the person's record, committed, before this resolves. History
   * is only ever added to, so pages up to one instant are of one piece without a transaction that lasts as long as the
   * reader takes.
   * @throws AppError NOT_FOUND, RECORD_ERASED
   */
  async export(personId: string, by: Omit<Reading, 'what'>): Promise<AsyncIterable<string>> {
    const { head, scope } = await this.database.transaction(async (tx) => {
      const own = await this.finder.get(tx, { personId });
      await this.records.recordRead(tx, own, { ...by, what: 'person.export' });
      const unmasked = by.unmaskReason !== undefined;
      const until = this.time.at(own.lockedAt);
      const households = await this.people.householdsOf(tx, own.id);
      const scope: ExportScope = {
        personId: own.id,
        unclaimed: own.facts.persons.length === 0,
        records: [own.id, ...households.map(({ id }) => id)],
        lived: [{ id: own.id, since: 0 }, ...households],
        until,
        unmasked,
      };
      const head = {
        exportedAt: writeInstant(until),
        person: await this.reader.answer(tx, own, unmasked),
        cooldowns: own.facts.cooldowns.map(cooldownOf).reverse(),
      };
      return { head, scope };
    });
    return this.document(head, scope);
  }

  private async *document(
    head: Pick<PersonExport, 'exportedAt' | 'person' | 'cooldowns'>,
    scope: ExportScope,
  ): AsyncGenerator<string> {
    const consents = await this.inOne((tx) => this.pages.consents(tx, scope));
    const ledger = {
      currentConsents: currentConsents(consents.events, scope.until).map(currentAnswer),
      consents: consents.details.filter(({ kind }) => kind === 'granted'),
      withdrawals: consents.details.filter(({ kind }) => kind === 'withdrawn'),
      refusals: consents.details.filter(({ kind }) => kind === 'refused'),
    };
    yield `${JSON.stringify({ ...head, ...ledger }).slice(0, -1)},`;
    yield* this.list('wishes', (before) => this.inOne((tx) => this.pages.wishes(tx, scope, before)));
    yield ',';
    yield* this.list('preferences', (before) =>
      this.inOne((tx) => this.pages.preferences(tx, scope, before)),
    );
    yield ',';
    yield* this.list('calls', (before) => this.inOne((tx) => this.pages.calls(tx, scope, before)));
    yield ',';
    yield* this.list('readings', (before) => this.inOne((tx) => this.pages.readings(tx, scope, before)));
    yield '}';
  }

  private async *list(
    name: keyof PersonExport,
    read: (before: string | undefined) => Promise<{ items: unknown[]; next: string | undefined }>,
  ): AsyncGenerator<string> {
    let glue = `"${name}":[`;
    let before: string | undefined;
    do {
      const { items, next } = await read(before);
      if (items.length > 0) {
        yield glue + items.map((item) => JSON.stringify(item)).join(',');
        glue = ',';
      }
      before = next;
    } while (before !== undefined);
    yield glue === ',' ? ']' : `${glue}]`;
  }

  private inOne<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction(work);
  }
}
