import { type Answered, consent, freshNumber, question } from '../support/bank';
import { holdLock } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { Proof } from '../support/proofs/proof';
import type { Random } from '../support/proofs/random';
import { startTwoApps, type TwoApps } from '../support/proofs/two-apps';

const proof = new Proof('races of a stop, decisions and redemptions on two processes', {
  test: 40,
  soak: 1_000,
});

const LANES = 2;
/** Questions of a lane while the stop is under way; the first that it refuses ends them. */
const MOST = 8;

/** What was asked while a stop was under way may have been decided before it; what came after its answer may not. */
describe('a stop that races decisions and redemptions on two processes', () => {
  let apps: TwoApps;
  beforeAll(async () => {
    apps = await startTwoApps();
  }, 120_000);
  afterAll(() => apps.close());

  const at = (index: number, caller = apps.bank.dialer) => (index % 2 === 0 ? caller : apps.atSecond(caller));
  const ask = (index: number, to: string) =>
    expectStatus<Answered>(200, at(index).post('/v1/calls/authorize', question(apps.bank, to)));
  const redeem = async (index: number, { authorization }: Answered, to: string): Promise<number> => {
    const carrier = at(index, apps.bank.cast.carrier);
    const body = { token: authorization?.token, to, callerId: apps.bank.callerId };
    return (await carrier.post('/v1/authorizations/redeem', body)).status;
  };

  async function race(random: Random): Promise<{ allowed: number; stopped: number }> {
    const { bank } = apps;
    const { officer, otherOfficer } = bank.cast;
    const numbers = Array.from({ length: 2 + LANES * MOST }, () => freshNumber());
    for (const number of numbers) await consent(bank, { number });
    const [held = '', late = '', ...others] = numbers;
    const tokens = [await ask(0, held), await ask(1, late)] as const;
    expect(tokens.map(({ outcome }) => outcome)).toEqual(['allow', 'allow']);
    const raced: { answer: Answered; to: string }[] = [];
    let stopId = '';
    const runners = [
      async () => {
        const { id } = await expectStatus<{ id: string }>(
          201,
          at(random.below(2), officer).post('/v1/stops', {
            scope: { kind: 'campaign', id: bank.campaignId },
            live: 'end',
            reason: 'A race.',
          }),
        );
        stopId = id;
      },
      ...[0, 1].map((lane) => async () => {
        for (const to of others.slice(lane * MOST, (lane + 1) * MOST)) {
          const answer = await ask(lane, to);
          raced.push({ answer, to });
          if (answer.outcome !== 'allow') return;
        }
      }),
      async () => {
        expect([200, 409]).toContain(await redeem(random.below(2), tokens[0], held));
      },
    ];
    await Promise.all(random.shuffled(runners).map((run) => run()));
    // The stop has been acknowledged: no process may be behind it.
    for (const index of [0, 1]) {
      const fresh = freshNumber();
      await consent(bank, { number: fresh });
      const { outcome, reasons } = await ask(index, fresh);
      expect([outcome, reasons.map(({ code }) => code)]).toEqual(['deny', ['STOPPED']]);
    }
    expect(await redeem(random.below(2), tokens[1], late)).toBe(409);
    for (const { answer, to } of raced) {
      if (answer.outcome === 'allow') expect(await redeem(random.below(2), answer, to)).toBe(409);
      else expect(answer.reasons.map(({ code }) => code)).toEqual(['STOPPED']);
    }
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      officer.post(`/v1/stops/${stopId}/lift`, { reason: 'Over.' }),
    );
    await expectStatus(200, otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
    const allowed = raced.filter(({ answer }) => answer.outcome === 'allow').length;
    return { allowed, stopped: raced.length - allowed };
  }

  it(
    'lets nothing through once it has been acknowledged, and takes back what it met',
    () =>
      proof.run(async (random) => {
        let [allowed, stopped] = [0, 0];
        for (let index = 0; index < proof.count; index++) {
          const met = await race(random);
          allowed += met.allowed;
          stopped += met.stopped;
        }
        // Both ways of ending must have been met, or nothing raced.
        expect([allowed > 0, stopped > 0]).toEqual([true, true]);
      }),
    proof.timeout,
  );

  it('binds a decision and a redemption that were waiting for the person’s row when it committed', async () => {
    const { bank, database } = apps;
    const [asked, redeemed] = [freshNumber(), freshNumber()];
    for (const number of [asked, redeemed]) await consent(bank, { number });
    const token = await ask(0, redeemed);
    const first = await ask(0, asked);
    await expectStatus(
      200,
      bank.dialer.post(`/v1/calls/${first.callId}/events`, { type: 'not_placed', at: first.decidedAt }),
    );
    const lock = await holdLock(
      database,
      `SELECT 1 FROM subjects s JOIN calls c ON c.subject_id = s.id
WHERE c.call_id IN ('${token.callId}', '${first.callId}') FOR UPDATE OF s`,
    );
    const waiting = Promise.all([ask(1, asked), redeem(1, token, redeemed)]);
    await lock.waitForWaiter(2);
    await expectStatus(
      201,
      bank.cast.officer.post('/v1/stops', { scope: { kind: 'all' }, live: 'finish', reason: 'Now.' }),
    );
    await lock.release();
    const [decided, status] = await waiting;
    expect([decided.reasons.map(({ code }) => code), status]).toEqual([['STOPPED'], 409]);
  });

  it('leaves a whole record', async () => {
    expect(await apps.faults()).toEqual([]);
  }, 120_000);
});
