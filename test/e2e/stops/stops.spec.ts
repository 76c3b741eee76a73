import { startApp, type TestApp } from '../../support/app';
import {
  type Answered,
  ask,
  type Bank,
  codesOf,
  consent,
  freshNumber,
  openBank,
  question,
  runCampaign,
} from '../../support/bank';
import { queryRows } from '../../support/database-rows';
import { expectStatus, type HttpCaller, type ProblemBody } from '../../support/http';
import { addressOf, LiveClient } from '../../support/live/live-client';

const NOW = '2026-11-20T10:00:00+08:00';
const AT = new Date(Date.parse(NOW)).toISOString();

interface StopAnswer {
  id: string;
  state: string;
  scope: { kind: string; id?: string };
  reason: string;
  madeBy: string;
  recordedBy?: string;
  liftedBy?: string;
}
interface CallAnswer {
  state: string;
  authorization: { state: string };
  directives: { type: string; reason: string }[];
}

describe('stops', () => {
  let app: TestApp;
  let second: TestApp;
  let bank: Bank;
  const open: LiveClient[] = [];
  beforeAll(async () => {
    app = await startApp({ now: NOW });
    second = await startApp({ now: NOW, database: app.database, dataDir: app.dataDir });
    bank = await openBank(app);
    await runCampaign(bank, { id: 'autumn-card', line: 'loans' } as Parameters<typeof runCampaign>[1]);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()));
    // Nothing that a test stopped stands for the next one.
    app.clock.advance(1);
    second.clock.advance(1);
    const { items } = await expectStatus<{ items: StopAnswer[] }>(
      200,
      bank.cast.officer.get('/v1/stops?state=standing'),
    );
    for (const { id } of items) await lift(id);
    app.clock.advance(1);
    second.clock.advance(1);
  });
  afterAll(async () => {
    await second.close();
    await app.close();
  });

  const stop = (body: Record<string, unknown>, by: HttpCaller = bank.cast.officer) =>
    expectStatus<StopAnswer>(
      201,
      by.post('/v1/stops', { live: 'end', reason: 'Too many complaints.', ...body }),
    );
  const lift = async (id: string): Promise<void> => {
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      bank.cast.officer.post(`/v1/stops/${id}/lift`, { reason: 'All is well.' }),
    );
    await expectStatus(200, bank.cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
  };
  const allowed = async (more: Record<string, unknown> = {}): Promise<Answered & { to: string }> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const answer = await ask(bank, to, more);
    expect(answer.outcome).toBe('allow');
    return { ...answer, to };
  };
  const askAt = async (where: TestApp, by: HttpCaller, more: Record<string, unknown> = {}) => {
    const to = freshNumber();
    await consent(bank, { number: to });
    return expectStatus<Answered>(
      200,
      where.as(by.key ?? '').post('/v1/calls/authorize', question(bank, to, more)),
    );
  };
  const callOf = (callId: string) => expectStatus<CallAnswer>(200, bank.dialer.get(`/v1/calls/${callId}`));
  const report = (callId: string, type: string, at = AT) =>
    expectStatus<{ directives: { type: string }[] }>(
      200,
      bank.dialer.post(`/v1/calls/${callId}/events`, { type, at }),
    );
  const redeem = (answer: Answered & { to: string }, where = app) =>
    where.as(bank.cast.carrier.key ?? '').post<ProblemBody>('/v1/authorizations/redeem', {
      token: answer.authorization?.token,
      to: answer.to,
      callerId: bank.callerId,
    });

  it('binds the next decision of every process, and names itself to whoever may know', async () => {
    await allowed();
    const { id, ...rest } = await stop({ scope: { kind: 'all' }, reason: 'Call +8613800138001 back.' });
    expect(rest).toMatchObject({
      state: 'standing',
      scope: { kind: 'all' },
      madeBy: 'client',
      recordedBy: bank.cast.officer.id,
      reason: 'Call ‹number› back.',
    });
    for (const where of [second, app]) {
      const answer = await askAt(where, bank.dialer);
      expect([answer.outcome, codesOf(answer)]).toEqual(['deny', ['STOPPED']]);
      expect(answer.reasons[0]).toMatchObject({
        rule: 'engine-stops',
        detail: expect.stringContaining(id) as string,
      });
    }
    const previewed = await expectStatus<Answered>(
      200,
      bank.dialer.post('/v1/calls/preview', { ...question(bank, freshNumber()), external: undefined }),
    );
    expect(codesOf(previewed)).toContain('STOPPED');
  });

  it('is none of a vendor’s business: its dialer learns that it may not call', async () => {
    await stop({ scope: { kind: 'vendor', id: 'vendor-7' } });
    const answer = await askAt(second, bank.vendorDialer, { campaignId: bank.vendorCampaignId });
    expect([answer.outcome, codesOf(answer)]).toEqual(['deny', ['NOT_CALLABLE']]);
    expect(JSON.stringify(answer)).not.toMatch(/stop|complaint/i);
    expect((await askAt(app, bank.dialer)).outcome).toBe('allow');
  });

  it.each<[string, string, boolean]>([
    ['entity', 'bank', true],
    ['line', 'cards', true],
    ['line', 'CARDS', true],
    ['line', 'loans', false],
    ['campaign', 'spring-card', true],
    ['campaign', 'autumn-card', false],
    ['vendor', 'vendor-7', false],
    ['callerId', 'main-line', true],
    ['country', 'CN', true],
    ['country', 'US', false],
    ['subdivision', 'CN-NX', false],
    ['purpose', 'marketing', true],
    ['purpose', 'service', false],
  ])('of the %s %s reaches a call of spring-card: %p', async (kind, id, expected) => {
    const before = await allowed();
    await stop({ scope: { kind, id } });
    const answer = await askAt(second, bank.dialer);
    expect(codesOf(answer)).toEqual(expected ? ['STOPPED'] : []);
    // And it takes back what was allowed before, where it reaches that.
    expect((await callOf(before.callId)).state).toBe(expected ? 'void' : 'authorized');
    const redeemed = await redeem(before, second);
    expect([redeemed.status, redeemed.body['reason']]).toEqual(expected ? [409, 'void'] : [200, undefined]);
  });

  it('reaches whoever is known to be there, also by an address', async () => {
    const to = freshNumber();
    await expectStatus(
      201,
      bank.cast.officer.put('/v1/people/C-nx', { numbers: [to], subdivision: 'CN-NX' }),
    );
    await consent(bank, { customerId: 'C-nx' });
    const before = { ...(await ask(bank, to)), to };
    expect(before.outcome).toBe('allow');
    await stop({ scope: { kind: 'subdivision', id: 'CN-NX' } });
    expect((await redeem(before, second)).body['reason']).toBe('void');
    expect((await askAt(second, bank.dialer)).outcome).toBe('allow');
  });

  it('takes back tokens for good: neither a retry nor its lift brings one back', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const asked = question(bank, to);
    const first = await expectStatus<Answered>(200, bank.dialer.post('/v1/calls/authorize', asked));
    const { id } = await stop({ scope: { kind: 'campaign', id: bank.campaignId }, live: 'finish' });
    const again = () => second.as(bank.dialer.key ?? '').post<ProblemBody>('/v1/calls/authorize', asked);
    expect(await again()).toMatchObject({ status: 409, body: { code: 'AUTHORIZATION_ENDED' } });
    app.clock.advance(1);
    second.clock.advance(1);
    await lift(id);
    expect(await again()).toMatchObject({ status: 409, body: { code: 'AUTHORIZATION_ENDED' } });
    expect((await redeem({ ...first, to })).body['reason']).toBe('void');
    expect((await askAt(second, bank.dialer)).outcome).toBe('allow');
  });

  it('ends by itself, and binds until then', async () => {
    const until = new Date(app.clock.now() + 60_000).toISOString();
    const { id } = await stop({ scope: { kind: 'all' }, until });
    app.clock.advance(59_999);
    second.clock.advance(59_999);
    expect(codesOf(await askAt(second, bank.dialer))).toEqual(['STOPPED']);
    app.clock.advance(1);
    second.clock.advance(1);
    expect((await askAt(second, bank.dialer)).outcome).toBe('allow');
    expect((await expectStatus<StopAnswer>(200, bank.cast.auditor.get(`/v1/stops/${id}`))).state).toBe(
      'ended',
    );
    const late = await bank.cast.officer.post(`/v1/stops/${id}/lift`, { reason: 'x' });
    expect([late.status, late.body.code]).toEqual([409, 'CONFLICT']);
  });

  it('ends every call of its scope that is in progress, within a second on another process', async () => {
    const at = new Date(app.clock.now()).toISOString();
    const [spoken, other, vendors] = [
      await allowed(),
      await allowed({ campaignId: 'autumn-card' }),
      await allowed(),
    ];
    for (const { callId } of [spoken, other, vendors]) await report(callId, 'answered', at);
    const url = await addressOf(second);
    const voiceOf = async ({ callId }: Answered): Promise<LiveClient> => {
      const voice = await LiveClient.open(`${url}/v1/calls/${callId}/live`, { key: bank.dialer.key });
      open.push(voice);
      return voice;
    };
    const [voice, untouched] = [await voiceOf(spoken), await voiceOf(other)];
    const since = performance.now();
    await stop({ scope: { kind: 'line', id: 'cards' } });
    expect((await voice.next()).directives).toEqual([
      { type: 'end_call', reason: 'The authorization of this call was withdrawn.' },
    ]);
    expect(performance.now() - since).toBeLessThan(1_000);
    expect((await callOf(vendors.callId)).directives).toMatchObject([{ type: 'end_call' }]);
    expect((await report(vendors.callId, 'disclosure_played', at)).directives).toMatchObject([
      { type: 'end_call' },
    ]);
    // Another line goes on: the first word its voice hears is the answer to its own report.
    expect(await untouched.ask({ seq: 1, type: 'disclosure_played', at })).toEqual({
      ack: 1,
      directives: [],
    });
  });

  it('lets answered calls finish where it says so, and no others', async () => {
    const at = new Date(app.clock.now()).toISOString();
    const [answered, ringing] = [await allowed(), await allowed()];
    await report(answered.callId, 'answered', at);
    await report(ringing.callId, 'ringing', at);
    app.clock.advance(1);
    second.clock.advance(1);
    await stop({ scope: { kind: 'all' }, live: 'finish' });
    expect((await callOf(answered.callId)).directives).toEqual([]);
    expect((await report(answered.callId, 'disclosure_played', at)).directives).toEqual([]);
    expect((await callOf(ringing.callId)).directives).toMatchObject([{ type: 'end_call' }]);
  });

  it('counts a call that is placed afterwards as unauthorized', async () => {
    const { callId } = await allowed();
    await stop({ scope: { kind: 'all' }, live: 'finish' });
    const at = new Date(app.clock.now()).toISOString();
    expect((await report(callId, 'placed', at)).directives).toMatchObject([{ type: 'end_call' }]);
    const { flags } = await expectStatus<{ flags: string[] }>(200, bank.dialer.get(`/v1/calls/${callId}`));
    expect(flags).toEqual(['UNAUTHORIZED_CALL']);
  });

  it('is lifted by two persons only, with the words of who asked before the one who decides', async () => {
    const { officer, otherOfficer, marketing, auditor } = bank.cast;
    const { id } = await stop({ scope: { kind: 'all' } });
    const asked = await expectStatus<{ approvalId: string }>(
      202,
      officer.post(`/v1/stops/${id}/lift`, { reason: 'Solved with +8613800138001.' }),
    );
    const approve = (by: HttpCaller) =>
      by.post<ProblemBody & StopAnswer>(`/v1/approvals/${asked.approvalId}/approve`, {});
    expect((await approve(officer)).body.code).toBe('SAME_PERSON');
    expect((await approve(marketing)).status).toBe(403);
    expect((await officer.post(`/v1/stops/${id}/lift`, { reason: 'again' })).status).toBe(409);
    expect(codesOf(await askAt(second, bank.dialer))).toEqual(['STOPPED']);
    const shown = await expectStatus<{ after: { reason: string } }>(
      200,
      otherOfficer.get(`/v1/approvals/${asked.approvalId}`),
    );
    expect(shown.after.reason).toBe('Solved with ‹number›.');
    expect((await approve(otherOfficer)).status).toBe(200);
    expect((await askAt(second, bank.dialer)).outcome).toBe('allow');
    expect(await expectStatus<StopAnswer>(200, auditor.get(`/v1/stops/${id}`))).toMatchObject({
      state: 'lifted',
      liftedBy: otherOfficer.id,
      approvalId: asked.approvalId,
    });
    const events = await queryRows<{ type: string }>(
      app.database,
      `SELECT type FROM events WHERE clear->>'id' = '${id}' ORDER BY type`,
    );
    expect(events.map(({ type }) => type)).toEqual([
      'stop.lift_requested.v1',
      'stop.lifted.v1',
      'stop.recorded.v1',
    ]);
    expect((await officer.post(`/v1/stops/${id}/lift`, { reason: 'again' })).status).toBe(409);
  });

  it('is made by any role that may refuse, by a vendor only for itself, and of nothing that is not there', async () => {
    const body = { scope: { kind: 'campaign', id: 'autumn-card' }, live: 'finish', reason: 'x' };
    for (const role of ['care', 'dialer', 'carrier'] as const) await stop(body, bank.cast[role]);
    const own = await stop({ scope: { kind: 'vendor', id: 'vendor-7' } }, bank.vendorDialer);
    const ofCampaign = await stop(
      { scope: { kind: 'campaign', id: bank.vendorCampaignId } },
      bank.vendorDialer,
    );
    const by = (caller: HttpCaller, scope: unknown, more = {}) =>
      caller.post<ProblemBody>('/v1/stops', { live: 'end', reason: 'x', scope, ...more });
    expect((await by(bank.vendorDialer, { kind: 'all' })).status).toBe(403);
    expect((await by(bank.vendorDialer, { kind: 'campaign', id: 'autumn-card' })).body.errors).toMatchObject([
      { pointer: '/scope/id', code: 'UNKNOWN_SCOPE' },
    ]);
    const { officer } = bank.cast;
    for (const scope of [
      { kind: 'all', id: 'x' },
      { kind: 'entity' },
      { kind: 'entity', id: 'nowhere' },
      { kind: 'callerId', id: '95588' },
      { kind: 'country', id: 'XX' },
      { kind: 'subdivision', id: 'XX-NX' },
      { kind: 'subdivision', id: 'CN-64' },
      { kind: 'subdivision', id: 'CN-NY' },
      { kind: 'purpose', id: 'selling' },
    ]) {
      expect((await by(officer, scope)).body.errors).toMatchObject([{ pointer: '/scope/id' }]);
    }
    expect((await by(officer, { kind: 'all' }, { until: AT })).body.errors).toMatchObject([
      { pointer: '/until' },
    ]);
    const { items } = await expectStatus<{ items: StopAnswer[] }>(
      200,
      officer.get('/v1/stops?state=standing'),
    );
    expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining([own.id, ofCampaign.id]));
    expect(items).toHaveLength(5);
    const nothing = '0193a000-0000-7000-8000-000000000000';
    expect((await officer.get(`/v1/stops/${nothing}`)).status).toBe(404);
    expect((await officer.post(`/v1/stops/${nothing}/lift`, { reason: 'x' })).status).toBe(404);
    const page = await expectStatus<{ items: StopAnswer[]; nextCursor: string }>(
      200,
      officer.get('/v1/stops?state=standing&limit=2'),
    );
    const rest = await expectStatus<{ items: StopAnswer[] }>(
      200,
      officer.get(`/v1/stops?state=standing&limit=3&cursor=${page.nextCursor}`),
    );
    expect([...page.items, ...rest.items]).toEqual(items);
  });
});
