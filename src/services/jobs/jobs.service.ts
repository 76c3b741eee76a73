import { Inject, Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { Database, type Tx } from '../../platform/database/database';
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

/** Long work: asked for here, done by the `JobRunner` of any process. */
@Injectable()
export class JobsService {
  private readonly works = new Map<string, JobWork>();
  private onCreated: () => void = () => undefined;

  constructor(
    private readonly repository: JobsRepository,
    private readonly database: Database,
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

  /** One more than the page, newest first. */
  list(query: { state?: JobState; limit: number; cursor?: string }, reader: Actor): Promise<Job[]> {
    const own = seesAll(reader) ? {} : { createdBy: reader.clientId };
    return this.database.transaction((tx) => this.repository.list(tx, { ...query, ...own }));
  }

  /** @throws AppError NOT_FOUND; CONFLICT before the end, and once the file is gone */
  async result(id: string, reader: Actor): Promise<AsyncIterable<string>> {
    const job = await this.find(id, reader);
    if (job.state === 'queued' || job.state === 'running') {
      throw new AppError('CONFLICT', { detail: `This job is ${job.state}: its result comes at its end.` });
    }
    const lines = this.workOf(job.kind).result?.(job);
    if (lines === undefined)
      throw new AppError('NOT_FOUND', { detail: 'This job has no file for a result.' });
    return this.noted(job.id, lines);
  }

  /** Wakes whoever runs jobs in this process. */
  whenCreated(listener: () => void): void {
    this.onCreated = listener;
  }

  /** Only a result that was read to its end counts as read. */
  private async *noted(id: string, lines: AsyncIterable<string>): AsyncGenerator<string, void, void> {
    yield* lines;
    await this.database.transaction((tx) => this.repository.noteRead(tx, id));
  }
}

const seesAll = (reader: Actor): boolean => hasRole(reader, 'compliance');
