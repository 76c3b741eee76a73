import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';
import type { Job, JobUpdate, Members } from './job';

interface JobRow {
  id: string;
  kind: string;
  lane: string;
  state: Job['state'];
  created_at: Date;
  spec: Job['spec'] & { actor: Job['actor'] };
  blob_id: string | null;
  waiting_for: string | null;
  checkpoint: Job['checkpoint'] | null;
  progress: number;
  counts: Job['counts'];
  errors: Job['errors'];
  result: Job['result'] | null;
  finished_at: Date | null;
  epoch: string;
  attempts: number;
}

/** A job that this process has taken, and under which number. */
export interface Claim {
  job: Job;
  epoch: string;
  attempts: number;
}

const COLUMNS = `id, kind, lane, state, created_at, spec, blob_id, waiting_for, checkpoint, progress, counts, errors,
  result, finished_at, epoch, attempts`;

/**
 * The oldest job that nobody holds, people's wishes before all else, or that this very process held and gave up, and that is the first of its lane.
 * Claims take turns, so that of one lane two processes cannot each take another one; the turn is a statement before,
 * because a statement does not see what was committed while it waited.
 */
const CLAIM = `
WITH next AS (
  SELECT id FROM jobs j
  WHERE kind = ANY ($2::text[]) AND waiting_for IS NULL
    AND (state = 'queued' OR state = 'running' AND (lease_until < clock_timestamp() OR holder = $1))
    AND NOT EXISTS (
      SELECT FROM jobs e WHERE e.lane = j.lane AND e.id <> j.id
        AND (e.state = 'running' OR e.state = 'queued' AND e.waiting_for IS NULL AND (e.created_at, e.id) < (j.created_at, j.id)))
  ORDER BY starts_with(kind, 'suppressions.') DESC, created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE jobs SET state = 'running', holder = $1, epoch = epoch + 1, attempts = attempts + 1,
  lease_until = clock_timestamp() + $3 * interval '1 ms'
WHERE id = (SELECT id FROM next)
RETURNING ${COLUMNS}`;

@Injectable()
export class JobsRepository {
  async insert(tx: Tx, job: Job): Promise<void> {
    await tx.query({
      text: `
INSERT INTO jobs (id, kind, lane, state, created_by, created_at, spec, blob_id, counts)
VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $8)`,
      values: [
        job.id,
        job.kind,
        job.lane,
        job.actor.clientId,
        new Date(job.createdAt),
        JSON.stringify({ ...job.spec, actor: job.actor }),
        job.blobId ?? null,
        JSON.stringify(job.counts),
      ],
    });
  }

  /** Without those that wait for somebody. */
  async countUnfinished(tx: Tx, clientId: string): Promise<number> {
    const [row] = await tx.query<{ unfinished: number }>({
      text: `
SELECT count(*)::int AS unfinished FROM jobs
WHERE state IN ('queued', 'running') AND waiting_for IS NULL AND created_by = $1`,
      values: [clientId],
    });
    return row?.unfinished ?? 0;
  }

  async find(tx: Tx, id: string): Promise<Job | undefined> {
    const rows = await tx.query<JobRow>({
      text: `SELECT ${COLUMNS} FROM jobs WHERE id = $1`,
      values: [id],
    });
    return rows.map(jobOf)[0];
  }

  async lastSucceeded(
    tx: Tx,
    { id, kind, lane }: Job,
    spec: Members,
    unlike: Members,
  ): Promise<Job | undefined> {
    const rows = await tx.query<JobRow>({
      text: `
SELECT ${COLUMNS} FROM jobs
WHERE kind = $1 AND lane = $2 AND state = 'succeeded' AND id <> $3 AND spec::jsonb @> $4::jsonb
  AND NOT coalesce(result::jsonb @> $5::jsonb, false)
ORDER BY created_at DESC, id DESC LIMIT 1`,
      values: [kind, lane, id, JSON.stringify(spec), JSON.stringify(unlike)],
    });
    return rows.map(jobOf)[0];
  }

  /** One more than the page, newest first; of one client, or of all. */
  async list(
    tx: Tx,
    filter: { createdBy?: string; state?: Job['state']; limit: number; cursor?: string },
  ): Promise<Job[]> {
    const start = startOf(filter, 'uuid');
    const rows = await tx.query<JobRow>({
      text: `
SELECT ${COLUMNS} FROM jobs
WHERE ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid))
  AND ($3::uuid IS NULL OR created_by = $3) AND ($4::text IS NULL OR state = $4)
ORDER BY created_at DESC, id DESC LIMIT $5`,
      values: [start.at, start.id, filter.createdBy ?? null, filter.state ?? null, filter.limit + 1],
    });
    return rows.map(jobOf);
  }

  async claim(
    tx: Tx,
    by: { holder: string; kinds: readonly string[]; leaseMs: number },
  ): Promise<Claim | undefined> {
    await tx.query({
      name: 'job-turn',
      text: `SELECT pg_advisory_xact_lock(hashtextextended('jobs.claim', 0))`,
    });
    const [row] = await tx.query<JobRow>({
      name: 'job-claim',
      text: CLAIM,
      values: [by.holder, by.kinds, by.leaseMs],
    });
    return row === undefined ? undefined : { job: jobOf(row), epoch: row.epoch, attempts: row.attempts };
  }

  /** Whether the claim still holds; keeps the row locked until the transaction ends. */
  async fence(tx: Tx, claim: Claim): Promise<boolean> {
    const rows = await tx.query({
      name: 'job-fence',
      text: `SELECT 1 FROM jobs WHERE id = $1 AND epoch = $2 AND state = 'running' FOR NO KEY UPDATE`,
      values: [claim.job.id, claim.epoch],
    });
    return rows.length > 0;
  }

  /** The caller has fenced. */
  async update(tx: Tx, id: string, update: JobUpdate, leaseMs: number): Promise<void> {
    const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
    const open = update.state === undefined && update.waitingFor === undefined;
    await tx.query({
      name: 'job-update',
      text: `
UPDATE jobs SET checkpoint = coalesce($2::json, checkpoint), progress = coalesce($3, progress),
  counts = coalesce($4::json, counts), errors = coalesce($5::json, errors), result = coalesce($6::json, result),
  state = $7, waiting_for = $8, attempts = 0, holder = CASE WHEN $7 = 'running' THEN holder END,
  lease_until = CASE WHEN $7 = 'running' THEN clock_timestamp() + $9 * interval '1 ms' END,
  finished_at = CASE WHEN $7 IN ('succeeded', 'failed') THEN clock_timestamp() END
WHERE id = $1`,
      values: [
        id,
        json(update.checkpoint),
        update.progress ?? null,
        json(update.counts),
        json(update.errors),
        json(update.result),
        open ? 'running' : (update.state ?? 'queued'),
        update.waitingFor ?? null,
        leaseMs,
      ],
    });
  }

  /** False once somebody else has it. */
  async renew(tx: Tx, claim: Claim, leaseMs: number): Promise<boolean> {
    const rows = await tx.query({
      name: 'job-renew',
      text: `
UPDATE jobs SET lease_until = clock_timestamp() + $3 * interval '1 ms'
WHERE id = $1 AND epoch = $2 AND state = 'running' RETURNING 1`,
      values: [claim.job.id, claim.epoch, leaseMs],
    });
    return rows.length > 0;
  }

  /** Gives it back unfinished, for whoever comes next. */
  async release(tx: Tx, claim: Claim): Promise<void> {
    await tx.query({
      text: `
UPDATE jobs SET state = 'queued', holder = NULL, lease_until = NULL, attempts = 0
WHERE id = $1 AND epoch = $2 AND state = 'running'`,
      values: [claim.job.id, claim.epoch],
    });
  }

  async waiting(tx: Tx): Promise<{ job: Job; approvalId: string }[]> {
    const rows = await tx.query<JobRow>({
      name: 'job-waiting',
      text: `SELECT ${COLUMNS} FROM jobs WHERE state = 'queued' AND waiting_for IS NOT NULL ORDER BY created_at`,
    });
    return rows.map((row) => ({ job: jobOf(row), approvalId: row.waiting_for ?? '' }));
  }

  /** Ends a wait: with the job free to go on, or failed for this reason. Nothing where it waits for that no more. */
  async endWait(tx: Tx, id: string, approvalId: string, failure?: Job['errors']): Promise<void> {
    await tx.query({
      text: `
UPDATE jobs SET waiting_for = NULL, state = CASE WHEN $3::json IS NULL THEN state ELSE 'failed' END,
  errors = coalesce($3::json, errors), finished_at = CASE WHEN $3::json IS NULL THEN NULL ELSE clock_timestamp() END
WHERE id = $1 AND waiting_for = $2 AND state = 'queued'`,
      values: [id, approvalId, failure === undefined ? null : JSON.stringify(failure)],
    });
  }

  async noteRead(tx: Tx, id: string): Promise<void> {
    await tx.query({
      text: `UPDATE jobs SET result_read_at = clock_timestamp() WHERE id = $1 AND state IN ('succeeded', 'failed')`,
      values: [id],
    });
  }

  /** Finished jobs whose input nobody needs: read an hour ago, or finished for so long. */
  async spent(tx: Tx, keepMs: number, keepReadMs: number, limit: number): Promise<Job[]> {
    const rows = await tx.query<JobRow>({
      text: `
SELECT ${COLUMNS} FROM jobs
WHERE blob_id IS NOT NULL AND state IN ('succeeded', 'failed')
  AND (finished_at < clock_timestamp() - $1 * interval '1 ms' OR result_read_at < clock_timestamp() - $2 * interval '1 ms')
ORDER BY finished_at LIMIT $3`,
      values: [keepMs, keepReadMs, limit],
    });
    return rows.map(jobOf);
  }

  async forgetBlob(tx: Tx, id: string): Promise<void> {
    await tx.query({ text: 'UPDATE jobs SET blob_id = NULL WHERE id = $1', values: [id] });
  }

  async referenced(tx: Tx, blobIds: readonly string[]): Promise<Set<string>> {
    const rows = await tx.query<{ blob_id: string }>({
      text: 'SELECT blob_id FROM jobs WHERE blob_id = ANY ($1::uuid[])',
      values: [blobIds],
    });
    return new Set(rows.map((row) => row.blob_id));
  }
}

function jobOf(row: JobRow): Job {
  const { actor, ...spec } = row.spec;
  return {
    id: row.id,
    kind: row.kind,
    lane: row.lane,
    state: row.state,
    actor,
    createdAt: row.created_at.getTime(),
    spec,
    ...(row.blob_id === null ? {} : { blobId: row.blob_id }),
    ...(row.waiting_for === null ? {} : { waitingFor: row.waiting_for }),
    ...(row.checkpoint === null || row.checkpoint === undefined ? {} : { checkpoint: row.checkpoint }),
    progress: row.progress,
    counts: row.counts,
    errors: row.errors,
    ...(row.result === null || row.result === undefined ? {} : { result: row.result }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.getTime() }),
  };
}
