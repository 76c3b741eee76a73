import { type Cast, startApp, type TestApp } from '../../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank, runCampaign } from '../../support/bank';
import { queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';

interface Consents {
  current: {
    id: string;
    purposes: string[];
    channels: string[];
    scope: { kind: string; id?: string };
    except?: object[];
    backdated: boolean;
  }[];
  doNotAsk: { id: string; purposes: string[]; channels: string[]; askAgainFrom: string | null }[];
  events: { id: string; kind: string; backDated: boolean; backdated: boolean; at: string; scope?: object }[];
}

const MORNING = '2026-11-24T10:00:00+08:00';
const DAY = 86_400_000;
const BOTH = ['marketing', 'share_to_third_party'];

let app: TestApp;
let bank: Bank;
let cast: Cast;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: { DEFAULT_ENTITY: 'bank' } });
  bank = await openBank(app);
  cast = bank.cast;
});
afterAll(() => app.close());
beforeEach(() => app.clock.set(Date.parse(MORNING)));

const at = (ms: number): string => new Date(Date.parse(MORNING) + ms).toISOString();
const search = (body: object): Promise<Consents> =>
  expectStatus(200, cast.marketing.post('/v1/consents/search', body));
const withdraw = (body: object): Promise<{ id: string; confirmation: string; scope: object }> =>
  expectStatus(201, cast.care.post('/v1/consents/withdraw', { method: 'hotline', ...body }));
const putOfficer = (customerId: string, numbers: string[]): Promise<{ personId: string }> =>
  cast.officer.put<{ personId: string }>(`/v1/people/${customerId}`, { numbers }).then(({ body }) => body);

/** What is current, as told by the counts of each pair of instants. */
const currentAt = async (number: string, when: object): Promise<number> =>
  (await search({ number, ...when })).current.length;

describe('POST /v1/consents/search', () => {
  it('tells what was true then as known now, what was known then, and both at once', async () => {
    const number = freshNumber();
    // Given on 1 March and learned of today at ten; withdrawn on 1 June and learned of an hour later.
    await consent(bank, { number });
    app.clock.advance(3_600_000);
    await withdraw({ number, at: '2026-06-01T10:00:00+08:00' });
    app.clock.advance(3_600_000);
    const [spring, summer] = ['2026-04-01T00:00:00Z', '2026-07-01T00:00:00Z'];
    const [before, between, now] = [at(-1), at(60_000), at(2 * 3_600_000)];
    expect(await currentAt(number, {})).toBe(0);
    expect(await currentAt(number, { asOf: spring })).toBe(1);
    expect(await currentAt(number, { asOf: summer })).toBe(0);
    expect(await currentAt(number, { knownAt: before })).toBe(0);
    expect(await currentAt(number, { knownAt: between })).toBe(1);
    expect(await currentAt(number, { asOf: summer, knownAt: between })).toBe(1);
    expect(await currentAt(number, { asOf: summer, knownAt: now })).toBe(0);
    expect(await currentAt(number, { asOf: spring, knownAt: before })).toBe(0);
    expect((await search({ number, knownAt: between })).events).toHaveLength(1);
  });

  it('follows a consent that is recorded, renewed, narrowed and lapses', async () => {
    const number = freshNumber();
    const given = (grantedAt: string, expiresAt: string) =>
      consent(bank, { number }, { grantedAt, expiresAt });
    await given('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z');
    await given('2026-02-01T00:00:00Z', '2026-12-01T00:00:00Z');
    await withdraw({ number, channels: ['voice_human'], at: '2026-06-01T00:00:00Z' });
    const told = async (asOf: string) =>
      (await search({ number, asOf })).current.map(({ channels }) => channels.join(' ')).sort();
    expect(await told('2025-12-31T00:00:00Z')).toEqual([]);
    expect(await told('2026-01-15T00:00:00Z')).toEqual(['voice_ai voice_human']);
    expect(await told('2026-02-15T00:00:00Z')).toEqual(['voice_ai voice_human', 'voice_ai voice_human']);
    expect(await told('2026-04-01T00:00:00Z')).toEqual(['voice_ai voice_human']);
    expect(await told('2026-07-01T00:00:00Z')).toEqual(['voice_ai']);
    expect((await ask(bank, number)).outcome).toBe('allow');
  });

  it.each(['asOf', 'knownAt'])('refuses a future %s, also about a stranger', async (member) => {
    const known = freshNumber();
    await consent(bank, { number: known });
    for (const number of [known, freshNumber()]) {
      expect(
        await cast.marketing.post('/v1/consents/search', { number, [member]: at(300_001) }),
      ).toMatchObject({
        status: 422,
        body: { code: 'INVALID', errors: [{ pointer: `/${member}`, code: 'FUTURE' }] },
      });
    }
    expect(
      (await cast.marketing.post('/v1/consents/search', { number: known, [member]: at(0) })).status,
    ).toBe(200);
  });

  it('stands in the person’s record, and by personId as by number', async () => {
    const number = freshNumber();
    const { personId } = await putOfficer('S-1', [number]);
    await consent(bank, { customerId: 'S-1' });
    const readings = `SELECT 1 FROM events WHERE subject_id = '${personId}' AND type = 'person.read.v1' AND clear->>'what' = 'consents'`;
    expect(await search({ personId })).toMatchObject({ current: [{ personId }] });
    expect(await queryRows(app.database, readings)).toHaveLength(1);
    expect((await search({ number })).current).toHaveLength(1);
    expect(await queryRows(app.database, readings)).toHaveLength(2);
  });

  it.each([
    ['nobody', {}, ''],
    ['two at once', { number: '+8613912345678', customerId: 'C' }, ''],
    ['no number', { number: '12' }, '/number'],
    ['no time', { number: '+8613912345678', asOf: 'yesterday' }, '/asOf'],
    ['an unknown member', { number: '+8613912345678', page: 1 }, '/page'],
  ])('refuses to look for %s', async (_, body, pointer) => {
    const answer = await cast.marketing.post('/v1/consents/search', body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });
});

describe('a consent that was written down late', () => {
  it.each([
    [DAY, false],
    [DAY + 1, true],
  ])('by %i ms is marked: %s', async (late, backdated) => {
    const number = freshNumber();
    await consent(bank, { number }, { grantedAt: at(-late) });
    expect(await search({ number })).toMatchObject({
      current: [{ backdated }],
      events: [{ backDated: true, backdated }],
    });
    const { callId } = await ask(bank, number);
    const dossier = await expectStatus<{ facts: { subject: { grants: { backdated?: true }[] } } }>(
      200,
      cast.auditor.get(`/v1/audit/calls/${callId}`),
    );
    expect(dossier.facts.subject.grants.map((grant) => grant.backdated)).toEqual([
      backdated ? true : undefined,
    ]);
  });

  it('never revives what was withdrawn between', async () => {
    const number = freshNumber();
    await withdraw({ number, at: '2026-06-01T10:00:00+08:00' });
    await consent(bank, { number }, { grantedAt: '2026-06-01T10:00:00+08:00' });
    expect((await search({ number })).current).toEqual([]);
    expect(codesOf(await ask(bank, number))).toContain('CONSENT_WITHDRAWN');
    await consent(bank, { number }, { grantedAt: '2026-06-01T10:00:00.001+08:00' });
    expect((await search({ number })).current).toHaveLength(1);
    expect((await ask(bank, number)).outcome).toBe('allow');
  });
});

describe('POST /v1/consents/withdraw', () => {
  it('is one call for every role that hears refusals, with a sentence to read out and a receipt', async () => {
    for (const role of ['dialer', 'marketing', 'care', 'compliance', 'carrier'] as const) {
      const number = freshNumber();
      await consent(bank, { number });
      const done = await expectStatus<{ receiptId: string; confirmation: string }>(
        201,
        cast[role].post('/v1/consents/withdraw', { number, method: role }),
      );
      expect(done.confirmation).toBe('您的同意已撤回并立即生效，我们今后不再依据该同意与您联系。');
      expect(await expectStatus(200, cast[role].get(`/v1/receipts/${done.receiptId}`))).toMatchObject({
        kind: 'consent_withdrawal',
      });
      expect(codesOf(await ask(bank, number))).toContain('CONSENT_WITHDRAWN');
    }
    for (const role of ['auditor', 'admin'] as const) {
      const body = { number: freshNumber(), method: role };
      expect((await cast[role].post('/v1/consents/withdraw', body)).status).toBe(403);
    }
  });

  it('takes back what it names: a line, a campaign, an entity, and nothing else', async () => {
    const scopes: [object, boolean][] = [
      [{ kind: 'line', id: 'cards' }, true],
      [{ kind: 'line', id: 'CARDS' }, true],
      [{ kind: 'campaign', id: 'spring-card-v7' }, false],
      [{ kind: 'entity', id: 'bank' }, true],
      [{ kind: 'group' }, true],
    ];
    for (const [scope, binds] of scopes) {
      const number = freshNumber();
      await consent(bank, { number });
      const { authorization } = await ask(bank, number);
      const done = await withdraw({ number, scope });
      const redeem = { token: authorization?.token, to: number, callerId: bank.callerId };
      const { status } = await cast.carrier.post('/v1/authorizations/redeem', redeem);
      expect([scope, status]).toEqual([scope, binds ? 409 : 200]);
      const isRefused = codesOf(await ask(bank, number)).includes('CONSENT_WITHDRAWN');
      expect([scope, isRefused]).toEqual([scope, binds]);
      const { current } = await search({ number });
      const narrower = 'id' in scope && done.scope && !('id' in scope && scope.id === 'bank');
      expect(current.map(({ except }) => except)).toEqual(narrower ? [[done.scope]] : []);
    }
  });

  it('binds the whole group where a hotline passes on a name that nobody knows, and tells an officer', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const scope = { kind: 'line', id: 'mortgages' };
    expect(await cast.officer.post('/v1/consents/withdraw', { number, scope, method: 'x' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/scope/id', code: 'UNKNOWN_SCOPE' }] },
    });
    expect((await ask(bank, number)).outcome).toBe('allow');
    expect((await withdraw({ number, scope })).scope).toEqual({ kind: 'group' });
    expect((await search({ number })).current).toEqual([]);
  });

  it('is heard by a vendor’s client, in the language of the number and of no one’s choice', async () => {
    const number = freshNumber();
    await expectStatus(201, cast.care.post('/v1/preferences', { number, language: 'es' }));
    expect((await withdraw({ number, purposes: ['survey'] })).confirmation).toContain('Su consentimiento');
    const told = await expectStatus<{ confirmation: string }>(
      201,
      bank.vendorDialer.post('/v1/consents/withdraw', { number, method: 'in-call' }),
    );
    expect(told.confirmation).toContain('您的同意已撤回');
  });

  it('of sharing alone voids the token of a campaign that shares, and of no other', async () => {
    await runCampaign(bank, { id: 'partner-offer', sharesData: true });
    for (const [campaignId, status] of [
      ['partner-offer', 409],
      ['spring-card', 200],
    ] as const) {
      const number = freshNumber();
      await consent(bank, { number }, { attributes: { express: true, separate: true }, purposes: BOTH });
      const { authorization } = await ask(bank, number, { campaignId });
      expect(authorization).toBeDefined();
      await withdraw({ number, purposes: ['share_to_third_party'] });
      const redeem = { token: authorization?.token, to: number, callerId: bank.callerId };
      expect((await cast.carrier.post('/v1/authorizations/redeem', redeem)).status).toBe(status);
    }
  });
});

describe('a wish that is released', () => {
  const release = async (scope: object): Promise<string> => {
    const number = freshNumber();
    await consent(bank, { number });
    const wish = { number, scope, source: 'customer', reason: 'no more' };
    const { id } = await expectStatus<{ id: string }>(201, cast.care.post('/v1/suppressions', wish));
    app.clock.advance(1_000);
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      cast.officer.post(`/v1/suppressions/${id}/release`, { reason: 'asked again', evidence: 'recording 7' }),
    );
    await expectStatus(200, cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
    return number;
  };

  it('leaves behind exactly what it said: consents of its own matter stay dead', async () => {
    const number = await release({ kind: 'campaign', id: 'spring-card' });
    expect(codesOf(await ask(bank, number))).toEqual(['CONSENT_WITHDRAWN']);
    const other = { campaignId: bank.vendorCampaignId };
    expect((await ask(bank, number, other)).outcome).toBe('allow');
    expect(await search({ number })).toMatchObject({
      current: [{ except: [{ kind: 'campaign', id: 'spring-card' }] }],
      events: [{ kind: 'withdrawn', scope: { kind: 'campaign', id: 'spring-card' } }, { kind: 'granted' }],
    });
  });

  it('of the whole group stands in the ledger as a withdrawal of the time it was said', async () => {
    const number = await release({ kind: 'group' });
    expect(codesOf(await ask(bank, number))).toEqual(['CONSENT_WITHDRAWN']);
    const { current, events } = await search({ number });
    expect([current, events.map(({ kind, at: said }) => [kind, said])]).toEqual([
      [],
      [
        ['withdrawn', at(0)],
        ['granted', '2026-03-01T02:00:00.000Z'],
      ],
    ]);
    expect((await search({ number, knownAt: at(500) })).current).toHaveLength(1);
  });
});
