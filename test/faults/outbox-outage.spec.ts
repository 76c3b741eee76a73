import { setTimeout as delay } from 'node:timers/promises';
import { inProcess } from '../contract/bus-in-process';
import { type BusProcess, BusStage, numbers, recorder, until } from '../contract/bus-stage';
import { BREAKAGES } from '../contract/faulty-database';
import { CLEAN, examine } from './outbox-evidence';

jest.setTimeout(120_000);

describe('the bus in bad weather', () => {
  let stage: BusStage;
  beforeAll(async () => (stage = await BusStage.open(inProcess)));
  afterEach(() => stage.reset());
  afterAll(() => stage.close());

  it('pauses while the database is away, says so once, counts no try of it, and goes on by itself', async () => {
    const process = stage.start([recorder('first')]);
    await stage.writeAll('a', 2);
    await stage.emptied();
    process.database.unreachable = true;
    await stage.writeAll('a', 3);
    const failed = (): number => process.said.filter(({ message }) => /cannot be read/.test(message)).length;
    await until(() => failed() > 0, 'it has noticed');
    await delay(500);
    expect(failed()).toBe(1);
    process.database.unreachable = false;
    await stage.emptied();
    await until(() => process.said.some(({ message }) => /is read again/.test(message)), 'it says so');
    expect(await stage.effects('first', 'a')).toEqual(numbers(5));
    expect(await stage.deadLetters()).toEqual([]);
  });

  it('stops in time when the database no longer answers', async () => {
    const process = stage.start([recorder('first')], { drainMs: 100 });
    await stage.write('a');
    await stage.emptied();
    const take = process.database.hold('outbox-take');
    await take.reached;
    const since = performance.now();
    await process.relay.stop();
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(process.said.map(({ message }) => message)).toContainEqual(expect.stringMatching(/still at work/));
  });

  it('makes no dead letter of an event whose database goes away in the middle of every try', async () => {
    const tried: number[] = [];
    const process = stage.start([
      recorder('first', {
        before: () => {
          tried.push(1);
          if (tried.length > 4) return;
          process.database.unreachable = true;
          setTimeout(() => (process.database.unreachable = false), 30);
        },
      }),
    ]);
    await stage.write('a');
    await stage.emptied();
    expect(tried.length).toBeGreaterThan(4);
    expect(await stage.deadLetters()).toEqual([]);
    expect(await stage.effects('first', 'a')).toEqual([1]);
  });

  it('counts no try of an event that its handler was never reached with', async () => {
    const { database } = stage.start([recorder('first')], {}, (made) =>
      made.break('inbox-admit-lease', 'failed', 4),
    );
    await stage.write('a');
    await stage.emptied();
    expect(database.met.get('inbox-admit-lease')).toBe(4);
    expect(await stage.deadLetters()).toEqual([]);
    expect(await stage.effects('first', 'a')).toEqual([1]);
  });

  it.each([1, 2, 3])('one effect each, in order, whatever dies, breaks or is cut (seed %d)', async (seed) => {
    const random = randomOf(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const consumers = () => [
      recorder('first', { before: () => delay(random() < 0.2 ? 4 : 0) }),
      recorder('second', {
        after: () => {
          if (random() < 0.05) throw new Error('now and then');
        },
      }),
    ];
    // So many tries that chance never makes a dead letter: then every key must be complete.
    const options = { leaseMs: 200, tries: 12, backoffMs: () => 3, batch: 64 };
    const running: BusProcess[] = [1, 2].map(() => stage.start(consumers(), options));
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const key of keys.slice(1)) if (random() < 0.5) stage.putTogether(key, 'a');

    let writing = true;
    const written = Promise.all(
      keys.map(async (key) => {
        const ids: string[] = [];
        for (let n = 0; n < 60; n++) {
          ids.push(await stage.write(key));
          await delay(random() * 60);
        }
        return ids;
      }),
    ).finally(() => (writing = false));
    while (writing) {
      await delay(20 + random() * 120);
      const index = Math.floor(random() * running.length);
      const victim = running[index] as BusProcess;
      const act = pick(['break', 'break', 'break', 'cut', 'kill', 'stop'] as const);
      if (act === 'break') victim.database.break(pick(WRITES), pick(BREAKAGES));
      else if (act === 'cut') await cut(victim);
      if (act === 'kill') await victim.kill();
      else if (act === 'stop') await victim.stop();
      if (act === 'kill' || act === 'stop' || victim.database.isDead) {
        await victim.kill();
        running[index] = stage.start(consumers(), options);
      }
    }
    const ids = (await written).flat();
    stage.start(consumers(), options);
    await stage.emptied();
    expect(await examine(stage.url, ['first', 'second'], ids)).toEqual(CLEAN);
    expect(await stage.deadLetters()).toEqual([]);
    for (const key of keys) expect(await stage.effects('second', key)).toEqual(numbers(60));
  });

  /** Ends the sessions of one process; a number that another session got meanwhile is not of this database. */
  const cut = (victim: BusProcess): Promise<unknown> =>
    stage.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid = ANY ($1::int[]) AND datname = current_database() AND pid <> pg_backend_pid()`,
      [victim.database.backendPids],
    );
});

const WRITES = [
  'outbox-announce',
  'outbox-claim',
  'outbox-take',
  'inbox-admit-lease',
  'record-first',
  'outbox-remove',
];

/** Mulberry32: the same storm for the same seed, as far as the clock allows. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
