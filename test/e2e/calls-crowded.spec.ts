import { shareOut } from '../../src/platform/database/connection-lanes';
import { Database } from '../../src/platform/database/database';
import { startApp, type TestApp } from '../support/app';
import { type Answered, ask, type Bank, consent, freshNumber, openBank } from '../support/bank';
import { type HeldLock, holdLock } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { eventually } from '../support/proofs/eventually';

const TEN = '2026-11-20T10:00:00+08:00';
/** Longer than the pool waited before it called a queue a fault of the database. */
const LONGER_THAN_BEFORE_MS = 6_000;

describe('a crowd that reports', () => {
  let app: TestApp;
  let bank: Bank;
  const locks: HeldLock[] = [];
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterEach(async () => {
    await Promise.all(locks.splice(0).map((lock) => lock.release()));
  });
  afterAll(() => app.close());

  const allowed = async (): Promise<Answered & { to: string }> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    return { ...(await ask(bank, to)), to };
  };
  const hold = async (callId: string): Promise<HeldLock> => {
    const lock = await holdLock(
      app.database,
      `SELECT 1 FROM subjects s JOIN calls c ON c.subject_id = s.id WHERE c.call_id = '${callId}' FOR UPDATE OF s`,
    );
    locks.push(lock);
    return lock;
  };
  const report = (callId: string, eventId: string) =>
    bank.dialer.post(`/v1/calls/${callId}/events`, { type: 'ringing', at: TEN, eventId });
  const redeem = (to: string, token: string | undefined) =>
    bank.cast.carrier.post('/v1/authorizations/redeem', { token, to, callerId: bank.callerId });
  const inUse = (): number => {
    const { totalCount, idleCount } = app.nest.get(Database).rawPool;
    return totalCount - idleCount;
  };

  it('of one call waits in one line, and keeps nobody else waiting', async () => {
    const [crowded, other] = [await allowed(), await allowed()];
    const lock = await hold(crowded.callId);
    const reports = Array.from({ length: 1_000 }, (_, index) => report(crowded.callId, String(index)));
    await lock.waitForWaiter();
    expect((await report(other.callId, '1')).status).toBe(200);
    expect((await ask(bank, freshNumber())).outcome).toBe('deny');
    // One connection waits for the lock, and no more.
    expect(inUse()).toBeLessThanOrEqual(2);
    await lock.release();
    const answers = await Promise.all(reports);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(64);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(1_000 - 64);
    expect(refused[0]).toMatchObject({ body: { code: 'RATE_LIMITED' }, headers: { 'retry-after': '1' } });
  });

  it('of many calls leaves decisions and redemptions their connections, and waits as long as it must', async () => {
    const crowd = await Promise.all(Array.from({ length: 8 }, allowed));
    const redeemed = await allowed();
    const held = await Promise.all(crowd.map(({ callId }) => hold(callId)));
    const reports = crowd.map(({ callId }) => report(callId, '1'));
    const since = performance.now();
    await eventually('the connections of other work are all in use', () =>
      Promise.resolve(inUse() >= shareOut(8).ordinary),
    );
    const read = bank.cast.marketing.get('/v1/campaigns');
    expect((await ask(bank, freshNumber())).outcome).toBe('deny');
    const token = redeemed.authorization?.token;
    await expectStatus(200, redeem(redeemed.to, token));
    expect(await redeem(redeemed.to, token)).toMatchObject({ status: 409, body: { reason: 'used' } });
    await expectStatus(200, app.anonymous.get('/health/ready'));
    while (performance.now() - since < LONGER_THAN_BEFORE_MS) await ask(bank, freshNumber());
    await Promise.all(held.map((lock) => lock.release()));
    expect((await Promise.all(reports)).map(({ status }) => status)).toEqual(crowd.map(() => 200));
    expect((await read).status).toBe(200);
  });

  it('redeems a token once, however often it is asked at once', async () => {
    const { to, callId, authorization } = await allowed();
    const lock = await hold(callId);
    const asked = Array.from({ length: 50 }, () => redeem(to, authorization?.token));
    await lock.waitForWaiter();
    const other = await allowed();
    await expectStatus(200, redeem(other.to, other.authorization?.token));
    await lock.release();
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    expect(statuses.slice(0, 16)).toEqual([200, ...Array<number>(15).fill(409)]);
    expect(new Set(statuses.slice(16))).toEqual(new Set([429]));
  });
});
