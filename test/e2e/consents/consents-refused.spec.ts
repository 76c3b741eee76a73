import { type Cast, startApp, type TestApp } from '../../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank, runCampaign } from '../../support/bank';
import { queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';

interface Refusal {
  id: string;
  receiptId: string;
  effectiveAt: string;
  scope: object;
  purposes: string[];
  channels: string[];
  askAgainFrom?: string | null;
  confirmation: string;
}
interface Consents {
  current: object[];
  doNotAsk: {
    id: string;
    askAgainFrom: string | null;
    purposes: string[];
    channels: string[];
    except?: object[];
  }[];
  events: { kind: string }[];
}

const MORNING = '2026-11-24T10:00:00+08:00';

let app: TestApp;
let bank: Bank;
let cast: Cast;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: { DEFAULT_ENTITY: 'bank' } });
  bank = await openBank(app);
  cast = bank.cast;
});
afterAll(() => app.close());

const later = (ms: number): string => new Date(app.clock.now() + ms).toISOString();
const refuse = (body: object): Promise<Refusal> =>
  expectStatus(201, cast.care.post('/v1/consents/refused', body));
const search = (body: object): Promise<Consents> =>
  expectStatus(200, cast.marketing.post('/v1/consents/search', body));

describe('POST /v1/consents/refused', () => {
  it('is one call for every role that hears refusals, and no other', async () => {
    for (const role of ['dialer', 'marketing', 'care', 'compliance', 'carrier'] as const) {
      const { receiptId, id } = await expectStatus<Refusal>(
        201,
        cast[role].post('/v1/consents/refused', { number: freshNumber(), at: later(-60_000) }),
      );
      expect(await expectStatus(200, cast[role].get(`/v1/receipts/${receiptId}`))).toMatchObject({
        kind: 'consent_refusal',
        id,
        content: { refused: true },
      });
    }
    for (const role of ['auditor', 'admin'] as const) {
      expect((await cast[role].post('/v1/consents/refused', { number: freshNumber() })).status).toBe(403);
    }
  });

  it('says what was recorded, and that nobody in China asks again', async () => {
    const number = freshNumber();
    const told = await refuse({ number, evidence: { recording: 'r-1' }, method: 'app' });
    expect(told).toMatchObject({
      scope: { kind: 'group' },
      purposes: ['marketing', 'survey'],
      channels: ['voice_ai', 'voice_human', 'sms'],
      askAgainFrom: null,
      confirmation: '您的答复已登记：您不同意。我们不会再次征求您的同意。',
    });
    expect(await search({ number })).toMatchObject({
      current: [],
      doNotAsk: [{ id: told.id, askAgainFrom: null, purposes: ['marketing', 'survey'] }],
      events: [{ kind: 'refused', id: told.id }],
    });
    expect(await expectStatus(200, cast.auditor.get(`/v1/consents/${told.id}`))).toMatchObject({
      kind: 'refused',
      method: 'app',
      evidence: { recording: 'r-1' },
    });
  });

  it('elsewhere asks again after 180 days', async () => {
    const number = '+819012345678';
    const { askAgainFrom, confirmation } = await refuse({ number });
    expect(askAgainFrom).toBe(later(180 * 86_400_000));
    expect(confirmation).toBe('Your answer is recorded: you do not consent.');
    expect((await search({ number })).doNotAsk).toMatchObject([{ askAgainFrom }]);
    const { doNotAsk } = await search({ number, asOf: later(0) });
    expect(doNotAsk).toHaveLength(1);
  });

  it('refuses the next call and voids the last token', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { authorization } = await ask(bank, number);
    await refuse({ number });
    const redeem = { token: authorization?.token, to: number, callerId: bank.callerId };
    expect((await cast.carrier.post('/v1/authorizations/redeem', redeem)).status).toBe(409);
    const refused = await ask(bank, number);
    expect([refused.outcome, ...codesOf(refused)]).toEqual([
      'deny',
      'CALL_IN_PROGRESS',
      'CONSENT_WITHDRAWN',
      'REFUSAL_COOLDOWN',
    ]);
    expect(refused.reasons.at(-1)).toMatchObject({ rule: 'cn-cooldown-consent-refused' });
    expect(refused.reasons.at(-1)?.until).toBeUndefined();
  });

  it('binds until the person consents unasked, and as far as that consent reaches', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    await refuse({ number });
    app.clock.advance(1_000);
    await consent(bank, { number }, { grantedAt: later(0) });
    expect((await ask(bank, number)).outcome).toBe('allow');
    const { doNotAsk } = await search({ number });
    const bankOnly = [{ kind: 'entity', id: 'bank' }];
    expect(doNotAsk.map(({ purposes, channels, except }) => [purposes, channels, except])).toEqual([
      [['marketing'], ['voice_ai', 'voice_human'], bankOnly],
      [['marketing'], ['sms'], undefined],
      [['survey'], ['voice_ai', 'voice_human', 'sms'], undefined],
    ]);
  });

  it('of somebody who had never consented is no withdrawal, and refuses all the same', async () => {
    const number = freshNumber();
    await refuse({ number, channels: ['voice_ai'], scope: { kind: 'entity', id: 'bank' } });
    expect(codesOf(await ask(bank, number))).toEqual(['CONSENT_MISSING', 'REFUSAL_COOLDOWN']);
    await runCampaign(bank, { id: 'service-line', purpose: 'service' });
    expect((await ask(bank, number, { campaignId: 'service-line' })).outcome).toBe('allow');
  });

  it('tells a vendor nothing of the person, neither in its answer nor in the next decision', async () => {
    const number = freshNumber();
    await expectStatus(201, cast.care.post('/v1/preferences', { number, language: 'es' }));
    const body = { number, at: later(0), method: 'in-call' };
    const told = await expectStatus<Refusal>(201, bank.vendorDialer.post('/v1/consents/refused', body));
    expect(Object.keys(told)).not.toContain('askAgainFrom');
    expect(told.confirmation).toBe('您的答复已登记：您不同意。');
    const question = { to: number, campaignId: bank.vendorCampaignId, callerId: bank.callerId };
    const answer = await expectStatus<{ reasons: { code: string }[] }>(
      200,
      bank.vendorDialer.post('/v1/calls/authorize', { ...question, external: { callId: 'v-1' } }),
    );
    expect(codesOf(answer)).toEqual(['NOT_CALLABLE']);
  });

  it('is recorded once for one Idempotency-Key, sealed, and by one event', async () => {
    const number = freshNumber();
    const key = { 'idempotency-key': '"no-1"' };
    const body = { number, method: `said by ${number}` };
    const [first, second] = [
      await cast.care.post<Refusal>('/v1/consents/refused', body, key),
      await cast.care.post<Refusal>('/v1/consents/refused', body, key),
    ];
    expect(second.body).toEqual(first.body);
    const events = await queryRows<{ clear: object }>(
      app.database,
      `SELECT clear FROM events WHERE type = 'consent.refused.v1' AND clear->>'consentId' = $1`,
      [first.body.id],
    );
    expect(events).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain(number.slice(3));
  });

  it.each([
    ['from nobody', { number: undefined }, ''],
    ['from the future', { at: '2026-11-24T10:05:01+08:00' }, '/at'],
    ['to no purpose', { purposes: [] }, '/purposes'],
    ['to an unknown channel', { channels: ['fax'] }, '/channels/0'],
    ['about nothing', { scope: { kind: 'line' } }, '/scope/id'],
    ['with unknown words', { reason: 'x' }, '/reason'],
    ['by a number that is none', { number: '12345' }, '/number'],
  ])('refuses one %s, and changes nothing', async (_, more, pointer) => {
    app.clock.set(Date.parse(MORNING));
    const count = 'SELECT count(*) FROM consent_events';
    const before = await queryRows(app.database, count);
    const answer = await cast.care.post('/v1/consents/refused', { number: freshNumber(), ...more });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(await queryRows(app.database, count)).toEqual(before);
  });
});
