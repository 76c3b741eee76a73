import type { BlobStore } from '../../platform/blobs/blob-store';
import type { Clock } from '../../platform/clock/clock';
import type { Database, Tx } from '../../platform/database/database';
import type { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import type { ApprovalsService } from '../approvals/approvals.service';
import {
  type Job,
  type JobCounts,
  JobFailure,
  type JobRun,
  type JobWork,
  type Members,
  NO_COUNTS,
} from '../jobs/job';
import { checkFile, type CheckedUpTo, type Checked } from './check-file';
import { type Closing, type ImportKind, type ImportSpec, specOf } from './import';
import { ImportLedger, type StoredUpTo } from './import-ledger';
import type { ImportsRepository } from './imports.repository';
import { readChunks } from './read-chunks';
import { type Portion, readRows } from './reading/read-rows';
import { resultLines } from './result-file';

/** Small enough that nobody waits long for the people in it, large enough that a commit is nothing beside it. */
const STORED_AT_ONCE = 500;
const STAGE_DROPPED_AT_ONCE = 20_000;

export const CONSENTS_IMPORT = 'consents.import';

export interface ImportServices {
  blobs: BlobStore;
  database: Database;
  repository: ImportsRepository;
  approvals: ApprovalsService;
  evidence: EvidenceWriter;
  clock: Clock;
}

/** In which form times and counts of the past go on. */
type Checkpoint = CheckedUpTo | StoredUpTo;

/**
 * An import as a job: the whole file is checked first, and only then is anything stored; so a file that is broken
 * somewhere, or is not the one that was meant, changes nothing.
 */
export class ImportWork<T> implements JobWork {
  constructor(
    private readonly kind: ImportKind<T>,
    private readonly services: ImportServices,
  ) {}

  async run(run: JobRun): Promise<void> {
    const checkpoint = run.job.checkpoint as Checkpoint | undefined;
    if (checkpoint?.phase === 'store') return this.store(run, new ImportLedger(run.job, checkpoint));
    const checked = await checkFile(run, this.kind, this.services, this.rows(run.job), checkpoint);
    if (checked !== undefined) await this.decide(run, checked);
  }

  result(job: Job, masked: boolean): AsyncIterable<string> | undefined {
    if (job.state !== 'succeeded' || job.blobId === undefined) return undefined;
    return resultLines(job, this.kind, this.rows(job), masked);
  }

  async forget(tx: Tx, jobId: string): Promise<void> {
    while ((await this.services.repository.dropStage(tx, jobId, STAGE_DROPPED_AT_ONCE)) > 0);
  }

  private rows(job: Job): AsyncIterable<Portion> {
    const { blobId } = job;
    if (blobId === undefined) throw new Error(`Job ${job.id} has no file.`);
    return readRows(this.services.blobs.read(blobId), specOf(job), this.kind.columns);
  }

  /** The file is known by now, and nothing has been changed. */
  private async decide(run: JobRun, checked: Checked): Promise<void> {
    const spec = specOf(run.job);
    const failure = controlCount(spec, checked) ?? shrinking(spec, checked);
    if (failure !== undefined && !spec.dryRun) throw failure;
    const at: StoredUpTo = { phase: 'store', line: 0, done: [], total: checked.read };
    if (spec.dryRun) {
      const { read, fresh, known, repeated, rejected } = checked;
      const counts = { read, accepted: fresh, duplicate: known + repeated, rejected };
      const wouldFail = failure === undefined ? {} : { wouldFail: failure.code };
      const result = { ...resultOf(spec), ...comparisonOf(spec, checked), ...wouldFail };
      return this.finish(run, { counts, result }, NOTHING_LEFT);
    }
    const counts = { ...NO_COUNTS };
    if (this.kind.needsApproval) {
      await run.step(async (tx) => {
        const { approvalId } = await this.services.approvals.ask(tx, {
          kind: CONSENTS_IMPORT,
          subject: run.job.id,
          after: judged(spec, checked),
          actor: run.job.actor,
        });
        const result = { ...resultOf(spec), approvalId };
        return { checkpoint: at, counts, errors: [], result, waitingFor: approvalId };
      });
      return;
    }
    await run.step(() => Promise.resolve({ checkpoint: at, counts, errors: [] }));
    await this.store(run, new ImportLedger({ ...run.job, counts, errors: [] }, at));
  }

  /** One chunk is read while the one before it is being stored. */
  private async store(run: JobRun, ledger: ImportLedger): Promise<void> {
    const reader = this.kind.reader(run.job);
    let storing = Promise.resolve();
    const from = { line: ledger.line, size: STORED_AT_ONCE };
    for await (const chunk of readChunks(this.rows(run.job), reader, from)) {
      await storing;
      if (run.stopping) return;
      storing = this.kind.store(run, chunk, ledger);
      // Whoever awaits it next hears of it.
      storing.catch(() => undefined);
    }
    await storing;
    if (run.stopping) return;
    const closing = this.kind.close === undefined ? NOTHING_LEFT : await this.kind.close(run, ledger.counts);
    if (closing === undefined) return;
    const { result = resultOf(specOf(run.job)) } = run.job;
    await this.finish(run, { result }, closing);
  }

  private async finish(
    run: JobRun,
    update: { result: Members; counts?: JobCounts },
    closing: Closing,
  ): Promise<void> {
    const { id: jobId, kind, spec } = run.job;
    await run.step(async (tx) => {
      const result = { ...update.result, ...(await closing(tx)) };
      await this.services.evidence.record(tx, [
        {
          type: 'import.finished.v1',
          at: this.services.clock.now(),
          partitionKey: jobId,
          clear: { jobId, kind },
          payload: { jobId, kind, spec, result },
        },
      ]);
      return { ...update, result, progress: 1, state: 'succeeded' };
    });
  }
}

const NOTHING_LEFT: Closing = () => Promise.resolve({});

const resultOf = ({ source, mode, dryRun }: ImportSpec): Members => ({ source, mode, dryRun });

function comparisonOf(spec: ImportSpec, checked: Checked): Members {
  const { fresh, known, repeated, held, sampleLines } = checked;
  const full = spec.mode === 'full' ? { held, wouldRelease: held - known } : {};
  return { wouldAdd: fresh, unchanged: known, repeated, ...full, samples: { addedLines: sampleLines } };
}

function controlCount({ expectRows }: ImportSpec, { read }: Checked): JobFailure | undefined {
  if (expectRows === undefined || expectRows === read) return undefined;
  const detail = `The file has ${read} rows, and ${expectRows} were expected: nothing was changed.`;
  return new JobFailure('CONTROL_COUNT', detail, 0, { rows: read, expectRows });
}

/** A truncated file looks like one that many people were taken off. */
function shrinking(spec: ImportSpec, { held, known }: Checked): JobFailure | undefined {
  const { maxShrinkPercent, mode } = spec;
  const missing = held - known;
  if (mode !== 'full' || missing <= (held * maxShrinkPercent) / 100) return undefined;
  const detail = `The file lacks ${missing} of the ${held} rows that its source holds, more than ${maxShrinkPercent} %: nothing was changed.`;
  return new JobFailure('SHRINKS_TOO_MUCH', detail, 0, { held, missing, maxShrinkPercent });
}

/** What a second person has to know to answer for a file: whatever gives its rows their meaning, and what they say. */
function judged(spec: ImportSpec, checked: Checked): Members {
  const { source, mode, region, mapping, defaults, sha256 } = spec;
  const { read: rows, rejected, sayings } = checked;
  return { source, mode, rows, rejected, sha256, region, mapping, defaults, sayings };
}
