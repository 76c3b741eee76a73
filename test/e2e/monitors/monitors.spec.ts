import { HOUR, MINUTE, SECOND } from '../../../src/domain/time/instant';
import { RunMonitors } from '../../../src/services/monitors/run-monitors';
import { type TestApp, startApp } from '../../support/app';
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
import { eventually } from '../../support/proofs/eventually';
import { type ReceivedEvent } from '../../support/subscriber/subscriber';
import { WebhookStage } from '../../support/subscriber/webhook-stage';

const NOW = '2026-11-24T10:00:00+08:00';
const REFUSED = 'refused-card';

interface MonitorAnswer {
  id: string;
  threshold: number;
  minSample: number;
  windowHours: number;
  setBy: string;
  version: number;
  source: string;
  watched: {
    scope: { kind: string; id: string };
    value: number;
    count: number;
    sample: number;
    since: string;
    stopId?: string;
  }[];
}
interface StopAnswer {
  id: string;
  scope: { kind: string; id: string };
  reason: string;
  madeBy: string;
  state: string;
}

describe('monitors', () => {
  let stage: WebhookStage;
  let app: TestApp;
  let second: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    stage = await WebhookStage.open(['dialer'], {}, { now: NOW });
    app = stage.app;
    second = await startApp({ now: NOW, database: app.database, dataDir: app.dataDir });
    bank = await openBank(app);
  });
  afterAll(async () => {
    await second.close();
    await stage.close();
  });
  afterEach(() => stage.subscriber.reset());

  const advance = (ms: number): void => {
    app.clock.advance(ms);
    second.clock.advance(ms);
  };
  const run = async (where = app) => (await where.part(RunMonitors)).run(app.clock.now());
  const put = (id: string, limits: object, by: HttpCaller = bank.cast.officer) =>
    by.put<MonitorAnswer & ProblemBody & { approvalId: string }>(`/v1/monitors/${id}`, limits);
  const monitor = (id: string, by = bank.cast.auditor) =>
    expectStatus<MonitorAnswer>(200, by.get(`/v1/monitors/${id}`));
  const watched = async (id: string, scopeId: string) =>
    (await monitor(id)).watched.find(({ scope }) => scope.id === scopeId);
  const standing = async (): Promise<StopAnswer[]> =>
    (await expectStatus<{ items: StopAnswer[] }>(200, bank.cast.officer.get('/v1/stops?state=standing')))
      .items;
  const allowed = async (campaignId: string): Promise<Answered & { to: string }> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const answer = await ask(bank, to, { campaignId });
    expect(codesOf(answer)).toEqual([]);
    return { ...answer, to };
  };
  const report = (callId: string, type: string, more: Record<string, unknown> = {}) =>
    expectStatus(
      200,
      bank.dialer.post(`/v1/calls/${callId}/events`, {
        type,
        at: new Date(app.clock.now()).toISOString(),
        ...more,
      }),
    );
  /** A call of the campaign that the customer took up, and refused for good where that is said. */
  const talked = async (campaignId: string, refuses: boolean): Promise<void> => {
    const { callId } = await allowed(campaignId);
    await report(callId, 'answered');
    await report(callId, 'disclosure_played');
    if (refuses) await report(callId, 'refused');
    advance(5 * SECOND);
    await report(callId, 'ended', { seconds: 5, cause: 'done' });
  };
  const lift = async (id: string): Promise<void> => {
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      bank.cast.officer.post(`/v1/stops/${id}/lift`, { reason: 'The list was mended.' }),
    );
    const { body } = await bank.cast.officer.post(`/v1/approvals/${approvalId}/approve`, {});
    expect(body.code).toBe('SAME_PERSON');
    await expectStatus(200, bank.cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
  };

  it('are tightened at once and loosened by two, whoever asks', async () => {
    const shipped = await monitor('refusal_rate');
    expect(shipped).toMatchObject({
      threshold: 0.15,
      minSample: 200,
      windowHours: 96,
      setBy: 'shipped',
      version: 0,
    });
    const tight = { threshold: 0.5, minSample: 4, windowHours: 24 };
    // Looser in one respect is looser.
    expect((await put('refusal_rate', tight)).status).toBe(202);
    const { items } = await expectStatus<{ items: { id: string; after: object }[] }>(
      200,
      bank.cast.otherOfficer.get('/v1/approvals?state=pending'),
    );
    expect(items[0]).toMatchObject({ kind: 'monitor.loosen', after: tight });
    expect((await monitor('refusal_rate')).version).toBe(0);
    const approve = (by: HttpCaller) => by.post(`/v1/approvals/${items[0]?.id}/approve`, {});
    expect((await approve(bank.cast.officer)).body.code).toBe('SAME_PERSON');
    expect((await approve(bank.cast.otherOfficer)).status).toBe(200);
    expect(await monitor('refusal_rate')).toMatchObject({ ...tight, setBy: 'institution', version: 1 });
    const tighter = { ...tight, threshold: 0.4 };
    expect((await put('refusal_rate', tighter)).status).toBe(200);
    expect((await put('refusal_rate', tighter)).body.version).toBe(2);
    expect((await put('refusal_rate', { ...tight, threshold: 2 })).status).toBe(422);
    expect((await put('no_such_rate', tight)).status).toBe(422);
    expect((await put('refusal_rate', tighter, bank.cast.marketing)).status).toBe(403);
    expect((await bank.cast.marketing.get('/v1/monitors')).status).toBe(403);
    const changed = await queryRows<{ clear: object }>(
      app.database,
      `SELECT clear FROM events WHERE type = 'monitor.changed.v1' ORDER BY event_id`,
    );
    expect(changed.map(({ clear }) => clear)).toMatchObject([
      { id: 'refusal_rate', threshold: 0.5, version: 1, by: bank.cast.otherOfficer.id },
      { id: 'refusal_rate', threshold: 0.4, version: 2, by: bank.cast.officer.id },
    ]);
  });

  it('grant a loosening of what the monitor was when it was asked for, and of nothing else', async () => {
    const looser = { threshold: 0.2, minSample: 100, windowHours: 24 };
    const { body } = await put('unreported_allows', looser);
    expect((await put('unreported_allows', { ...looser, threshold: 0.05 })).status).toBe(200);
    const granted = await bank.cast.otherOfficer.post(`/v1/approvals/${body.approvalId}/approve`, {});
    expect([granted.status, granted.body.code]).toEqual([409, 'CONFLICT']);
    expect((await monitor('unreported_allows')).threshold).toBe(0.05);
  });

  it('stop a campaign by themselves once its refusals cross, everywhere and within a second', async () => {
    await runCampaign(bank, { id: REFUSED });
    await stage.subscribe(stage.subscriber.url, ['stop.recorded.v1', 'call.directive.v1', 'flag.raised.v1']);
    await talked(REFUSED, false);
    await talked(REFUSED, true);
    await talked(REFUSED, true);
    // Of three nothing is said yet.
    expect(await run()).toEqual([]);
    expect(await watched('refusal_rate', REFUSED)).toMatchObject({ count: 2, sample: 3 });
    const outstanding = await allowed(REFUSED);
    const talking = await allowed(REFUSED);
    await report(talking.callId, 'answered');
    await report(talking.callId, 'disclosure_played');
    const url = await addressOf(second);
    const voice = await LiveClient.open(`${url}/v1/calls/${talking.callId}/live`, { key: bank.dialer.key });
    const at = new Date(app.clock.now()).toISOString();
    expect(await voice.ask({ seq: 1, type: 'transcript', at, speaker: 'agent', text: '您好' })).toMatchObject(
      { ack: 1 },
    );

    // Two of four are more than 40 %: whichever process looks.
    const since = performance.now();
    const stopped = await run();
    expect((await voice.next()).directives).toMatchObject([{ type: 'end_call' }]);
    expect(performance.now() - since).toBeLessThan(1_500);
    await voice.close();
    expect(stopped).toHaveLength(1);
    expect(await standing()).toMatchObject([
      {
        id: stopped?.[0],
        scope: { kind: 'campaign', id: REFUSED },
        madeBy: 'monitor',
        reason: 'Monitor refusal_rate: 2 of 4 (50.00 %) within 24 hours; at most 40.00 % of 4 or more.',
      },
    ]);
    for (const where of [second, app]) {
      const to = freshNumber();
      await consent(bank, { number: to });
      const body = question(bank, to, { campaignId: REFUSED });
      const answer = await expectStatus<Answered>(
        200,
        where.as(bank.dialer.key ?? '').post('/v1/calls/authorize', body),
      );
      expect(codesOf(answer)).toEqual(['STOPPED']);
    }
    const { authorization, to } = outstanding;
    const redeemed = await second
      .as(bank.cast.carrier.key ?? '')
      .post('/v1/authorizations/redeem', { token: authorization?.token, to, callerId: bank.callerId });
    expect([redeemed.status, redeemed.body['reason']]).toEqual([409, 'void']);
    expect((await allowed(bank.campaignId)).outcome).toBe('allow');

    // Two of them are of the refusals themselves.
    await stage.subscriber.has(6);
    const told = stage.subscriber.received.map(({ body }) => JSON.parse(body) as ReceivedEvent);
    expect(told.map(({ type }) => type).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'call.directive.v1'),
      'flag.raised.v1',
      'stop.recorded.v1',
    ]);
    expect(told.find(({ type }) => type === 'stop.recorded.v1')?.data).toMatchObject({
      id: stopped?.[0],
      scope: 'campaign',
      scopeId: REFUSED,
      madeBy: 'monitor',
    });
    const ended = told.filter(({ type }) => type === 'call.directive.v1').map(({ data }) => data['callId']);
    expect(ended).toEqual(expect.arrayContaining([outstanding.callId, talking.callId]));
    const { items } = await expectStatus<{ items: { id: string }[] }>(
      200,
      bank.cast.officer.get('/v1/flags?kind=monitor_crossed&state=open'),
    );
    expect(await expectStatus(200, bank.cast.officer.get(`/v1/flags/${items[0]?.id}`))).toMatchObject({
      detail: { stopId: stopped?.[0], monitor: 'refusal_rate', count: 2, sample: 4, threshold: 0.4 },
    });
  });

  it('stop once a crossing: what stands is not repeated, however many look', async () => {
    advance(MINUTE);
    expect(await run()).toEqual([]);
    expect(await run(second)).toEqual([]);
    const both = await Promise.all([run(), run(second)]);
    expect(both.flatMap((stops) => stops ?? [])).toEqual([]);
    const seen = await watched('refusal_rate', REFUSED);
    expect(seen).toMatchObject({ count: 2, sample: 4, stopId: (await standing())[0]?.id });
  });

  it('begin anew where two persons let it go on, and stop again only for what comes then', async () => {
    const [first] = await standing();
    await lift(first?.id ?? '');
    expect(await run(second)).toEqual([]);
    expect(await watched('refusal_rate', REFUSED)).toMatchObject({ count: 0, sample: 0, value: 0 });
    for (const refuses of [false, false, true]) await talked(REFUSED, refuses);
    expect(await run()).toEqual([]);
    expect(await watched('refusal_rate', REFUSED)).toMatchObject({ count: 1, sample: 3 });
    // Also over the end of the quarter of an hour in which it was lifted.
    advance(15 * MINUTE);
    await talked(REFUSED, true);
    const [again] = (await run()) ?? [];
    expect(again).toBeDefined();
    const crossings = await queryRows<{
      stop_id: string;
      after_stop_id: string;
      counted: number;
      sample: number;
    }>(
      app.database,
      'SELECT stop_id, after_stop_id, counted, sample FROM monitor_crossings ORDER BY crossed_at',
    );
    expect(crossings).toMatchObject([
      { stop_id: first?.id, counted: 2, sample: 4 },
      { stop_id: again, after_stop_id: first?.id, counted: 2, sample: 4 },
    ]);
    await lift(again ?? '');
  });

  it('stop a vendor that reports nothing, with all of its campaigns', async () => {
    expect((await put('unreported_allows', { threshold: 0.05, minSample: 3, windowHours: 24 })).status).toBe(
      200,
    );
    await runCampaign(bank, { id: 'vendor-two', vendorId: 'vendor-7' });
    const ofVendor = async (campaignId: string, more = {}) => {
      const to = freshNumber();
      await consent(bank, { number: to });
      return expectStatus<Answered>(
        200,
        bank.vendorDialer.post('/v1/calls/authorize', question(bank, to, { campaignId, ...more })),
      );
    };
    // Two of each campaign: too few of either, enough of the vendor.
    for (const campaignId of [bank.vendorCampaignId, 'vendor-two']) {
      for (let index = 0; index < 2; index++) expect((await ofVendor(campaignId)).outcome).toBe('allow');
    }
    const ofVendors = async () => (await standing()).filter(({ scope }) => scope.kind === 'vendor');
    await run();
    expect(await ofVendors()).toEqual([]);
    advance(11 * MINUTE);
    await run(second);
    const stops = await ofVendors();
    expect(stops).toMatchObject([
      {
        scope: { kind: 'vendor', id: 'vendor-7' },
        reason: expect.stringMatching(/^Monitor unreported_allows: 4 of 4/) as string,
      },
    ]);
    const [stopId] = stops.map(({ id }) => id);
    const coarse = await ofVendor('vendor-two');
    expect([coarse.outcome, codesOf(coarse)]).toEqual(['deny', ['NOT_CALLABLE']]);
    await lift(stopId ?? '');
    expect((await ofVendor('vendor-two')).outcome).toBe('allow');
  });

  it('look back their hours and no further', async () => {
    expect((await watched('unreported_allows', 'vendor-two'))?.sample).toBeGreaterThan(0);
    advance(26 * HOUR);
    await run();
    expect(await watched('unreported_allows', 'vendor-two')).toBeUndefined();
    const { items } = await expectStatus<{ items: MonitorAnswer[] }>(
      200,
      bank.cast.officer.get('/v1/monitors'),
    );
    expect(items.map(({ id }) => id)).toHaveLength(6);
    // Thirty days of abandoned calls are seen still.
    expect(items.find(({ id }) => id === 'abandoned_rate')?.watched.map(({ scope }) => scope.id)).toEqual(
      expect.arrayContaining([REFUSED, 'vendor-7']),
    );
  });

  it('are run by every process that is not told to leave it to others', async () => {
    const campaignId = 'silent-card';
    // From the lunch break back into the morning.
    advance(-2 * HOUR);
    await runCampaign(bank, { id: campaignId });
    for (let index = 0; index < 3; index++) await allowed(campaignId);
    advance(11 * MINUTE);
    const now = new Date(app.clock.now()).toISOString();
    const third = await startApp({
      now,
      database: app.database,
      dataDir: app.dataDir,
      env: { MONITOR_SECONDS: '1' },
    });
    try {
      await eventually('the stop of a monitor', () =>
        Promise.resolve(third.logged.some((line) => line.includes('Monitors have stopped'))),
      );
      expect((await standing()).map(({ scope }) => scope.id)).toContain(campaignId);
    } finally {
      await third.close();
    }
  });
});
