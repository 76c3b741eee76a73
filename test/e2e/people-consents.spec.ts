import { type Cast, startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { expectStatus } from '../support/http';

interface Consents {
  current: { id: string; purposes: string[]; channels: string[]; scope: { kind: string; id: string } }[];
  events: { id: string; kind: string; backDated: boolean; at: string; receiptId?: string }[];
}
interface Preference {
  id: string;
  state: string;
  quietUntil?: string;
  hours?: unknown;
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

const consentBody = (more: object) => ({
  purposes: ['marketing', 'survey'],
  channels: ['voice_ai', 'sms'],
  attributes: { express: true },
  grantedAt: '2026-11-01T10:00:00+08:00',
  evidence: { textVersion: 'terms-3', textSha256: 'b'.repeat(64), source: 'branch' },
  ...more,
});

const search = (body: object): Promise<Consents> =>
  expectStatus(200, cast.marketing.post('/v1/consents/search', body));

const withdraw = (body: object): Promise<{ id: string; receiptId: string }> =>
  expectStatus(201, cast.care.post('/v1/consents/withdraw', { method: 'hotline', ...body }));

describe('POST /v1/consents', () => {
  it('gives to the default entity, marks what is late, and allows the call', async () => {
    const number = freshNumber();
    const made = await expectStatus(201, cast.marketing.post('/v1/consents', consentBody({ number })));
    expect(made).toMatchObject({ scope: { kind: 'entity', id: 'bank' }, backDated: true });
    expect((await ask(bank, number)).outcome).toBe('allow');
    const { current, events } = await search({ number });
    expect(current).toMatchObject([{ purposes: ['marketing', 'survey'], channels: ['voice_ai', 'sms'] }]);
    expect(events).toMatchObject([{ kind: 'granted', backDated: true }]);
  });

  it('reads back with its evidence', async () => {
    const number = freshNumber();
    const { id } = await expectStatus<{ id: string }>(
      201,
      cast.marketing.post('/v1/consents', consentBody({ number, grantedAt: MORNING })),
    );
    expect(await expectStatus(200, cast.auditor.get(`/v1/consents/${id}`))).toMatchObject({
      id,
      kind: 'granted',
      backDated: false,
      evidence: { textVersion: 'terms-3', textSha256: 'b'.repeat(64) },
    });
  });

  it.each([
    ['from the future', { grantedAt: '2026-11-24T10:05:01+08:00' }, '/grantedAt'],
    ['that ends before it begins', { expiresAt: '2026-11-01T10:00:00+08:00' }, '/expiresAt'],
    ['to nobody', { scope: { kind: 'entity', id: 'nobody' } }, '/scope/id'],
    ['to no purpose', { purposes: [] }, '/purposes'],
    ['to an unknown channel', { channels: ['fax'] }, '/channels/0'],
    ['of an unknown kind', { attributes: { spoken: true } }, '/attributes/spoken'],
    ['without its text', { evidence: { source: 'app' } }, '/evidence/textVersion'],
  ])('refuses one %s', async (_, more, pointer) => {
    const answer = await cast.marketing.post('/v1/consents', consentBody({ number: freshNumber(), ...more }));
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  it('takes one that is five minutes ahead', async () => {
    const body = consentBody({ number: freshNumber(), grantedAt: later(300_000) });
    expect((await cast.marketing.post('/v1/consents', body)).status).toBe(201);
  });
});

describe('POST /v1/consents/withdraw', () => {
  it('refuses the next call, voids the last token, and leaves a receipt', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { authorization } = await ask(bank, number);
    const { id, receiptId } = await withdraw({ number });
    const redeem = { token: authorization?.token, to: number, callerId: bank.callerId };
    expect(await cast.carrier.post('/v1/authorizations/redeem', redeem)).toMatchObject({ status: 409 });
    expect(codesOf(await ask(bank, number))).toContain('CONSENT_WITHDRAWN');
    expect((await search({ number })).current).toEqual([]);
    expect(await expectStatus(200, cast.care.get(`/v1/receipts/${receiptId}`))).toMatchObject({
      kind: 'consent_withdrawal',
      id,
    });
  });

  it('takes back what it names and nothing else', async () => {
    const number = freshNumber();
    await expectStatus(201, cast.marketing.post('/v1/consents', consentBody({ number })));
    await withdraw({ number, purposes: ['survey'], channels: ['sms'] });
    const { current } = await search({ number });
    expect(current.map(({ purposes, channels }) => [purposes, channels])).toEqual([
      [['marketing'], ['voice_ai', 'sms']],
      [['survey'], ['voice_ai']],
    ]);
    expect((await ask(bank, number)).outcome).toBe('allow');
  });

  it('wins at the same instant, and a consent given later counts again', async () => {
    const number = freshNumber();
    await withdraw({ number });
    await expectStatus(
      201,
      cast.marketing.post('/v1/consents', consentBody({ number, grantedAt: later(0) })),
    );
    expect(codesOf(await ask(bank, number))).toContain('CONSENT_WITHDRAWN');
    app.clock.advance(1_000);
    await expectStatus(
      201,
      cast.marketing.post('/v1/consents', consentBody({ number, grantedAt: later(0) })),
    );
    expect((await ask(bank, number)).outcome).toBe('allow');
  });

  it('of one member of a household leaves the other’s consent alone', async () => {
    const number = freshNumber();
    for (const customerId of ['H-1', 'H-2']) {
      await expectStatus(201, cast.officer.put(`/v1/people/${customerId}`, { numbers: [number] }));
      await consent(bank, { customerId });
    }
    await withdraw({ customerId: 'H-1' });
    expect(codesOf(await ask(bank, number, { customerId: 'H-1' }))).toContain('CONSENT_WITHDRAWN');
    expect((await ask(bank, number, { customerId: 'H-2' })).outcome).toBe('allow');
  });

  it('by a household’s number speaks for both, and not for whom they share other numbers with', async () => {
    const [shared, second] = [freshNumber(), freshNumber()];
    await expectStatus(201, cast.officer.put('/v1/people/W-1', { numbers: [shared] }));
    await expectStatus(201, cast.officer.put('/v1/people/W-2', { numbers: [shared, second] }));
    await expectStatus(201, cast.officer.put('/v1/people/W-3', { numbers: [second] }));
    for (const customerId of ['W-1', 'W-2', 'W-3']) await consent(bank, { customerId });
    await withdraw({ number: shared });
    expect(codesOf(await ask(bank, shared, { customerId: 'W-1' }))).toContain('CONSENT_WITHDRAWN');
    expect(codesOf(await ask(bank, second, { customerId: 'W-2' }))).toContain('CONSENT_WITHDRAWN');
    expect((await ask(bank, second, { customerId: 'W-3' })).outcome).toBe('allow');
  });

  it('is refused from the future', async () => {
    const body = { number: freshNumber(), method: 'app', at: later(301_000) };
    expect(await cast.care.post('/v1/consents/withdraw', body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/at' }] },
    });
  });
});

describe('POST /v1/consents/search', () => {
  it('tells what was true then, and what was known then', async () => {
    const number = freshNumber();
    const before = later(0);
    app.clock.advance(1_000);
    await expectStatus(201, cast.marketing.post('/v1/consents', consentBody({ number })));
    const given = later(0);
    app.clock.advance(1_000);
    await withdraw({ number });
    app.clock.advance(1_000);
    expect((await search({ number })).current).toHaveLength(0);
    expect((await search({ number, asOf: given })).current).toHaveLength(1);
    // It was given in early November and learned of today.
    expect((await search({ number, asOf: before })).current).toHaveLength(1);
    expect((await search({ number, knownAt: before })).events).toHaveLength(0);
    expect((await search({ number, knownAt: given })).current).toHaveLength(1);
    expect((await search({ number, asOf: '2026-10-31T00:00:00Z' })).current).toHaveLength(0);
  });

  it('knows nothing of a stranger', async () => {
    expect(await search({ number: freshNumber() })).toEqual({ current: [], events: [] });
  });
});

describe('POST /v1/preferences', () => {
  const prefer = (body: object): Promise<{ id: string; receiptId: string }> =>
    expectStatus(201, cast.care.post('/v1/preferences', body));

  it('narrow together and bind the next call', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    await prefer({ number, hours: [{ days: ['tue'], from: '09:00', to: '12:00' }] });
    expect((await ask(bank, number)).outcome).toBe('allow');
    const other = freshNumber();
    await consent(bank, { number: other });
    await prefer({ number: other, hours: [{ days: ['tue'], from: '09:00', to: '12:00' }] });
    await prefer({ number: other, hours: [{ days: ['tue'], from: '10:30', to: '24:00' }] });
    expect(await ask(bank, other)).toMatchObject({ outcome: 'defer', reasons: [{ code: 'QUIET_TIME' }] });
    const silent = freshNumber();
    await consent(bank, { number: silent });
    await prefer({ number: silent, noAiVoice: true });
    expect(codesOf(await ask(bank, silent))).toEqual(['AI_VOICE_BARRED']);
  });

  it('void a token that was given before', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { authorization } = await ask(bank, number);
    await prefer({ number, quietUntil: later(3_600_000) });
    const redeem = { token: authorization?.token, to: number, callerId: bank.callerId };
    expect(await cast.carrier.post('/v1/authorizations/redeem', redeem)).toMatchObject({ status: 409 });
  });

  it('leave a call alone in which they are said', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { callId } = await ask(bank, number);
    const report = (type: string) =>
      expectStatus<{ directives: { type: string }[] }>(
        200,
        bank.dialer.post(`/v1/calls/${callId}/events`, { type, at: later(0) }),
      );
    await report('placed');
    await prefer({ number, noAiVoice: true });
    const before = (await report('answered')).directives.map((directive) => directive.type);
    expect(before).not.toContain('end_call');
    await expectStatus(201, cast.care.post('/v1/suppressions', { number, source: 'customer', reason: 'no' }));
    const after = (await report('ringing')).directives.map((directive) => directive.type);
    expect(after).toContain('end_call');
  });

  it('choose the language of a confirmation', async () => {
    const number = freshNumber();
    await prefer({ number, language: 'es-MX' });
    const wish = { number, source: 'customer', reason: 'no' };
    const made = await expectStatus<{ confirmation: string }>(201, cast.care.post('/v1/suppressions', wish));
    expect(made.confirmation).toContain('Su petición');
    // A vendor is told nothing of the person, not even this.
    const heard = bank.vendorDialer.post<{ confirmation: string }>('/v1/suppressions', wish);
    expect((await expectStatus(201, heard)).confirmation).toContain('您的要求');
    const customers = await Promise.all(
      ['P-spanish', 'P-nobody'].map(async (customerId) => {
        if (customerId === 'P-spanish') await prefer({ customerId, language: 'es' });
        const made = bank.vendorDialer.post<{ confirmation: string }>('/v1/suppressions', {
          ...wish,
          number: undefined,
          customerId,
        });
        return (await expectStatus(201, made)).confirmation;
      }),
    );
    expect(customers[0]).toBe(customers[1]);
  });

  it('are withdrawn by two persons on the person’s own word', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { id, receiptId } = await prefer({ number, quietUntil: later(86_400_000) });
    const words = { reason: 'back from hospital', evidence: { recording: 'r-1' } };
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      cast.officer.post(`/v1/preferences/${id}/withdraw`, words),
    );
    expect(codesOf(await ask(bank, number))).toEqual(['QUIET_TIME']);
    await expectStatus(200, cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
    expect((await ask(bank, number)).outcome).toBe('allow');
    const found = await expectStatus<{ items: Preference[] }>(
      200,
      cast.auditor.post('/v1/preferences/search', { number }),
    );
    expect(found.items).toMatchObject([{ id, state: 'withdrawn' }]);
    expect(found.items[0]?.quietUntil).toBeDefined();
    expect(await expectStatus(200, cast.care.get(`/v1/receipts/${receiptId}`))).toMatchObject({
      kind: 'preference',
      id,
    });
    expect((await cast.officer.post(`/v1/preferences/${id}/withdraw`, words)).status).toBe(409);
  });

  it.each([
    ['that says nothing', {}, ''],
    ['that would widen', { noAiVoice: false }, '/noAiVoice'],
    ['that nothing honours', { noProfiling: true, noAiVoice: true }, '/noProfiling'],
    ['of an hour that is over', { quietUntil: MORNING }, '/quietUntil'],
    ['of hours over midnight', { hours: [{ days: ['mon'], from: '22:00', to: '02:00' }] }, '/hours/0/to'],
    ['of no language', { language: '中文' }, '/language'],
  ])('refuses one %s', async (_, body, pointer) => {
    const answer = await cast.care.post('/v1/preferences', { number: freshNumber(), ...body });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });
});
