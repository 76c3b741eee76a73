import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';
import type { Job, JobCounts, JobError, JobRun } from '../../jobs/job';
import { type BulkAct, type BulkWish, BulkWishesPort } from '../../people/bulk/bulk.port';
import {
  type Chunk,
  type Closing,
  type ImportKind,
  type ImportLedgerPort,
  type ReadRow,
  type RowReader,
  specOf,
} from '../import';
import { ImportsRepository } from '../imports.repository';
import { freshOf, storeInSets, type Written } from './in-sets';
import { ReleaseLists } from './release-lists';
import { type SuppressionRow, SuppressionRows, SUPPRESSION_COLUMNS } from './suppression-rows';
import { shownOf, SuppressionResults } from './suppression-results';
import { RowTools } from './row-tools';

interface Stored {
  row: ReadRow<SuppressionRow>;
  id: string;
}

/** Do-not-disturb lists: each row a wish of the source `import`, remembered as what its list holds. */
@Injectable()
export class SuppressionsImport implements ImportKind<SuppressionRow> {
  readonly subject = 'suppressions';
  readonly columns = SUPPRESSION_COLUMNS;
  readonly needsApproval = false;

  constructor(
    private readonly wishes: BulkWishesPort,
    private readonly repository: ImportsRepository,
    private readonly lists: ReleaseLists,
    readonly results: SuppressionResults,
    private readonly tools: RowTools,
  ) {}

  reader(job: Job): RowReader<SuppressionRow> {
    return new SuppressionRows(job, this.tools);
  }

  async known(tx: Tx, source: string, rows: readonly ReadRow<SuppressionRow>[]): Promise<boolean[]> {
    const members = await this.repository.members(
      tx,
      { subject: this.subject, source },
      rows.map(({ fingerprint }) => fingerprint),
    );
    return rows.map(({ fingerprint }) => members.has(fingerprint.toString('hex')));
  }

  async store(run: JobRun, chunk: Chunk<SuppressionRow>, ledger: ImportLedgerPort): Promise<void> {
    const { source } = specOf(run.job);
    const fingerprints = chunk.rows.map(({ fingerprint }) => fingerprint);
    const members = await this.tools.database.transaction((tx) =>
      this.repository.members(tx, { subject: this.subject, source }, fingerprints),
    );
    for (const key of await this.lists.saidAgain(run.job, chunk.rows, members)) members.delete(key);
    const rows = freshOf(chunk.rows, members, ledger.done);
    const held = [...members.values()].map(({ wordId }) => wordId);
    await storeInSets(run, chunk, ledger, {
      rows,
      duplicate: chunk.rows.length - rows.length - ledger.done.size,
      writeNew: (tx, left) => this.recordNew(tx, run.job, left),
      writeKnown: (tx, left) => this.recordKnown(tx, run.job, left),
      writeOne: () => Promise.reject(new Error('A wish is stored or refused in its set.')),
      close: (tx) => this.repository.unlist(tx, held),
    });
  }

  close(run: JobRun, counts: JobCounts): Promise<Closing | undefined> {
    return this.lists.close(run, counts);
  }

  private async recordNew(tx: Tx, job: Job, rows: readonly ReadRow<SuppressionRow>[]): Promise<Written> {
    const ids = await this.wishes.recordNew(tx, actOf(job), wishesOf(rows));
    const stored = rows.flatMap((row, index) => {
      const id = ids[index];
      return id === undefined ? [] : [{ row, id }];
    });
    return this.remember(tx, job, stored, []);
  }

  private async recordKnown(tx: Tx, job: Job, rows: readonly ReadRow<SuppressionRow>[]): Promise<Written> {
    const outcomes = await this.wishes.recordKnown(tx, actOf(job), wishesOf(rows));
    const stored: Stored[] = [];
    const faults: JobError[] = [];
    for (const [index, row] of rows.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error('A wish had no outcome.');
      if ('id' in outcome) stored.push({ row, id: outcome.id });
      else faults.push({ line: row.line, ...outcome.fault });
    }
    return this.remember(tx, job, stored, faults);
  }

  private async remember(tx: Tx, job: Job, stored: readonly Stored[], faults: JobError[]): Promise<Written> {
    const { subject, source } = specOf(job);
    await this.repository.addMembers(
      tx,
      { subject, source, jobId: job.id },
      stored.map(({ row, id }) => ({
        fingerprint: row.fingerprint,
        wordId: id,
        shown: this.shown(row.item),
      })),
    );
    return { lines: stored.map(({ row }) => row.line), faults };
  }

  private shown(item: SuppressionRow): Buffer {
    return this.tools.keyring.sealIdentifier(shownOf(item));
  }
}

const actOf = (job: Job): BulkAct => ({ actor: job.actor, jobId: job.id });
const wishesOf = (rows: readonly ReadRow<SuppressionRow>[]): BulkWish[] => rows.map(({ item }) => item.wish);
