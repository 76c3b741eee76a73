import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';
import type { Job, JobError, JobRun } from '../../jobs/job';
import { type BulkAct, type BulkWish, BulkWishesPort } from '../../people/bulk/bulk.port';
import {
  type Chunk,
  type Closing,
  type ImportKind,
  type ImportLedgerPort,
  type ReadRow,
  type RowReader,
  specOf,
  type Tally,
} from '../import';
import { ImportsRepository } from '../imports.repository';
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

  /**
   * First whoever is not known yet, then everybody else, each in a step of its own: the one inserts numbers and locks
   * no subject, the other locks subjects and inserts none (`BulkWishesPort`). Mostly a chunk is all of one kind, and
   * then it is one step.
   */
  async store(run: JobRun, chunk: Chunk<SuppressionRow>, ledger: ImportLedgerPort): Promise<void> {
    const { source } = specOf(run.job);
    const { fresh, held } = await this.divided(source, chunk.rows, ledger.done);
    const duplicate = chunk.rows.length - fresh.length - ledger.done.size;
    let rest: readonly ReadRow<SuppressionRow>[] = fresh;
    const last = async (tx: Tx, tally: Tally): Promise<Tally> => {
      await this.repository.unlist(tx, held);
      return { ...tally, duplicate };
    };
    await ledger.step(run, chunk, async (tx) => {
      const stored = await this.recordNew(tx, run.job, fresh);
      const lines = new Set(stored.map(({ row }) => row.line));
      rest = fresh.filter(({ line }) => !lines.has(line));
      if (rest.length === 0) return last(tx, { accepted: lines.size });
      if (lines.size > 0) return { accepted: lines.size, onlyLines: [...lines] };
      // Nothing was written yet, so nothing is held that others wait for.
      rest = [];
      return last(tx, await this.recordKnown(tx, run.job, fresh));
    });
    if (rest.length === 0) return;
    await ledger.step(run, chunk, async (tx) => last(tx, await this.recordKnown(tx, run.job, rest)));
  }

  close(run: JobRun): Promise<Closing | undefined> {
    return this.lists.close(run);
  }

  /** Rows that the source does not hold yet, each once, and the words of those that it holds. */
  private async divided(
    source: string,
    rows: readonly ReadRow<SuppressionRow>[],
    done: ReadonlySet<number>,
  ): Promise<{ fresh: ReadRow<SuppressionRow>[]; held: string[] }> {
    const fingerprints = rows.map(({ fingerprint }) => fingerprint);
    const members = await this.tools.database.transaction((tx) =>
      this.repository.members(tx, { subject: this.subject, source }, fingerprints),
    );
    const seen = new Set(members.keys());
    const fresh = rows.filter(({ line, fingerprint }) => {
      const key = fingerprint.toString('hex');
      if (done.has(line) || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    return { fresh, held: [...members.values()].map(({ wordId }) => wordId) };
  }

  private async recordNew(tx: Tx, job: Job, rows: readonly ReadRow<SuppressionRow>[]): Promise<Stored[]> {
    const ids = await this.wishes.recordNew(tx, actOf(job), wishesOf(rows));
    const stored = rows.flatMap((row, index) => {
      const id = ids[index];
      return id === undefined ? [] : [{ row, id }];
    });
    await this.remember(tx, job, stored);
    return stored;
  }

  private async recordKnown(tx: Tx, job: Job, rows: readonly ReadRow<SuppressionRow>[]): Promise<Tally> {
    const outcomes = await this.wishes.recordKnown(tx, actOf(job), wishesOf(rows));
    const stored: Stored[] = [];
    const faults: JobError[] = [];
    for (const [index, row] of rows.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error('A wish had no outcome.');
      if ('id' in outcome) stored.push({ row, id: outcome.id });
      else faults.push({ line: row.line, ...outcome.fault });
    }
    await this.remember(tx, job, stored);
    return { accepted: stored.length, faults };
  }

  private async remember(tx: Tx, job: Job, stored: readonly Stored[]): Promise<void> {
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
  }

  private shown(item: SuppressionRow): Buffer {
    return this.tools.keyring.sealIdentifier(shownOf(item));
  }
}

const actOf = (job: Job): BulkAct => ({ actor: job.actor, jobId: job.id });
const wishesOf = (rows: readonly ReadRow<SuppressionRow>[]): BulkWish[] => rows.map(({ item }) => item.wish);
