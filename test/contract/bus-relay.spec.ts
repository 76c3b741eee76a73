import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_BUS_OPTIONS } from '../../src/platform/bus/bus-options';
import { bucketOf, OUTBOX_BUCKETS } from '../../src/platform/evidence/bucket';
import { inProcess } from './bus-in-process';
import { BusStage, gate, numbers, recorder, until } from './bus-stage';

jest.setTimeout(30_000);

describe('the outbox relay', () => {
  let stage: BusStage;
  beforeAll(async () => (stage = await BusStage.open(inProcess)));
  afterEach(() => stage.reset());
  afterAll(() => stage.close());

  const shares = async (): Promise<Record<string, number>> => {
    const rows = await stage.database.query<{ holder: string; count: number }>(
      'SELECT holder, count(*)::int AS count FROM outbox_leases WHERE holder IS NOT NULL GROUP BY holder',
    );
    return Object.fromEntries(rows.map((row) => [row.holder, row.count]));
  };
  const hasAll = (process: { leases: { holder: string } }): Promise<void> =>
    until(async () => (await shares())[process.leases.holder] === OUTBOX_BUCKETS, 'it has all buckets');
  const announced = async (): Promise<number> =>
    (await stage.database.query('SELECT FROM outbox_relays')).length;
  const logged = (process: { said: { message: string }[] }, words: string): number =>
    process.said.filter(({ message }) => message.includes(words)).length;

  it('would overtake a dead process within ten seconds', () => {
    const { leaseMs } = DEFAULT_BUS_OPTIONS;
    // Expiry, and then the longest time until the next renewal looks for expired leases.
    expect(leaseMs + leaseMs / 3).toBeLessThan(10_000);
  });

  it('shares the buckets evenly, and gives all to the one that is left', async () => {
    const first = stage.start([recorder('first')]);
    await hasAll(first);
    const second = stage.start([recorder('first')]);
    await until(async () => (await shares())[second.leases.holder] === 8, 'the second has half');
    expect(await shares()).toEqual({ [first.leases.holder]: 8, [second.leases.holder]: 8 });
    await first.stop();
    await hasAll(second);
  });

  it('gives none away in which it has events in hand', async () => {
    const handling = gate();
    const handled = gate();
    const busy = recorder('first', {
      after: () => {
        handling.open();
        return handled.opened;
      },
    });
    const first = stage.start([busy]);
    await hasAll(first);
    // The surplus is given back from bucket 0 on.
    const keys = Array.from({ length: 1_000 }, (_, n) => `k${n}`);
    const inFirstBucket = keys.find((key) => bucketOf(stage.subjectOf(key).id) === 0) ?? 'none';
    await stage.write(inFirstBucket);
    await handling.opened;
    const second = stage.start([busy]);
    await until(async () => (await shares())[second.leases.holder] === 8, 'the second has half');
    handled.open();
    await stage.emptied();
    expect(await stage.effects('first', inFirstBucket)).toEqual([1]);
    expect(logged(first, 'went to another process')).toBe(0);
    expect(logged(second, 'was not accepted')).toBe(0);
    const [lease] = await stage.database.query<{ holder: string }>(
      'SELECT holder FROM outbox_leases WHERE bucket = 0',
    );
    expect(lease?.holder).toBe(first.leases.holder);
  });

  it('takes over from a process that died holding buckets', async () => {
    const first = stage.start([recorder('first')]);
    await hasAll(first);
    await first.kill();
    expect((await shares())[first.leases.holder]).toBe(OUTBOX_BUCKETS);
    stage.start([recorder('first')]);
    await stage.writeAll('a', 3);
    await stage.emptied();
    expect(await stage.effects('first', 'a')).toEqual(numbers(3));
  });

  describe('a holder that was paused', () => {
    it.each(['inbox-admit-lease', 'record-first', 'outbox-remove', 'inbox-bury'])(
      'before %s has no effect after it was overtaken',
      async (statement) => {
        const sick = statement === 'inbox-bury';
        const first = stage.start([
          recorder('first', {
            before: () => {
              if (sick) throw new Error('sick');
            },
          }),
        ]);
        await hasAll(first);
        const paused = first.database.hold(statement);
        await stage.writeAll('a', 3);
        await paused.reached;
        first.database.hold('outbox-announce');
        const second = stage.start([recorder('first')]);
        await stage.writeAll('a', 2);
        // A transaction that stands still with the lease locked is ended by the database before anybody takes over.
        await stage.emptied();
        expect((await shares())[second.leases.holder]).toBeGreaterThan(0);
        paused.release();
        await until(
          () => logged(first, 'went to another process') + logged(first, 'was not accepted') > 0,
          'the first has found out',
        );
        expect(await stage.effects('first', 'a')).toEqual(numbers(5));
        expect(await stage.deadLetters()).toEqual([]);
      },
    );

    const sick = (): never => {
      throw new Error('sick');
    };

    it('cannot give up on an event that the new holder is just handling', async () => {
      const first = stage.start([recorder('first', { before: sick })]);
      await hasAll(first);
      const givingUp = first.database.hold('inbox-lease');
      await stage.write('a');
      await givingUp.reached;
      first.database.hold('outbox-announce');
      const handling = gate();
      const handled = gate();
      const after = (): Promise<void> => {
        handling.open();
        return handled.opened;
      };
      stage.start([recorder('first', { after })]);
      await handling.opened;
      givingUp.release();
      await until(() => logged(first, 'went to another process') > 0, 'the first has found out');
      handled.open();
      await stage.emptied();
      expect(await stage.effects('first', 'a')).toEqual([1]);
      expect(await stage.deadLetters()).toEqual([]);
    });

    it('cannot handle an event that the new holder is just giving up', async () => {
      const first = stage.start([recorder('first')]);
      await hasAll(first);
      const admitting = first.database.hold('inbox-admit-lease');
      const id = await stage.write('a');
      await admitting.reached;
      first.database.hold('outbox-announce');
      const second = stage.start([recorder('first', { before: sick })]);
      const giving = second.database.hold('inbox-bury', 'after');
      await giving.reached;
      admitting.release();
      await until(() => logged(first, 'went to another process') > 0, 'the first has found out');
      giving.release();
      await stage.emptied();
      expect(await stage.effects('first', 'a')).toEqual([]);
      expect(await stage.deadLetters()).toMatchObject([{ event_id: id, attempts: 3 }]);
    });

    it('while it claims the buckets is overtaken in time all the same', async () => {
      const first = stage.start([recorder('first')], {}, (made) => void made.hold('outbox-claim', 'after'));
      await until(
        async () =>
          (
            await stage.database.query('SELECT FROM pg_locks WHERE relation = $1::regclass', [
              'outbox_leases',
            ])
          ).length > 0,
        'it has locked them',
      );
      const second = stage.start([recorder('first')]);
      await until(
        async () => (await shares())[second.leases.holder] === OUTBOX_BUCKETS,
        'the second has all',
        10_000,
      );
      expect(first.said).toEqual([]);
    });

    it('keeps the bucket while its effect is being stored', async () => {
      const storing = gate();
      const reached = gate();
      const first = stage.start([
        recorder('first', {
          after: () => {
            reached.open();
            return storing.opened;
          },
        }),
      ]);
      await hasAll(first);
      await stage.write('a');
      await reached.opened;
      // It renews nothing any more; the leases run out and the other takes all but the one in use.
      first.database.hold('outbox-announce');
      const second = stage.start([recorder('first')]);
      await until(
        async () => (await shares())[second.leases.holder] === OUTBOX_BUCKETS - 1,
        'the second has the rest',
      );
      storing.open();
      await hasAll(second);
      await stage.emptied();
      expect(await stage.effects('first', 'a')).toEqual([1]);
    });
  });

  describe('processes with different consumers', () => {
    it('takes nothing while another hands events to a consumer that it lacks, also while that one restarts', async () => {
      // Long enough for the restart on a busy machine.
      const options = { rememberMs: 4_000 };
      const old = stage.start([recorder('first')], options);
      await stage.write('a');
      await stage.emptied();
      const newer = stage.start([recorder('first'), recorder('second')], options);
      await hasAll(newer);
      expect(logged(old, 'consumers that this one lacks')).toBe(1);
      await newer.kill();
      await stage.writeAll('a', 3);
      const restarted = stage.start([recorder('first'), recorder('second')], options);
      await stage.emptied();
      expect(await stage.effects('second', 'a')).toEqual([2, 3, 4]);
      expect(await stage.effects('first', 'a')).toEqual(numbers(4));
      await restarted.stop();
      // Nobody has run the new consumer for `rememberMs`: the old version goes on alone.
      await stage.write('a');
      await stage.emptied();
      expect(await stage.effects('first', 'a')).toEqual(numbers(5));
      expect(await stage.effects('second', 'a')).toEqual([2, 3, 4]);
    });

    it('does not pass over an event that a newly announced consumer wants, before it knows of it', async () => {
      // It will not renew, and so not learn of the other, for as long as the test runs.
      const old = stage.start([], { leaseMs: 60_000 });
      await hasAll(old);
      const newer = stage.start([recorder('second')]);
      await until(async () => (await announced()) === 2, 'the newer one is announced');
      await stage.writeAll('a', 3);
      for (let turn = 0; turn < 3; turn++) {
        const take = old.database.hold('outbox-take');
        await take.reached;
        expect(await stage.count('outbox')).toBe(3);
        take.release();
      }
      await old.stop();
      await stage.emptied();
      expect(await stage.effects('second', 'a')).toEqual(numbers(3));
      expect(newer.said).toEqual([]);
    });
  });

  it('empties the queue when it is stopped, and gives its buckets back', async () => {
    const slow = recorder('first', { before: () => delay(5) });
    const process = stage.start([slow], { pollMs: { busy: 500, idle: 500 } });
    await hasAll(process);
    await Promise.all(['a', 'b', 'c'].map((key) => stage.writeAll(key, 10)));
    await process.stop();
    expect(await stage.count('outbox')).toBe(0);
    expect(await shares()).toEqual({});
    await stage.write('a');
    await delay(50);
    expect(await stage.count('outbox')).toBe(1);
  });

  it('ends waits between tries when it is stopped, and leaves the event queued', async () => {
    const sick = recorder('first', {
      before: () => {
        throw new Error('sick');
      },
    });
    const process = stage.start([sick], { backoffMs: () => 60_000, drainMs: 50 });
    await stage.write('a');
    await until(
      async () => (await process.metrics.expose()).body.includes('outcome="failed"} 1'),
      'it was tried',
    );
    await process.stop();
    expect(await stage.count('outbox')).toBe(1);
    expect(await stage.deadLetters()).toEqual([]);
    expect(await shares()).toEqual({});
  });

  it('does not take what it does not hand over out of the database', async () => {
    const process = stage.start([recorder('first', { types: ['consent.granted.v1'] })], { batch: 160 });
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => stage.writeAll(key, 30)));
    await stage.emptied();
    const passed = 'quietline_outbox_events_total{how="passed"} 120';
    const metrics = async (): Promise<string> => (await process.metrics.expose()).body;
    // Counted when the statement that took them off has come back.
    await until(async () => (await metrics()).includes(passed), 'all of them are counted').catch(
      () => undefined,
    );
    expect(await metrics()).toContain(passed);
  });

  it('says how long the queue is, how old, and what lies dead', async () => {
    const sick = recorder('first', {
      before: (_, n) => {
        if (n === 1) throw new Error('sick');
      },
    });
    const process = stage.start([sick]);
    await stage.writeAll('a', 3);
    await stage.emptied();
    await process.stop();
    await stage.database.query(
      `INSERT INTO outbox (bucket, event_id) SELECT 1, event_id FROM events ORDER BY recorded_at LIMIT 1`,
    );
    const idle = stage.open();
    const { body } = await idle.metrics.expose();
    expect(body).toMatch(/^quietline_outbox_depth 1$/m);
    expect(body).toMatch(/^quietline_dead_letters\{state="dead"\} 1$/m);
    expect(body).toMatch(/^quietline_dead_letters\{state="parked"\} 2$/m);
    expect(Number(/^quietline_outbox_oldest_age_seconds (.*)$/m.exec(body)?.[1])).toBeGreaterThan(0);
    idle.database.unreachable = true;
    expect((await idle.metrics.expose()).body).toMatch(/^quietline_outbox_depth Nan$/im);
  });

  it('forgets old inbox rows, but none of an event that is still queued or behind it', async () => {
    const { inbox } = stage.open();
    const at = (days: number): string =>
      `(SELECT uuid_v7_floor(clock_timestamp() - interval '${days} days'))`;
    for (const days of [40, 30, 20, 1]) {
      await stage.database.query(`INSERT INTO inbox VALUES ('first', ${at(days)}, now())`);
    }
    await stage.database.query(`INSERT INTO outbox (bucket, event_id) VALUES (1, ${at(25)})`);
    expect(await inbox.forget()).toBe(2);
    await stage.database.query('TRUNCATE outbox');
    expect(await inbox.forget()).toBe(1);
    expect(await inbox.forget()).toBe(0);
    expect(await stage.count('inbox')).toBe(1);
  });
});
