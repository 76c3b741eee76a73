import { type TestApp, startApp } from '../support/app';
import {
  ask,
  type Answered,
  type Bank,
  codesOf,
  consent,
  freshNumber,
  openBank,
  question,
} from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus, type ProblemBody } from '../support/http';
import { eventually } from '../support/proofs/eventually';

/** A Friday, working day, ten in the morning in Shanghai. */
const TEN = '2026-11-20T10:00:00+08:00';

describe('the way of one call', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(Date.parse(TEN)));

  it('allows a consented call, with a token, its duties and the policy it was decided under', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const answer = await ask(bank, to);
    expect(answer).toMatchObject({
      outcome: 'allow',
      enforced: true,
      reasons: [],
      decidedAt: '2026-11-20T02:00:00.000Z',
    });
    expect(answer.authorization?.expiresAt).toBe('2026-11-20T02:00:30.000Z');
    expect(answer.policyVersion).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(answer.obligations).toMatchObject({
      aiDisclosure: { required: true },
      optOut: ['speech', 'dtmf'],
      humanTransfer: true,
    });
    expect(answer.evidence).toEqual({
      candidates: [{ jurisdiction: 'CN', timeZone: 'Asia/Shanghai', from: 'number' }],
    });
  });

  it('refuses without consent, and with all reasons at once', async () => {
    app.clock.set(Date.parse('2026-11-20T12:30:00+08:00'));
    const answer = await ask(bank, freshNumber());
    expect(answer.outcome).toBe('deny');
    expect(codesOf(answer).sort()).toEqual(['CONSENT_MISSING', 'OUTSIDE_HOURS']);
    expect(answer.reasons.every((reason) => reason.source !== '' && reason.rule !== '')).toBe(true);
    expect(answer.authorization).toBeUndefined();
  });

  it('defers over the lunch break to two o’clock sharp', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    app.clock.set(Date.parse('2026-11-20T12:00:00+08:00'));
    const answer = await ask(bank, to);
    expect(answer).toMatchObject({ outcome: 'defer', notBefore: '2026-11-20T06:00:00.000Z' });
    expect(codesOf(answer)).toEqual(['OUTSIDE_HOURS']);
  });

  it('cuts the token to the end of the window', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    app.clock.set(Date.parse('2026-11-20T11:59:50+08:00'));
    expect((await ask(bank, to)).authorization?.expiresAt).toBe('2026-11-20T04:00:00.000Z');
  });

  it('binds the very next decision to a wish, voids the token given before, and says so to its carrier leg', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const first = await ask(bank, to);
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number: to, source: 'customer', reason: 'Said so.' }),
    );
    const second = await ask(bank, to);
    expect(second.outcome).toBe('deny');
    expect(codesOf(second)).toEqual(expect.arrayContaining(['SUPPRESSED', 'CONSENT_WITHDRAWN']));
    const redeemed = await bank.cast.carrier.post('/v1/authorizations/redeem', {
      token: first.authorization?.token,
      to,
      callerId: bank.callerId,
    });
    expect(redeemed.status).toBe(409);
    expect(redeemed.body).toMatchObject({ code: 'CONFLICT', reason: 'void' });
  });

  it('redeems a token once, for its number and caller id only, and not a moment too late', async () => {
    const { carrier } = bank.cast;
    const to = freshNumber();
    await consent(bank, { number: to });
    const { authorization, callId } = await ask(bank, to);
    const redeem = (more: Record<string, unknown> = {}) =>
      carrier.post('/v1/authorizations/redeem', {
        token: authorization?.token,
        to,
        callerId: bank.callerId,
        ...more,
      });
    for (const wrong of [
      { to: freshNumber() },
      { callerId: '95599' },
      { token: `${authorization?.token ?? ''}x` },
      { token: 'x' },
    ]) {
      expect((await redeem(wrong)).body).toMatchObject({ status: 409, reason: 'mismatch' });
    }
    app.clock.set(Date.parse('2026-11-20T10:00:29.999+08:00'));
    expect((await redeem()).body).toMatchObject({ callId, redeemedAt: '2026-11-20T02:00:29.999Z' });
    expect((await redeem()).body).toMatchObject({ reason: 'used' });

    const late = freshNumber();
    await consent(bank, { number: late });
    const second = await ask(bank, late);
    app.clock.advance(30_000);
    const answer = await carrier.post('/v1/authorizations/redeem', {
      token: second.authorization?.token,
      to: late,
      callerId: bank.callerId,
    });
    expect(answer.body).toMatchObject({ status: 409, reason: 'late' });
  });

  describe('a customer named in the question', () => {
    const put = (customerId: string, number: string) =>
      expectStatus(201, bank.cast.officer.put(`/v1/people/${customerId}`, { numbers: [number] }));

    it('is bound by their own wishes, though the number is not known to be theirs', async () => {
      const [own, other] = [freshNumber(), freshNumber()];
      await put('C-wish', own);
      const wish = { customerId: 'C-wish', source: 'customer', reason: 'Said so.' };
      await expectStatus(201, bank.cast.care.post('/v1/suppressions', wish));
      await consent(bank, { number: other });
      const answer = await ask(bank, other, { customerId: 'C-wish' });
      expect(codesOf(answer)).toContain('SUPPRESSED');
    });

    it('is never spoken for by another person’s consent, be the name known or not', async () => {
      const [first, second] = [freshNumber(), freshNumber()];
      await put('C-first', first);
      await put('C-second', second);
      await consent(bank, { customerId: 'C-second' });
      expect((await ask(bank, second, { customerId: 'C-first' })).outcome).toBe('deny');
      expect((await ask(bank, second, { customerId: 'C-nobody' })).outcome).toBe('deny');
      expect((await ask(bank, second, { customerId: 'C-second' })).outcome).toBe('allow');
    });

    it('is on one call at a time, whichever number is asked for', async () => {
      const [own, other] = [freshNumber(), freshNumber()];
      await put('C-busy', own);
      await consent(bank, { customerId: 'C-busy' });
      expect((await ask(bank, own, { customerId: 'C-busy' })).outcome).toBe('allow');
      expect(codesOf(await ask(bank, other, { customerId: 'C-busy' }))).toContain('CALL_IN_PROGRESS');
    });
  });

  it('keeps the attempt to redeem a token that was withdrawn', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const { authorization, callId } = await ask(bank, to);
    const wrong = { token: authorization?.token, to: freshNumber(), callerId: bank.callerId };
    expect((await bank.cast.carrier.post('/v1/authorizations/redeem', wrong)).status).toBe(409);
    const [kept] = await queryRows<{ reason: string }>(
      app.database,
      `SELECT clear->>'reason' AS reason FROM events WHERE type = 'call.redemption_refused.v1' AND clear->>'callId' = $1`,
      [callId],
    );
    expect(kept).toEqual({ reason: 'mismatch' });
  });

  it('voids what was allowed for a campaign that was paused, and refuses the next question', async () => {
    const campaignId = 'paused-soon';
    const { runCampaign } = await import('../support/bank');
    await runCampaign(bank, { id: campaignId });
    const to = freshNumber();
    await consent(bank, { number: to });
    const body = question(bank, to, { campaignId });
    const first = await expectStatus<Answered>(200, bank.dialer.post('/v1/calls/authorize', body));
    expect(first.outcome).toBe('allow');
    await expectStatus(200, bank.cast.marketing.post(`/v1/campaigns/${campaignId}/pause`, {}));
    const redeemed = await bank.cast.carrier.post('/v1/authorizations/redeem', {
      token: first.authorization?.token,
      to,
      callerId: bank.callerId,
    });
    expect(redeemed.body).toMatchObject({ reason: 'void' });
    const again = await bank.dialer.post('/v1/calls/authorize', body);
    expect(again.body).toMatchObject({ status: 409, code: 'AUTHORIZATION_ENDED' });
    const other = freshNumber();
    await consent(bank, { number: other });
    expect(codesOf(await ask(bank, other, { campaignId }))).toEqual(['CAMPAIGN_INACTIVE']);
  });

  describe('a preview', () => {
    it('judges at any instant, takes no slot, and records nothing but that it was read', async () => {
      const to = freshNumber();
      await consent(bank, { number: to });
      const { external: _, ...body } = question(bank, to);
      const before = await counts(app);
      for (const [at, outcome] of [
        ['2026-11-20T11:59:59+08:00', 'allow'],
        ['2026-11-20T12:00:00+08:00', 'defer'],
        ['2026-10-01T10:00:00+08:00', 'defer'],
        ['2027-01-04T10:00:00+08:00', 'deny'],
      ] as const) {
        const answer = await expectStatus<Answered>(
          200,
          bank.dialer.post('/v1/calls/preview', { ...body, at }),
        );
        expect([at, answer.outcome]).toEqual([at, outcome]);
        expect(answer.authorization).toBeUndefined();
        expect(answer.callId).toBeUndefined();
      }
      const after = await counts(app);
      expect(after).toEqual({ ...before, events: before.events + 4 });
      expect((await ask(bank, to)).outcome).toBe('allow');
    });

    it('in a batch keeps the order and names the dirt of a list', async () => {
      const calls = ['218Ihungup', '8002484226', '2092705358', '+4915112345678', 'x'.repeat(65)].map(
        (to) => ({
          to,
          region: 'US',
          campaignId: bank.campaignId,
          callerId: bank.callerId,
        }),
      );
      const { results } = await expectStatus<{ results: (Answered & { problem?: ProblemBody })[] }>(
        200,
        bank.dialer.post('/v1/calls/preview/batch', { calls }),
      );
      expect(results.slice(0, 4).map((result) => result.reasons[0]?.code)).toEqual([
        'NUMBER_INVALID',
        'NUMBER_NOT_CALLABLE',
        'RULE_DATA_MISSING',
        'JURISDICTION_UNSUPPORTED',
      ]);
      expect(results[4]?.problem).toMatchObject({ status: 422 });
    });
  });

  it('keeps a dossier that can be opened, read, and decided again', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const { callId } = await ask(bank, to);
    const { auditor } = bank.cast;
    const dossier = await expectStatus<Record<string, never>>(200, auditor.get(`/v1/audit/calls/${callId}`));
    expect(dossier).toMatchObject({ callId, outcome: 'allow', state: 'authorized' });
    expect(JSON.stringify(dossier)).not.toContain(to.slice(1));
    expect(dossier['request']).toMatchObject({ to: `${to.slice(0, 6)}****${to.slice(-4)}` });
    const whole = await auditor.get<Record<string, never>>(`/v1/audit/calls/${callId}`, {
      'x-unmask-reason': 'complaint 4711',
    });
    expect(whole.body['request']).toMatchObject({ to });
    expect(whole.body['readers']).toMatchObject([{ unmasked: false }]);
    await eventually('its index in the ledger', async () => {
      const { body } = await auditor.get<{ ledger: { index: number | null } }>(`/v1/audit/calls/${callId}`);
      return body.ledger.index !== null && body.ledger.index >= 0;
    });
    const replay = await expectStatus(200, auditor.post(`/v1/audit/calls/${callId}/replay`, {}));
    expect(replay).toMatchObject({ same: true, diff: [] });
  });

  it('tells a vendor nothing of the customer, whatever the cause', async () => {
    const plain = freshNumber();
    const suppressed = freshNumber();
    const withdrawn = freshNumber();
    for (const number of [suppressed, withdrawn]) await consent(bank, { number });
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number: suppressed, source: 'customer', reason: 'Said so.' }),
    );
    await expectStatus(
      201,
      bank.cast.marketing.post('/v1/consents/withdraw', { number: withdrawn, at: TEN, method: 'app' }),
    );
    const shown = [];
    for (const to of [plain, suppressed, withdrawn]) {
      const body = question({ ...bank, campaignId: bank.vendorCampaignId }, to);
      const { callId: _id, ...rest } = await expectStatus<Answered>(
        200,
        bank.vendorDialer.post('/v1/calls/authorize', body),
      );
      shown.push(JSON.stringify(rest));
    }
    expect(new Set(shown).size).toBe(1);
    expect(shown[0]).toContain('NOT_CALLABLE');
  });

  it('lets a vendor preview the present only, so that no end of a pause can be searched for', async () => {
    const { external: _, ...body } = question({ ...bank, campaignId: bank.vendorCampaignId }, freshNumber());
    await expectStatus(200, bank.vendorDialer.post('/v1/calls/preview', body));
    const at = '2026-12-20T10:00:00+08:00';
    expect((await bank.vendorDialer.post('/v1/calls/preview', { ...body, at })).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/at' }],
    });
  });

  it('lets a vendor see its own calls and campaigns only', async () => {
    const to = freshNumber();
    const own = await expectStatus<Answered>(
      200,
      bank.vendorDialer.post(
        '/v1/calls/authorize',
        question({ ...bank, campaignId: bank.vendorCampaignId }, to),
      ),
    );
    const foreign = await ask(bank, to);
    await expectStatus(200, bank.vendorDialer.get(`/v1/calls/${own.callId}`));
    await expectStatus(404, bank.vendorDialer.get(`/v1/calls/${foreign.callId}`));
    const event = { type: 'ended', at: TEN };
    await expectStatus(404, bank.vendorDialer.post(`/v1/calls/${foreign.callId}/events`, event));
    const other = await expectStatus<Answered>(
      200,
      bank.vendorDialer.post('/v1/calls/authorize', question(bank, to)),
    );
    expect(codesOf(other)).toEqual(['CAMPAIGN_UNKNOWN']);
    const { external: _, ...nameless } = question({ ...bank, campaignId: bank.vendorCampaignId }, to);
    expect((await bank.vendorDialer.post('/v1/calls/authorize', nameless)).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/external/callId' }],
    });
  });
});

async function counts(app: TestApp): Promise<{ events: number; calls: number; keys: number }> {
  const { Database } = await import('../../src/platform/database/database');
  const [row] = await app.nest.get(Database).query<{ events: number; calls: number; keys: number }>(
    `SELECT (SELECT count(*)::int FROM events) AS events, (SELECT count(*)::int FROM calls) AS calls,
      (SELECT count(*)::int FROM call_keys) AS keys`,
  );
  if (row === undefined) throw new Error('The database counted nothing.');
  return row;
}
