import { Injectable } from '@nestjs/common';
import { AGE_BANDS } from '../../../domain/decision/purpose';
import { isKnownZone } from '../../../domain/time/zones';
import type { Tx } from '../../../platform/database/database';
import type { Job, JobRun } from '../../jobs/job';
import { PeopleRowsPort, type PersonRow } from '../../people/bulk/rows.port';
import {
  type Chunk,
  type ImportKind,
  type ImportLedgerPort,
  type ReadRow,
  type RowReader,
  specOf,
} from '../import';
import { RowFault, type RowValues } from '../reading/row-values';
import type { Difference, ResultReader } from '../result-file';
import { storeOneByOne } from './row-by-row';
import { RowTools } from './row-tools';
import { bounded, fingerprint, readImportedNumber } from './suppression-rows';

const COLUMNS = [
  'customerId',
  'numbers',
  'region',
  'ageBand',
  'timeZone',
  'subdivision',
  'reference',
] as const;
const MAX_NUMBERS = 50;
const SUBDIVISION = /^[A-Z]{2}-[A-Z0-9]{1,3}$/;

/** Customers and their numbers: each row replaces what is known of one customer, as `PUT /v1/people` does. */
@Injectable()
export class PeopleImport implements ImportKind<PersonRow> {
  readonly subject = 'people';
  readonly columns = COLUMNS;
  readonly needsApproval = false;
  readonly results: ResultReader<PersonRow>;

  constructor(
    private readonly people: PeopleRowsPort,
    private readonly tools: RowTools,
  ) {
    this.results = new PeopleResults(people, tools);
  }

  reader(job: Job): RowReader<PersonRow> {
    const { region } = specOf(job);
    return { read: (row) => Promise.resolve().then(() => this.read(row, region)) };
  }

  known(tx: Tx, _source: string, rows: readonly ReadRow<PersonRow>[]): Promise<boolean[]> {
    return this.people.unchanged(
      tx,
      rows.map(({ item }) => item),
    );
  }

  /** Most of a nightly list is known already, so that is asked of all at once, but of whom is there several times. */
  async store(run: JobRun, chunk: Chunk<PersonRow>, ledger: ImportLedgerPort): Promise<void> {
    const { database } = this.tools;
    const held = await database.transaction((tx) => this.known(tx, '', chunk.rows));
    const heldLines = new Set(chunk.rows.filter((_, index) => held[index] === true).map(({ line }) => line));
    const times = new Map<string, number>();
    for (const { item } of chunk.rows) times.set(item.customerId, (times.get(item.customerId) ?? 0) + 1);
    await storeOneByOne(run, chunk, ledger, {
      isHeld: async (row) => {
        if (times.get(row.item.customerId) === 1) return heldLines.has(row.line);
        return (await database.transaction((tx) => this.known(tx, '', [row])))[0] === true;
      },
      write: (tx, { item }) => this.people.put(tx, item, run.job.actor),
    });
  }

  private read(row: RowValues, region: string | undefined): ReadRow<PersonRow> {
    const customerId = row.required('customerId');
    if (customerId.length > 128) throw new RowFault('LENGTH', 'customerId has at most 128 characters.');
    const written = row.list('numbers') ?? [];
    if (written.length > MAX_NUMBERS) throw new RowFault('LENGTH', `numbers holds at most ${MAX_NUMBERS}.`);
    const where = row.text('region') ?? region;
    const numbers = [...new Set(written.map((text) => readImportedNumber(text, where)))];
    const ageBand = row.word('ageBand', AGE_BANDS);
    const timeZone = row.text('timeZone');
    if (timeZone !== undefined && !isKnownZone(timeZone)) {
      throw new RowFault('UNKNOWN_ZONE', 'timeZone: there is no such time zone.');
    }
    const subdivision = row.text('subdivision');
    if (subdivision !== undefined && !SUBDIVISION.test(subdivision)) {
      throw new RowFault('FORMAT', 'subdivision must be of ISO 3166-2.');
    }
    bounded(row, 'reference', 256);
    const known = {
      ...(ageBand === undefined ? {} : { ageBand }),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(subdivision === undefined ? {} : { subdivision }),
    };
    const tag = this.tools.keyring.tagOfCustomer(customerId);
    const tags = numbers.map((number) => this.tools.keyring.tagOfNumber(number).toString('base64')).sort();
    return {
      line: row.line,
      item: { customerId, numbers, known },
      fingerprint: fingerprint(tag, [tags, known]),
    };
  }
}

class PeopleResults implements ResultReader<PersonRow> {
  constructor(
    private readonly people: PeopleRowsPort,
    private readonly tools: RowTools,
  ) {}

  /** What is not known as the row says, now: of a dry run what it would change, of a load what has changed since. */
  async differences(_job: Job, rows: readonly ReadRow<PersonRow>[]): Promise<(Difference | undefined)[]> {
    const items = rows.map(({ item }) => item);
    const same = await this.tools.database.transaction((tx) => this.people.unchanged(tx, items));
    return same.map((isSame) => (isSame ? undefined : 'changed'));
  }

  named({ customerId }: PersonRow): { target: string; reference: string } {
    return { target: customerId, reference: '' };
  }
}
