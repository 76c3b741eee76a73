import { randomUUID } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Actor } from '../../src/contracts/actor';
import { Upkeep } from '../../src/platform/upkeep/upkeep';
import { BlobStore } from '../../src/platform/blobs/blob-store';
import { Database } from '../../src/platform/database/database';
import { type Job, JobFailure, JobLostError, type JobRun, type JobWork } from '../../src/services/jobs/job';
import { JobsService } from '../../src/services/jobs/jobs.service';
import { startApp, type TestApp } from '../support/app';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { eventually } from '../support/proofs/eventually';

const ACTOR: Actor = { clientId: randomUUID(), name: 'A test', kind: 'system', roles: ['compliance'] };

describe('jobs', () => {
  let database: TestDatabase;
  let first: TestApp;
  let second: TestApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    await queryRows(database, 'CREATE TABLE done (job_id uuid, step int, by text)');
    await queryRows(database, 'GRANT ALL ON done TO quietline');
    first = await startApp({ database });
    second = await startApp({ database, dataDir: first.dataDir });
  });
  afterAll(async () => {
    await second.close();
    await first.close();
    await database.drop();
  });

  const jobs = (app: TestApp) => app.nest.get(JobsService);
  const create = (
    app: TestApp,
    kind: string,
    more: { lane?: string; blobId?: string } = {},
  ): Promise<string> =>
    app.nest
      .get(Database)
      .transaction((tx) => jobs(app).create(tx, { kind, lane: kind, spec: {}, actor: ACTOR, ...more }));
  const find = (id: string): Promise<Job> => jobs(second).find(id, ACTOR);
  const ended = (id: string): Promise<Job> =>
    eventually('the job ends', async () => {
      const job = await find(id);
      return job.finishedAt === undefined ? undefined : job;
    });
  const stepsOf = (id: string) =>
    queryRows<{ step: number; by: string }>(
      database,
      'SELECT step, by FROM done WHERE job_id = $1 ORDER BY step',
      [id],
    );

  /** Counts to a number, one step each. */
  function counting(by: string, to: number, between: (run: JobRun, step: number) => Promise<void>): JobWork {
    return {
      async run(run) {
        for (let step = Number(run.job.checkpoint?.['step'] ?? 0); step < to && !run.stopping; step++) {
          await between(run, step);
          await run.step(async (tx) => {
            await tx.query({ text: 'INSERT INTO done VALUES ($1, $2, $3)', values: [run.job.id, step, by] });
            return {
              checkpoint: { step: step + 1 },
              ...(step + 1 === to ? { state: 'succeeded' as const } : {}),
            };
          });
        }
      },
    };
  }

  it('stores nothing more for whoever was overtaken', async () => {
    const overtaken: unknown[] = [];
    let reached: () => void = () => undefined;
    const atStepThree = new Promise<void>((resolve) => (reached = resolve));
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const slow = counting('first', 6, async (_, step) => {
      if (step !== 3) return;
      reached();
      await held;
    });
    jobs(first).register('fenced', {
      run: (run) =>
        slow.run(run).catch((error: unknown) => {
          overtaken.push(error);
          throw error;
        }),
    });
    const id = await create(first, 'fenced');
    await atStepThree;
    jobs(second).register(
      'fenced',
      counting('second', 6, () => Promise.resolve()),
    );
    await queryRows(database, `UPDATE jobs SET lease_until = 'epoch' WHERE id = $1`, [id]);
    await ended(id);
    goOn();
    await eventually('the first one has heard of it', () => Promise.resolve(overtaken.length > 0));
    expect(overtaken).toEqual([expect.any(JobLostError)]);
    expect((await stepsOf(id)).map(({ step, by }) => `${step} ${by}`)).toEqual([
      '0 first',
      '1 first',
      '2 first',
      '3 second',
      '4 second',
      '5 second',
    ]);
  });

  it('run one after another in a lane, in the order they were asked for, on any number of processes', async () => {
    const inHand = new Set<string>();
    const order: string[] = [];
    const work: JobWork = {
      async run(run) {
        expect([...inHand]).toEqual([]);
        inHand.add(run.job.id);
        order.push(run.job.id);
        await run.step(() => Promise.resolve({ progress: 0.5 }));
        inHand.delete(run.job.id);
        await run.step(() => Promise.resolve({ state: 'succeeded' }));
      },
    };
    for (const app of [first, second]) jobs(app).register('lane', work);
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) ids.push(await create(first, 'lane'));
    for (const id of ids) await ended(id);
    expect(order).toEqual(ids);
  });

  it('fail with a reason where they can never be done, and after being begun in vain again and again', async () => {
    jobs(first).register('failing', {
      run: () => Promise.reject(new JobFailure('BROKEN', 'It cannot be done.', 7)),
    });
    const failed = await ended(await create(first, 'failing'));
    expect(failed).toMatchObject({
      state: 'failed',
      errors: [{ line: 7, code: 'BROKEN', detail: 'It cannot be done.' }],
    });
    jobs(first).register('crashing', { run: () => Promise.reject(new Error('Of +8613800138000.')) });
    const id = await create(first, 'crashing');
    await eventually('it was begun', async () => {
      const [row] = await queryRows<{ attempts: number }>(
        database,
        'SELECT attempts FROM jobs WHERE id = $1',
        [id],
      );
      return (row?.attempts ?? 0) > 1;
    });
    await queryRows(database, 'UPDATE jobs SET attempts = 20 WHERE id = $1', [id]);
    expect(await ended(id)).toMatchObject({ state: 'failed', errors: [{ code: 'INTERNAL' }] });
    expect(first.logged.join('\n')).not.toContain('13800138000');
  });

  it('are given back by a process that stops, and finished by another', async () => {
    const third = await startApp({ database, dataDir: first.dataDir });
    const begun: string[] = [];
    jobs(third).register('stopping', {
      run: (run) => {
        begun.push(run.job.id);
        return counting('third', 1_000_000, () => Promise.resolve()).run(run);
      },
    });
    const id = await create(third, 'stopping');
    await eventually('some of it is done', async () => (await stepsOf(id)).length > 3);
    await third.close();
    const left = await find(id);
    const done = (await stepsOf(id)).length;
    expect(left).toMatchObject({ state: 'queued', checkpoint: { step: done } });
    jobs(first).register(
      'stopping',
      counting('first', done + 3, () => Promise.resolve()),
    );
    await ended(id);
    const steps = await stepsOf(id);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: done + 3 }, (_, step) => step));
    expect(new Set(steps.map(({ by }) => by))).toEqual(new Set(['third', 'first']));
  });

  it('let go of their files once the result was read, or after a week, and of files that no job has', async () => {
    const blobs = first.nest.get(BlobStore);
    const directory = join(first.dataDir, 'blobs');
    async function* content(): AsyncGenerator<Buffer> {
      yield Buffer.from('number\n');
    }
    const forgotten: string[] = [];
    jobs(first).register('filed', {
      run: (run) => run.step(() => Promise.resolve({ state: 'succeeded' })),
      forget: (_, jobId) => {
        forgotten.push(jobId);
        return Promise.resolve();
      },
    });
    const [old, read, fresh] = await Promise.all(
      [0, 1, 2].map(async (n) =>
        create(first, 'filed', { lane: `filed-${n}`, blobId: (await blobs.put(content())).id }),
      ),
    );
    for (const id of [old, read, fresh]) await ended(id ?? '');
    await queryRows(database, `UPDATE jobs SET finished_at = now() - interval '169 hours' WHERE id = $1`, [
      old,
    ]);
    await queryRows(
      database,
      `UPDATE jobs SET result_read_at = now() - interval '61 minutes' WHERE id = $1`,
      [read],
    );
    const stray = (await blobs.put(content())).id;
    const kept = (await find(fresh ?? '')).blobId ?? '';
    for (const name of [stray, kept]) await utimes(join(directory, name), 1, 1);
    for (const task of ['spent-uploads', 'stray-uploads']) await first.nest.get(Upkeep).run(task);
    expect(await readdir(directory)).toEqual([kept]);
    expect(forgotten.sort()).toEqual([old, read].sort());
    for (const id of [old, read]) expect((await find(id ?? '')).blobId).toBeUndefined();
    await expect(jobs(first).result(old ?? '', ACTOR, undefined)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
