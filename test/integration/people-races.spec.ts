import { setTimeout as delay } from 'node:timers/promises';
import type { Tx } from '../../src/platform/database/database';
import { WishesPort } from '../../src/services/people/subjects.port';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { at, NUMBERS, PEOPLE } from './people-model';
import { contradictions, OFFICER, RealTown } from './people-town';

let app: TestApp;
let bank: Bank;
beforeAll(async () => {
  app = await startApp({ env: { DATABASE_POOL_SIZE: '24' } });
  bank = await openBank(app);
});
afterAll(() => app.close());

/** Work done in a transaction that commits only when it is told to. */
interface Held {
  commit(): Promise<void>;
}

async function holdOpen(town: RealTown, work: (tx: Tx) => Promise<unknown>): Promise<Held> {
  let done = (): void => undefined;
  const told = new Promise<void>((resolve) => (done = resolve));
  let worked = (): void => undefined;
  const finished = new Promise<void>((resolve) => (worked = resolve));
  const committed = town.database.transaction(async (tx) => {
    await work(tx);
    worked();
    await told;
  });
  await Promise.race([finished, committed]);
  return {
    async commit() {
      done();
      await committed;
    },
  };
}

/** Until so many sessions of this database wait for a lock. */
async function waiters(count: number): Promise<void> {
  for (;;) {
    const rows = await queryRows(
      app.database,
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length >= count) return;
    await delay(5);
  }
}

const wishIds = async (town: RealTown, number: number): Promise<number[]> =>
  Promise.all(((await town.rowOf(number))?.facts.wishes ?? []).map((wish) => town.labelOf(wish.id)));

describe('wishes and corrections at the same time', () => {
  it('never wait for each other in a circle and never lose a wish', async () => {
    for (let round = 0; round < 6; round++) {
      const town = new RealTown(app);
      const byNumber: [number, number][] = [];
      const byPerson: [number, number][] = [];
      const puts = Array.from({ length: 10 }, (_, i) =>
        town.do({ kind: 'put', person: i % PEOPLE, numbers: subset(round * 31 + i * 7) }),
      );
      const wishes = Array.from({ length: 10 }, async (_, i) => {
        const [number, person] = [i % NUMBERS, i % PEOPLE];
        if (i % 2 === 0) {
          await town.wish({ number: at(town.numbers, number) }, i);
          byNumber.push([number, i]);
        } else {
          await town.wish({ customerId: at(town.customers, person) }, i);
          byPerson.push([person, i]);
        }
      });
      await Promise.all([...puts, ...wishes]);
      for (const [number, label] of byNumber) expect(await wishIds(town, number)).toContain(label);
      for (const [person, label] of byPerson) {
        // What a person said is on the person's own row, wherever the numbers went.
        await town.do({ kind: 'put', person, numbers: [0] });
        expect(await wishIds(town, 0)).toContain(label);
      }
      expect(await contradictions(app)).toEqual([]);
    }
  }, 240_000);

  it('put a wish that waited for a merge on the row that the number went to', async () => {
    const town = new RealTown(app);
    await town.wish({ number: at(town.numbers, 0) }, 1);
    const correction = await holdOpen(town, (tx) => town.put(tx, 0, [0]));
    const wish = town.wish({ number: at(town.numbers, 0) }, 2);
    await waiters(1);
    await correction.commit();
    await wish;
    expect(await wishIds(town, 0)).toEqual([1, 2]);
    expect(await contradictions(app)).toEqual([]);
  });

  it('put a wish that waited for a new household on the household, too', async () => {
    const town = new RealTown(app);
    await town.do({ kind: 'put', person: 0, numbers: [0, 1] });
    const correction = await holdOpen(town, (tx) => town.put(tx, 1, [1]));
    const wish = town.wish({ customerId: at(town.customers, 0) }, 1);
    await waiters(1);
    await correction.commit();
    await wish;
    expect(await wishIds(town, 0)).toEqual([1]);
    expect(await wishIds(town, 1)).toEqual([1]);
  });

  it('carry a wish that came first into a household that waited for it', async () => {
    const town = new RealTown(app);
    await town.do({ kind: 'put', person: 0, numbers: [0] });
    const wishes = app.nest.get(WishesPort);
    const wish = await holdOpen(town, async (tx) => {
      const target = { customerId: at(town.customers, 0) };
      const made = await wishes.recordWish(tx, { target, source: 'customer', reason: 'no', actor: OFFICER });
      town.labels.set(made.id, 7);
    });
    const correction = town.do({ kind: 'put', person: 1, numbers: [0] });
    await waiters(1);
    await wish.commit();
    await correction;
    expect(await wishIds(town, 0)).toEqual([7]);
  });

  it('make one person of two first sights of a customer, and one subject of two of a number', async () => {
    const town = new RealTown(app);
    const first = await holdOpen(town, (tx) => town.put(tx, 0, [0]));
    const second = town.do({ kind: 'put', person: 0, numbers: [0, 1] });
    const third = town.wish({ number: at(town.numbers, 0) }, 3);
    await waiters(2);
    await first.commit();
    await Promise.all([second, third]);
    expect(await wishIds(town, 0)).toEqual([3]);
    expect((await town.rowOf(0))?.id).toBe((await town.rowOf(1))?.id);
    expect(await contradictions(app)).toEqual([]);
  });
});

describe('a decision that waits for the row', () => {
  it('sees the wish that it waited for', async () => {
    const town = new RealTown(app);
    const number = at(town.numbers, 0);
    await consent(bank, { number });
    const wishes = app.nest.get(WishesPort);
    const wish = await holdOpen(town, (tx) =>
      wishes.recordWish(tx, { target: { number }, source: 'customer', reason: 'no', actor: OFFICER }),
    );
    const answer = ask(bank, number);
    await waiters(1);
    await wish.commit();
    expect(codesOf(await answer)).toContain('SUPPRESSED');
  });

  it('sees the wish of a person that its number became another’s meanwhile', async () => {
    const town = new RealTown(app);
    const number = at(town.numbers, 0);
    await consent(bank, { number });
    await town.wish({ customerId: at(town.customers, 0) }, 1);
    const correction = await holdOpen(town, (tx) => town.put(tx, 0, [0]));
    const answer = ask(bank, number);
    await waiters(1);
    await correction.commit();
    expect(codesOf(await answer)).toContain('SUPPRESSED');
  });
});

/** A subset of the numbers for every seed. */
function subset(seed: number): number[] {
  const bits = (seed * 2_654_435_761) >>> 28;
  return Array.from({ length: NUMBERS }, (_, number) => number).filter((number) => (bits >> number) & 1);
}
