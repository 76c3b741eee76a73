import type { Actor } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

export type Members = { [member: string]: Json | undefined };

export interface JobCounts {
  read: number;
  accepted: number;
  duplicate: number;
  rejected: number;
}

export const NO_COUNTS: JobCounts = { read: 0, accepted: 0, duplicate: 0, rejected: 0 };

/** What is wrong with one line of what was sent; never holds its value. Line 0 is the whole. */
export interface JobError {
  line: number;
  code: string;
  detail: string;
}

/** Of a broken list the first ones tell enough. */
export const MAX_JOB_ERRORS = 100;

/** A piece of long work. `spec` and `result` stand in clear: ids, names and counts, never a number. */
export interface Job {
  id: string;
  kind: string;
  lane: string;
  state: JobState;
  actor: Actor;
  createdAt: Instant;
  spec: Members;
  blobId?: string;
  waitingFor?: string;
  /** Where to go on; undefined at the beginning. */
  checkpoint?: Members;
  progress: number;
  counts: JobCounts;
  errors: JobError[];
  result?: Members;
  finishedAt?: Instant;
}

/** What a step leaves behind; what is absent stays as it is. */
export interface JobUpdate {
  checkpoint?: Members;
  progress?: number;
  counts?: JobCounts;
  errors?: readonly JobError[];
  result?: Members;
  /** The job is over. */
  state?: 'succeeded' | 'failed';
  /** Nobody goes on with it before this approval is granted. */
  waitingFor?: string;
}

/** A job under way in this process. */
export interface JobRun {
  readonly job: Job;
  /** The process is stopping, or the job went to another one: come to the end of a step and return. */
  readonly stopping: boolean;
  /**
   * Effects and the point to go on from, in one transaction: both are stored or neither. Fenced: nothing is stored once
   * another process has taken the job over. The job's row is locked before anything else is.
   * @throws JobLostError
   */
  step(work: (tx: Tx) => Promise<JobUpdate>): Promise<void>;
}

/** Somebody else has this job by now; nothing that this process does for it counts any more. */
export class JobLostError extends Error {
  override readonly name = 'JobLostError';
}

/** The work cannot be done, and never will be: the job fails with this, and what it had not stored stays undone. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  constructor(
    readonly code: string,
    detail: string,
    readonly line = 0,
    readonly result: Members = {},
  ) {
    super(detail);
  }
}

/** What a service brings for each kind of job. */
export interface JobWork {
  /**
   * Does the job from its checkpoint on, in steps, and ends with one that sets `state` or `waitingFor`; returns early,
   * between steps, when the run is stopping. The same step may be begun several times and is stored once.
   * @throws JobFailure
   */
  run(run: JobRun): Promise<void>;
  /**
   * What can be fetched of a finished job as a file (CSV); undefined where there is nothing. `masked`: for a reader who
   * did not send what it tells, so numbers are masked in it (RULINGS 18).
   */
  result?(job: Job, masked: boolean): AsyncIterable<string> | undefined;
  /** What was kept for the result of this job and is no longer needed. May be called again. */
  forget?(tx: Tx, jobId: string): Promise<void>;
}
