import { WishesPort } from '../../src/services/people/subjects.port';
import { Database } from '../../src/platform/database/database';
import type { Actor } from '../../src/contracts/actor';
import type { E164 } from '../../src/domain/phone/e164';
import { type Answered, codesOf, consent, freshNumber, question, runCampaign } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { type Answer, expectStatus, type HttpCaller, type ProblemBody } from '../support/http';
import { Proof } from '../support/proofs/proof';
import { RowLock, waitingFor } from '../support/proofs/row-lock';
import { eventually } from '../support/proofs/eventually';
import { startTwoApps, type TwoApps } from '../support/proofs/two-apps';

const rounds = { test: 1, soak: 200 };

/**
 * The race of RULINGS 1, forced: a batch stands in the line for a row, and what commits before it gets there binds it.
 * The line is PostgreSQL's own and is looked at, not hoped for.
 */
describe('a batch that waits for a row', () => {
  let apps: TwoApps;
  let lastCampaign = 0;
  beforeAll(async () => {
    apps = await startTwoApps();
  });
  afterAll(() => apps.close());

  const held: RowLock[] = [];
  const hold = async (subjectId: string): Promise<RowLock> => {
    const lock = await RowLock.on(apps.database, subjectId);
    held.push(lock);
    return lock;
  };
  // What a failed test still holds would keep the next ones waiting.
  afterEach(() => Promise.all(held.splice(0).map((lock) => lock.release())));

  const authorize = (to: string, more: Record<string, unknown> = {}, caller: HttpCaller = apps.bank.dialer) =>
    caller.post<Answered & ProblemBody>('/v1/calls/authorize', question(apps.bank, to, more));

  /** A number with consent, and the id of its subject. */
  async function known(): Promise<{ to: string; subjectId: string }> {
    const to = freshNumber();
    await consent(apps.bank, { number: to });
    const { personId } = await expectStatus<{ personId: string }>(
      200,
      apps.bank.cast.officer.post('/v1/people/lookup', { number: to }),
    );
    return { to, subjectId: personId };
  }

  /** Holds the row, lets `before` get in line first, puts the question behind it, and lets go. */
  async function overtaken<T>(
    subjectId: string,
    before: () => Promise<unknown>,
    ask: () => Promise<Answer<T>>,
  ): Promise<Answer<T>> {
    const lock = await hold(subjectId);
    const first = before();
    await lock.waiting(1);
    const answer = ask();
    await lock.waiting(2);
    await lock.release();
    await first;
    return answer;
  }

  const officer = () => apps.atSecond(apps.bank.cast.officer);
  const marketing = () => apps.atSecond(apps.bank.cast.marketing);
  const WORDS = [
    {
      word: 'a wish',
      code: 'SUPPRESSED',
      say: (number: string) =>
        expectStatus(
          201,
          officer().post('/v1/suppressions', { number, source: 'customer', reason: 'Said so.' }),
        ),
    },
    {
      word: 'a withdrawal of consent',
      code: 'CONSENT_WITHDRAWN',
      say: (number: string) =>
        expectStatus(
          201,
          marketing().post('/v1/consents/withdraw', {
            number,
            at: '2026-06-30T10:00:00+08:00',
            method: 'app',
          }),
        ),
    },
    {
      word: 'a pause',
      code: 'QUIET_TIME',
      say: (number: string) =>
        expectStatus(
          201,
          officer().post('/v1/preferences', { number, quietUntil: '2026-07-02T10:00:00+08:00' }),
        ),
    },
  ].map((each) => ({ ...each, proof: new Proof(`forced: ${each.word} before a waiting batch`, rounds) }));

  it.each(WORDS)(
    'is bound by $word of another process that was first in line',
    ({ code, say, proof }) =>
      proof.run(async () => {
        for (let round = 0; round < proof.count; round++) {
          const { to, subjectId } = await known();
          const { status, body } = await overtaken(
            subjectId,
            () => say(to),
            () => authorize(to),
          );
          expect(status).toBe(200);
          expect(codesOf(body)).toContain(code);
          expect(body.authorization).toBeUndefined();
        }
      }),
    WORDS[0]?.proof.timeout,
  );

  it('is bound by a wish that commits in the very transaction it waits for', async () => {
    const { to } = await known();
    let commit = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let written = (): void => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const actor: Actor = {
      clientId: apps.bank.cast.officer.id,
      kind: 'person',
      name: 'A',
      roles: ['compliance'],
    };
    const wish = apps.second.nest.get(Database).transaction(async (tx) => {
      const target = { number: to as E164 };
      const said = { target, source: 'customer', reason: 'Said so.', actor } as const;
      const recorded = await apps.second.nest.get(WishesPort).recordWish(tx, said);
      written();
      await mayCommit;
      return recorded;
    });
    await isWritten;
    const answer = authorize(to);
    await eventually('the question waits', () => waitingFor(apps.database, 1));
    commit();
    const { effectiveAt } = await wish;
    const { body } = await answer;
    expect(codesOf(body)).toContain('SUPPRESSED');
    // Both by the database's clock, read under the lock: so the later one is the one that waited.
    expect(Date.parse(body.decidedAt)).toBeGreaterThanOrEqual(effectiveAt);
  });

  it('refuses the one person whose wish came first, and nobody else in the batch', async () => {
    const { to, subjectId } = await known();
    const others = await Promise.all(Array.from({ length: 20 }, known));
    const numbers = [
      ...others.slice(0, 10).map((other) => other.to),
      to,
      ...others.slice(10).map((other) => other.to),
    ];
    const calls = numbers.map((number) => question(apps.bank, number));
    const { body } = await overtaken(
      subjectId,
      () => WORDS[0]?.say(to) ?? Promise.resolve(),
      () => apps.bank.dialer.post<{ results: Answered[] }>('/v1/calls/authorize/batch', { calls }),
    );
    expect(body.results.map((result) => result.outcome)).toEqual(
      numbers.map((number) => (number === to ? 'deny' : 'allow')),
    );
  });

  it('is bound by a pause of its campaign', async () => {
    const campaignId = `paused-${lastCampaign++}`;
    await runCampaign(apps.bank, { id: campaignId });
    const { to, subjectId } = await known();
    // Known to the first gateway's memory as running.
    expect((await authorize((await known()).to, { campaignId })).body.outcome).toBe('allow');
    const lock = await hold(subjectId);
    const answer = authorize(to, { campaignId });
    await lock.waiting(1);
    await expectStatus(200, marketing().post(`/v1/campaigns/${campaignId}/pause`, {}));
    await lock.release();
    expect(codesOf((await answer).body)).toEqual(['CAMPAIGN_INACTIVE']);
  });

  it('is bound by the revocation of its asker, and answers everybody else', async () => {
    const revoked = await apps.first.client(['dialer'], { name: 'soon revoked' });
    const [one, two] = [await known(), await known()];
    const locks = [await hold(one.subjectId), await hold(two.subjectId)];
    const answer = authorize(one.to, {}, revoked);
    await locks[0]?.waiting(1);
    const other = authorize(two.to);
    await locks[1]?.waiting(2);
    await expectStatus(200, apps.atSecond(apps.first.admin).post(`/v1/clients/${revoked.id}/revoke`));
    for (const lock of locks) await lock.release();
    expect((await answer).body).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect((await other).body.outcome).toBe('allow');
  });

  it('decides on the subject that the number has moved to', async () => {
    const customerId = 'moved-to';
    await expectStatus(201, officer().put(`/v1/people/${customerId}`, { numbers: [freshNumber()] }));
    await expectStatus(
      201,
      officer().post('/v1/suppressions', { customerId, source: 'customer', reason: 'Said so.' }),
    );
    const { personId } = await expectStatus<{ personId: string }>(
      200,
      officer().post('/v1/people/lookup', { customerId }),
    );
    const { to, subjectId } = await known();
    const { body } = await overtaken(
      subjectId,
      () => expectStatus(200, officer().put(`/v1/people/${customerId}`, { numbers: [to] })),
      () => authorize(to),
    );
    expect(codesOf(body)).toContain('SUPPRESSED');
    const rows = await queryRows(apps.database, 'SELECT subject_id FROM calls WHERE call_id = $1', [
      body.callId,
    ]);
    expect(rows).toEqual([{ subject_id: personId }]);
    expect(personId).not.toBe(subjectId);
  });

  it('reads the clock after the wait, though whoever held the row changed nothing', async () => {
    const { to, subjectId } = await known();
    const lock = await hold(subjectId);
    const answer = authorize(to);
    await lock.waiting(1);
    const held = await lock.clock();
    await lock.release();
    expect(Date.parse((await answer).body.decidedAt) - apps.shift).toBeGreaterThanOrEqual(held);
  });

  it('lets a carrier leg that waits behind a wish not redeem', async () => {
    const { to, subjectId } = await known();
    const { body } = await authorize(to);
    const redeem = () =>
      apps.bank.cast.carrier.post('/v1/authorizations/redeem', {
        token: body.authorization?.token,
        to,
        callerId: apps.bank.callerId,
      });
    const answer = await overtaken(subjectId, () => WORDS[0]?.say(to) ?? Promise.resolve(), redeem);
    expect(answer.body).toMatchObject({ status: 409, reason: 'void' });
  });

  it('leaves a whole record', async () => {
    expect(await apps.faults()).toEqual([]);
  });
});
