import { Injectable } from '@nestjs/common';
import { AGE_BANDS } from '../../../domain/decision/purpose';
import { isKnownZone } from '../../../domain/time/zones';
import type { Tx } from '../../../platform/database/database';
import type { Job, JobRun } from '../../jobs/job';
import { apart, PeopleRowsPort, type PersonRow } from '../../people/bulk/rows.port';
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
import { storeInSets, type Written } from './in-sets';
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

  /**
   * Most of a nightly list is known already, so that is asked of all at once. Rows that have a customer or a number in
   * common are stored in the order of the file, because each may undo or move what another has done.
   */
  async store(run: JobRun, chunk: Chunk<PersonRow>, ledger: ImportLedgerPort): Promise<void> {
    const { database } = this.tools;
    const { actor } = run.job;
    const { done } = ledger;
    const held = await database.transaction((tx) => this.known(tx, '', chunk.rows));
    const isApart = apart(chunk.rows.map(({ item }) => item));
    const open = chunk.rows.map((row, index) => ({ row, isHeld: held[index], isApart: isApart[index] }));
    const undone = open.filter(({ row }) => !done.has(row.line));
    const alone = undone.filter((row) => row.isApart);
    const rows = alone.filter(({ isHeld }) => isHeld !== true).map(({ row }) => row);
    const items = (left: readonly ReadRow<PersonRow>[]): PersonRow[] => left.map(({ item }) => item);
    await storeInSets(run, chunk, ledger, {
      rows,
      inOrder: {
        rows: undone.filter((row) => row.isApart !== true).map(({ row }) => row),
        isHeld: async (row) => (await database.transaction((tx) => this.known(tx, '', [row])))[0] === true,
      },
      duplicate: alone.length - rows.length,
      writeNew: async (tx, left) => writtenOf(left, await this.people.putNew(tx, items(left), actor)),
      writeKnown: async (tx, left) => writtenOf(left, await this.people.putKnown(tx, items(left), actor)),
      writeOne: (tx, { item }) => this.people.put(tx, item, actor),
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

function writtenOf(rows: readonly ReadRow<PersonRow>[], written: readonly boolean[]): Written {
  return { lines: rows.filter((_, index) => written[index]).map(({ line }) => line), faults: [] };
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
