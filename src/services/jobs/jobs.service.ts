import { Inject, Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database, type Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import { type Job, type JobState, type JobWork, type Members, NO_COUNTS } from './job';
import { JobsRepository } from './jobs.repository';

export interface JobRequest {
  /** Where somebody was told it beforehand. */
  id?: string;
  kind: string;
  /** What must not be done by two at once, e.g. one source of one kind of import. */
  lane: string;
  spec: Members;
  blobId?: string;
  actor: Actor;
}

/** Making a result takes the time of a process that also decides. */
const MOST_READINGS = 4;
/** Whoever has so many waiting is told to wait: others' lists come after them. */
const MOST_UNFINISHED = 50;

/** Long work: asked for here, done by the `JobRunner` of any process. */
@Injectable()
export class JobsService {
  private readonly works = new Map<string, JobWork>();
  private onCreated: () => void = () => undefined;
  private reading = 0;

  constructor(
    private readonly repository: JobsRepository,
    private readonly database: Database,
    private readonly evidence: EvidenceWriter,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Each service registers its kinds in `onModuleInit`. */
  register(kind: string, work: JobWork): void {
    if (this.works.has(kind)) throw new Error(`Jobs of kind ${kind} are registered already.`);
    this.works.set(kind, work);
  }

  get kinds(): string[] {
    return [...this.works.keys()];
  }

  workOf(kind: string): JobWork {
    const work = this.works.get(kind);
    if (work === undefined) throw new Error(`Nobody registered jobs of kind ${kind}.`);
    return work;
  }

  /** In the caller's transaction: the job is there when that commits. */
  async create(tx: Tx, request: JobRequest): Promise<string> {
    this.workOf(request.kind);
    if ((await this.repository.countUnfinished(tx, request.actor.clientId)) >= MOST_UNFINISHED) {
      throw new AppError('RATE_LIMITED', {
        detail: `You have ${MOST_UNFINISHED} jobs that are not finished.`,
        members: { retryAfter: 60 },
      });
    }
    const now = this.clock.now();
    const { id = uuidV7(now), kind, lane, spec, blobId, actor } = request;
    await this.repository.insert(tx, {
      id,
      kind,
      lane,
      state: 'queued',
      actor,
      createdAt: now,
      spec,
      ...(blobId === undefined ? {} : { blobId }),
      progress: 0,
      counts: NO_COUNTS,
      errors: [],
    });
    this.onCreated();
    return id;
  }

  /** What waited for this approval goes on; in the transaction that grants it. */
  async goOn(tx: Tx, jobId: string, approvalId: string): Promise<void> {
    await this.repository.endWait(tx, jobId, approvalId);
    this.onCreated();
  }

  /** @throws AppError NOT_FOUND, also for somebody else's job: only its creator and compliance read it. */
  async find(id: string, reader: Actor): Promise<Job> {
    const job = await this.database.transaction((tx) => this.repository.find(tx, id));
    if (job !== undefined && (seesAll(reader) || job.actor.clientId === reader.clientId)) return job;
    throw new AppError('NOT_FOUND', { detail: 'There is no such job.' });
  }

  /** The latest other job of its kind and lane that ended well, was asked for so, and did not end like `unlike`. */
  lastSucceeded(job: Job, spec: Members, unlike: Members): Promise<Job | undefined> {
    return this.database.transaction((tx) => this.repository.lastSucceeded(tx, job, spec, unlike));
  }

  /** One more than the page, newest first. */
  list(query: { state?: JobState; limit: number; cursor?: string }, reader: Actor): Promise<Job[]> {
    const own = seesAll(reader) ? {} : { createdBy: reader.clientId };
    return this.database.transaction((tx) => this.repository.list(tx, { ...query, ...own }));
  }

  /**
   * Numbers stand whole in it for whoever sent them, and for compliance with a reason; the reading is on record before
   * the first byte (RULINGS 18).
   * @throws AppError NOT_FOUND; CONFLICT before the end, and once the file is gone; RATE_LIMITED
   */
  async result(id: string, reader: Actor, unmaskReason: string | undefined): Promise<AsyncIterable<string>> {
    const job = await this.find(id, reader);
    if (job.state === 'queued' || job.state === 'running') {
      throw new AppError('CONFLICT', { detail: `This job is ${job.state}: its result comes at its end.` });
    }
    if (this.reading >= MOST_READINGS) {
      throw new AppError('RATE_LIMITED', {
        detail: `${MOST_READINGS} results are being read already.`,
        members: { retryAfter: 5 },
      });
    }
    const isOwn = job.actor.clientId === reader.clientId;
    const lines = this.workOf(job.kind).result?.(job, !isOwn && unmaskReason === undefined);
    if (lines === undefined)
      throw new AppError('NOT_FOUND', { detail: 'This job has no file for a result.' });
    const by = { id: reader.clientId, name: reader.name, kind: reader.kind };
    await this.database.transaction((tx) =>
      this.evidence.record(tx, [
        {
          type: 'job.result_read.v1',
          at: this.clock.now(),
          partitionKey: id,
          clear: { jobId: id, clientId: reader.clientId, unmasked: isOwn || unmaskReason !== undefined },
          payload: { jobId: id, kind: job.kind, by, reason: unmaskReason },
        },
      ]),
    );
    return this.noted(job.id, lines);
  }

  /** Wakes whoever runs jobs in this process. */
  whenCreated(listener: () => void): void {
    this.onCreated = listener;
  }

  /** Only a result that was read to its end counts as read. */
  private async *noted(id: string, lines: AsyncIterable<string>): AsyncGenerator<string, void, void> {
    this.reading += 1;
    try {
      yield* lines;
    } finally {
      this.reading -= 1;
    }
    await this.database.transaction((tx) => this.repository.noteRead(tx, id));
  }
}

const seesAll = (reader: Actor): boolean => hasRole(reader, 'compliance');
