import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import type { Approval } from '../../approvals/approval';
import { ApprovalsService } from '../../approvals/approvals.service';
import type { Job, JobCounts, JobRun, JobWork, Members } from '../../jobs/job';
import { JobsService } from '../../jobs/jobs.service';
import { BulkReleasesPort } from '../../people/bulk/bulk.port';
import { type Closing, laneOf, type ReadRow, specOf } from '../import';
import { ImportsRepository, type Member } from '../imports.repository';
import { RowTools } from './row-tools';
import type { SuppressionRow } from './suppression-rows';

const RELEASE = 'suppressions.import_release';
/** Of the loads of a source those that compared it whole. */
const FULL_LOAD = { mode: 'full', dryRun: false };
const WITHHELD = { withheldBecause: 'MORE_REJECTED' };
const COMPARED_AT_ONCE = 20_000;
const RELEASED_AT_ONCE = 500;
const REASON = 'The list that brought it does not hold it any more.';

/** What the job of a granted list works by. */
interface ReleaseSpec {
  listId: string;
  source: string;
  approvalId: string;
  askedBy: { id: string; name: string };
  decidedBy: { id: string; name: string };
}

/**
 * What a full file no longer holds is lifted by nobody alone: it becomes one list, which a second person grants whole
 * (RULINGS 20). A customer's own word is in no such list, because no list brought it.
 */
@Injectable()
export class ReleaseLists implements OnModuleInit, JobWork {
  constructor(
    private readonly repository: ImportsRepository,
    private readonly releases: BulkReleasesPort,
    private readonly approvals: ApprovalsService,
    private readonly jobs: JobsService,
    private readonly tools: RowTools,
  ) {}

  onModuleInit(): void {
    this.jobs.register(RELEASE, this);
    this.approvals.register(RELEASE, {
      deciders: ['compliance'],
      execute: (tx, approval, decider) => this.granted(tx, approval, decider),
    });
  }

  /** Behind a full file: what it lacks, and the question to a second person. Undefined where the run stopped before. */
  async close(run: JobRun, { rejected }: JobCounts): Promise<Closing | undefined> {
    const { mode, subject, source, maxRejected = 0 } = specOf(run.job);
    if (mode !== 'full') return () => Promise.resolve({});
    const usual = (await this.jobs.lastSucceeded(run.job, FULL_LOAD, WITHHELD))?.counts.rejected ?? 0;
    // What it could not read may be what it seems to lack: a column was renamed, or numbers are written otherwise now.
    if (rejected > Math.max(usual, maxRejected)) {
      return () => Promise.resolve({ releases: 0, withheldBecause: WITHHELD.withheldBecause });
    }
    const of = { subject, source, jobId: run.job.id };
    const list = { listId: run.job.id, source };
    let after: Buffer = Buffer.alloc(0);
    for (;;) {
      if (run.stopping) return undefined;
      let last: Buffer | undefined;
      await run.step(async (tx) => {
        const page = await this.repository.comparedMembers(tx, of, after, COMPARED_AT_ONCE);
        const released = await this.releases.released(
          tx,
          page.filter(({ isThere }) => !isThere).map(({ wordId }) => wordId),
        );
        const gone = page
          .filter(({ isThere }) => !isThere)
          .map(({ wordId, fingerprint }) => ({ suppressionId: wordId, fingerprint }));
        const missing = gone.filter(({ suppressionId }) => !released.has(suppressionId));
        // Released here, and the source has taken it off too: if it comes back, it was said again.
        await this.repository.dropListed(
          tx,
          source,
          gone.filter(({ suppressionId }) => released.has(suppressionId)),
        );
        const there = page.filter(({ isThere }) => isThere).map(({ wordId }) => wordId);
        await this.repository.listReleases(tx, list, missing, there);
        last = page.length < COMPARED_AT_ONCE ? undefined : page.at(-1)?.fingerprint;
        return {};
      });
      if (last === undefined) break;
      after = last;
    }
    return (tx) => this.ask(tx, run, rejected);
  }

  /**
   * Of rows that the source holds, by their fingerprints, those that were released here and said again since: the row
   * tells a later time, or, telling none, comes in a list of what is new.
   */
  async saidAgain(
    job: Job,
    rows: readonly ReadRow<SuppressionRow>[],
    members: ReadonlyMap<string, Member>,
  ): Promise<Set<string>> {
    const words = [...members.values()].map(({ wordId }) => wordId);
    if (words.length === 0) return new Set();
    const released = await this.tools.database.transaction((tx) => this.releases.released(tx, words));
    const listedAt = specOf(job).mode === 'delta' ? job.createdAt : undefined;
    const again = rows.filter(({ fingerprint, item }) => {
      const releasedAt = released.get(members.get(fingerprint.toString('hex'))?.wordId ?? '');
      const saidAt = item.saidAt ?? listedAt;
      return releasedAt !== undefined && saidAt !== undefined && saidAt > releasedAt;
    });
    return new Set(again.map(({ fingerprint }) => fingerprint.toString('hex')));
  }

  /** Again and again, until the list is empty; so a job that goes on after a crash needs to know nothing. */
  async run(run: JobRun): Promise<void> {
    const spec = run.job.spec as unknown as ReleaseSpec;
    const act = { ...spec, actor: run.job.actor, jobId: run.job.id, reason: REASON };
    let { counts } = run.job;
    for (let isOver = false; !isOver && !run.stopping;) {
      await run.step(async (tx) => {
        const listed = await this.repository.listed(tx, spec.listId, RELEASED_AT_ONCE);
        if (listed.length === 0) {
          isOver = true;
          return {
            state: 'succeeded',
            progress: 1,
            result: { source: spec.source, released: counts.accepted },
          };
        }
        const released = await this.releases.release(
          tx,
          act,
          listed.map(({ suppressionId }) => suppressionId),
        );
        await this.repository.dropListed(tx, spec.source, listed);
        const read = counts.read + listed.length;
        const duplicate = counts.duplicate + listed.length - released;
        counts = { ...counts, read, duplicate, accepted: counts.accepted + released };
        return { counts };
      });
    }
  }

  private async ask(tx: Tx, run: JobRun, rejected: number): Promise<Members> {
    const { source } = specOf(run.job);
    const listId = run.job.id;
    const releases = await this.repository.countListed(tx, listId);
    if (releases === 0) return { releases };
    const jobId = uuidV7(this.tools.clock.now());
    const { approvalId } = await this.approvals.ask(tx, {
      kind: RELEASE,
      subject: listId,
      before: { state: 'active' },
      after: { state: 'released', source, releases, rejected, jobId },
      actor: run.job.actor,
    });
    return { releases, approvalId, releaseJobId: jobId };
  }

  /** The effect is a job of its own, stored with the decision: a list may be long. */
  private async granted(tx: Tx, approval: Approval, decider: Actor): Promise<void> {
    const { source, jobId: id } = approval.after as { source: string; jobId: string };
    const spec: ReleaseSpec = {
      listId: approval.subject,
      source,
      approvalId: approval.id,
      askedBy: approval.askedBy,
      decidedBy: { id: decider.clientId, name: decider.name },
    };
    await this.jobs.create(tx, {
      id,
      kind: RELEASE,
      lane: laneOf('suppressions', source),
      spec: { ...spec },
      actor: decider,
    });
  }
}
