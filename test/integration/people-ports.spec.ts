import type { Slot } from '../../src/domain/decision/facts';
import type { E164 } from '../../src/domain/phone/e164';
import { Database } from '../../src/platform/database/database';
import { SubjectsPort, WishesPort } from '../../src/services/people/subjects.port';
import { startApp, type TestApp } from '../support/app';
import { freshNumber } from '../support/bank';
import { holdLock } from '../support/database-rows';
import { at } from './people-model';
import { OFFICER, RealTown } from './people-town';

let app: TestApp;
let database: Database;
let subjects: SubjectsPort;
let wishes: WishesPort;
beforeAll(async () => {
  app = await startApp();
  database = app.nest.get(Database);
  subjects = app.nest.get(SubjectsPort);
  wishes = app.nest.get(WishesPort);
});
afterAll(() => app.close());

const admit = (numbers: readonly E164[]): Promise<Map<E164, string>> =>
  database.transaction((tx) => subjects.admitNumbers(tx, numbers));

const slot = (callId: string, more: Partial<Slot> = {}): Slot => ({
  callId,
  campaignId: 'c',
  purpose: 'marketing',
  decidedAt: Date.now(),
  expiresAt: Date.now() + 60_000,
  ...more,
});

describe('SubjectsPort', () => {
  it('admits each number once, in one transaction and in many at once', async () => {
    const numbers = Array.from({ length: 5 }, () => freshNumber() as E164);
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => admit([...numbers.slice(i % 5), ...numbers])),
    );
    const first = at(all, 0);
    expect(new Set(first.values()).size).toBe(5);
    for (const found of all) expect(new Map([...found].sort())).toEqual(new Map([...first].sort()));
  });

  it('locks in id order, tells a clock later than its last wait, and knows nobody else', async () => {
    const ids = [
      ...(await admit([freshNumber() as E164, freshNumber() as E164, freshNumber() as E164])).values(),
    ].sort();
    const held = await holdLock(app.database, `SELECT 1 FROM subjects WHERE id = '${at(ids, 2)}' FOR UPDATE`);
    const locking = database.transaction((tx) =>
      subjects.lock(tx, [at(ids, 2), at(ids, 0), at(ids, 1), '00000000-0000-7000-8000-000000000000']),
    );
    await held.waitForWaiter();
    const released = Date.now();
    await held.release();
    const rows = await locking;
    expect(rows.map((row) => row.id)).toEqual(ids);
    expect(new Set(rows.map((row) => row.lockedAt)).size).toBe(1);
    expect(at(rows, 0).lockedAt).toBeGreaterThanOrEqual(released);
  });

  it('locks the row that an id was merged into, once', async () => {
    const town = new RealTown(app);
    const [one, two] = [at(town.numbers, 0), at(town.numbers, 1)];
    const before = await admit([one, two]);
    await town.do({ kind: 'put', person: 0, numbers: [0, 1] });
    const personId = await database.transaction((tx) =>
      subjects.resolveByCustomer(tx, at(town.customers, 0)),
    );
    const rows = await database.transaction((tx) => subjects.lock(tx, [...before.values()]));
    expect(rows.map((row) => row.id)).toEqual([personId]);
    expect(await database.transaction((tx) => subjects.resolveByNumber(tx, one))).toBe(personId);
  });

  it('resolves the customers that are known', async () => {
    const town = new RealTown(app);
    await town.do({ kind: 'put', person: 1, numbers: [] });
    const found = await database.transaction((tx) =>
      subjects.resolvePersonIds(tx, [...town.customers, 'nobody']),
    );
    expect([...found.keys()]).toEqual([at(town.customers, 1)]);
  });

  it('reaches every row that a word binds', async () => {
    const town = new RealTown(app);
    await town.do({ kind: 'put', person: 0, numbers: [0, 1] });
    await town.do({ kind: 'put', person: 1, numbers: [1, 2] });
    await town.do({ kind: 'put', person: 2, numbers: [2] });
    const reachOf = async (number: number): Promise<(string | undefined)[]> => {
      const target = { number: at(town.numbers, number) };
      const { own, rows } = await database.transaction((tx) => subjects.lockReach(tx, target));
      return [own.id, ...rows.map((row) => row.id)];
    };
    const people = await database.transaction((tx) => subjects.resolvePersonIds(tx, town.customers));
    const [p0, p1, p2] = town.customers.map((customer) => people.get(customer));
    const [h1, h2] = [(await town.rowOf(1))?.id, (await town.rowOf(2))?.id];
    const sorted = (...ids: (string | undefined)[]): (string | undefined)[] => ids.sort();
    expect(await reachOf(0)).toEqual([p0, ...sorted(p0, h1)]);
    expect(await reachOf(1)).toEqual([h1, ...sorted(p0, p1, h1, h2)]);
    expect(await reachOf(2)).toEqual([h2, ...sorted(p1, p2, h1, h2)]);
    expect(await reachOf(3)).toHaveLength(2);
  });
});

describe('WishesPort', () => {
  it('goes on from what the transaction saved before, and voids what is open or going on', async () => {
    const number = freshNumber() as E164;
    const [subjectId] = (await admit([number])).values();
    const target = { subjectId: subjectId ?? '' };
    await database.transaction(async (tx) => {
      const { own } = await subjects.lockReach(tx, target);
      await subjects.saveSlots(tx, own.id, [
        slot('open'),
        slot('redeemed', { redeemedAt: Date.now() }),
        slot('placed', { placedAt: Date.now() }),
        slot('over', { expiresAt: Date.now() - 1 }),
        slot('ended', { placedAt: Date.now() - 2, endedAt: Date.now() - 1 }),
        slot('other', { purpose: 'fraud_alert' }),
      ]);
      await wishes.recordWish(tx, {
        target,
        source: 'customer',
        reason: 'Refused during a call.',
        actor: OFFICER,
      });
    });
    const [row] = await database.transaction((tx) => subjects.lock(tx, [target.subjectId]));
    expect(row?.facts.wishes).toMatchObject([{ source: 'customer', scope: { kind: 'group' } }]);
    const voided = row?.slots.filter((other) => other.voidedAt !== undefined).map((other) => other.callId);
    expect(voided).toEqual(['open', 'redeemed', 'placed']);
  });

  it('puts a cool-down on every row of the person, and the same one once', async () => {
    const town = new RealTown(app);
    await town.do({ kind: 'put', person: 0, numbers: [0, 1] });
    await town.do({ kind: 'put', person: 1, numbers: [1] });
    const cooldown = { id: '0193', kind: 'refuse_now' as const, at: Date.now(), campaignId: 'c' };
    for (let i = 0; i < 2; i++) {
      const target = { number: at(town.numbers, 0) };
      await database.transaction((tx) => wishes.recordCooldown(tx, target, cooldown));
    }
    expect((await town.rowOf(0))?.facts.cooldowns).toEqual([cooldown]);
    expect((await town.rowOf(1))?.facts.cooldowns).toEqual([cooldown]);
  });

  it('stores nothing when the transaction does not commit', async () => {
    const number = freshNumber() as E164;
    const work = database.transaction(async (tx) => {
      await wishes.recordWish(tx, { target: { number }, source: 'customer', reason: 'x', actor: OFFICER });
      throw new Error('Not after all.');
    });
    await expect(work).rejects.toThrow('Not after all.');
    expect(await database.transaction((tx) => subjects.resolveByNumber(tx, number))).toBeUndefined();
  });
});
