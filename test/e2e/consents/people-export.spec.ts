import { type Cast, startApp, type TestApp } from '../../support/app';
import { ask, type Bank, consent, freshNumber, openBank } from '../../support/bank';
import { queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';

interface Item {
  id?: string;
  [member: string]: unknown;
}
interface Exported {
  exportedAt: string;
  person: { personId: string; kind: string; customerId?: string; numbers: string[] };
  cooldowns: Item[];
  wishes: Item[];
  preferences: Item[];
  currentConsents: Item[];
  consents: Item[];
  withdrawals: Item[];
  refusals: Item[];
  calls: (Item & { callId: string; reasons: Item[]; events: Item[] })[];
  readings: (Item & { what: string })[];
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
const mask = (number: string): string => `${number.slice(0, 6)}****${number.slice(-4)}`;
const exportOf = (personId: string, headers = {}): Promise<Exported> =>
  expectStatus(200, cast.officer.get(`/v1/people/${personId}/export`, headers));
const put = async (customerId: string, numbers: string[]): Promise<string> => {
  const { body } = await cast.officer.put<{ personId: string }>(`/v1/people/${customerId}`, { numbers });
  return body.personId;
};
const word = <T = { id: string }>(path: string, body: object): Promise<T> =>
  expectStatus<T>(201, cast.care.post(path, body));

describe('GET /v1/people/{personId}/export', () => {
  it('holds all wishes, preferences, consents, calls and readings in one document', async () => {
    const number = freshNumber();
    const personId = await put('X-1', [number]);
    await consent(bank, { customerId: 'X-1' });
    const { callId } = await ask(bank, number);
    const report = { type: 'refused', kind: 'not_interested', at: later(0) };
    await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, { type: 'placed', at: later(0) }));
    await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, report));
    app.clock.advance(60_000);
    const preference = await word('/v1/preferences', { number, quietUntil: later(3_600_000) });
    const withdrawal = await word('/v1/consents/withdraw', { number, method: 'app', purposes: ['survey'] });
    const refusal = await word('/v1/consents/refused', { number, evidence: { said: 'no' } });
    const reason = `please stop calling ${number}`;
    const wish = await word('/v1/suppressions', { customerId: 'X-1', source: 'customer', reason });
    const { callId: denied } = await ask(bank, number);
    await expectStatus(200, cast.auditor.get(`/v1/audit/calls/${callId}`));

    const answer = await cast.officer.get<Exported>(`/v1/people/${personId}/export`);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['content-disposition']).toContain(personId);
    expect(answer.text).not.toContain(number.slice(3));
    const exported = answer.body;
    expect(exported).toMatchObject({
      exportedAt: later(0),
      person: { personId, kind: 'person', customerId: 'X-1', numbers: [mask(number)] },
      cooldowns: [{ kind: 'not_interested', campaignId: 'spring-card' }],
      wishes: [
        { id: wish.id, state: 'active', reason: expect.stringContaining('please stop calling') as string },
      ],
      preferences: [{ id: preference.id, state: 'active' }],
      currentConsents: [],
      consents: [{ kind: 'granted', evidence: { textVersion: 'terms-3' } }],
      withdrawals: [{ id: withdrawal.id, kind: 'withdrawn', method: 'app' }],
      refusals: [{ id: refusal.id, kind: 'refused', evidence: { said: 'no' } }],
    });
    const calls = exported.calls.map(({ callId: id, outcome, reasons, events, number: to }) => [
      id,
      outcome,
      reasons.map((each) => each['code']),
      events.map(({ type }) => type),
      to,
    ]);
    expect(calls.map((call) => call.slice(0, 2))).toEqual([
      [denied, 'deny'],
      [callId, 'allow'],
    ]);
    expect(calls[1]?.slice(2)).toEqual([[], ['placed', 'refused'], mask(number)]);
    expect(calls[0]?.[2]).toEqual(
      expect.arrayContaining(['SUPPRESSED', 'CONSENT_WITHDRAWN', 'REFUSAL_COOLDOWN']),
    );
    expect(exported.readings.map(({ what }) => what)).toEqual(['person.export', 'call.read']);
  });

  it('shows numbers whole only with a reason, and says who read before', async () => {
    const number = freshNumber();
    const personId = await put('X-2', [number]);
    await ask(bank, number);
    const unmask = { 'x-unmask-reason': 'subject access request 7' };
    const whole = await exportOf(personId, unmask);
    expect([whole.person.numbers, whole.calls[0]?.['number']]).toEqual([[number], number]);
    const [, first] = (await exportOf(personId)).readings;
    expect(first).toMatchObject({
      what: 'person.export',
      unmasked: true,
      unmaskReason: unmask['x-unmask-reason'],
      reader: 'Officer A',
    });
  });

  it('holds everything of a person of many calls and readings, each once', async () => {
    const number = freshNumber();
    const personId = await put('X-3', [number]);
    for (let i = 0; i < 3; i++) {
      const calls = Array.from({ length: 150 }, (_, n) => ({
        to: number,
        campaignId: bank.campaignId,
        callerId: bank.callerId,
        external: { callId: `many-${i}-${n}` },
      }));
      await expectStatus(200, bank.dialer.post('/v1/calls/authorize/batch', { calls }));
    }
    for (let i = 0; i < 205; i++) {
      await word('/v1/suppressions', { customerId: 'X-3', source: 'customer', reason: `no ${i}` });
    }
    const { calls, wishes } = await exportOf(personId);
    expect([calls.length, new Set(calls.map(({ callId }) => callId)).size]).toEqual([450, 450]);
    expect(wishes.map(({ reason }) => reason).sort()).toEqual(
      Array.from({ length: 205 }, (_, i) => `no ${i}`).sort(),
    );
  });

  it('never shows what another member of the household said by name', async () => {
    const number = freshNumber();
    const [mine, theirs] = [await put('X-4', [number]), await put('X-5', [number])];
    await consent(bank, { customerId: 'X-4' });
    await consent(bank, { customerId: 'X-5' });
    await word('/v1/suppressions', { customerId: 'X-5', source: 'customer', reason: 'of the other one' });
    const own = await word('/v1/suppressions', { customerId: 'X-4', source: 'customer', reason: 'mine' });
    const shared = await word('/v1/suppressions', { number, source: 'customer', reason: 'by the number' });
    const exported = await exportOf(mine);
    expect(exported.wishes.map(({ id }) => id).sort()).toEqual([own.id, shared.id].sort());
    expect(exported.consents).toMatchObject([{ personId: mine }]);
    expect(JSON.stringify(exported)).not.toContain('of the other one');
    expect((await exportOf(theirs)).consents).toMatchObject([{ personId: theirs }]);
    const { personId } = await expectStatus<{ personId: string }>(
      200,
      cast.officer.post('/v1/people/lookup', { number }),
    );
    const ofNumber = await exportOf(personId);
    expect(ofNumber.person.kind).toBe('household');
    expect([ofNumber.wishes.map(({ id }) => id), ofNumber.consents]).toEqual([[shared.id], []]);
  });

  it('leaves out what happened to others on the same numbers, and tells only that their words bind', async () => {
    const [shared, lead] = [freshNumber(), freshNumber()];
    const rung = async (to: string, more: object = {}): Promise<string> => {
      const { callId, outcome } = await ask(bank, to, { ...more });
      if (outcome === 'allow') {
        const report = { type: 'not_placed', at: later(0) };
        await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, report));
      }
      return callId;
    };
    const theirs = await put('X-10', [shared]);
    await put('X-11', [shared]);
    const before = await rung(shared);
    const reason = 'my mother is ill';
    const care = { number: shared, source: 'vulnerable', reason, evidence: { said: 'ill' } };
    const ofHousehold = await word('/v1/suppressions', care);
    // A number that was somebody's before it was this customer's.
    await consent(bank, { number: lead });
    const strangers = await rung(lead);
    const no = { number: lead, method: 'letter', purposes: ['survey'], evidence: { said: 'a stranger’s' } };
    const taken = await word('/v1/consents/withdraw', no);
    const ofLead = await word('/v1/suppressions', {
      number: lead,
      source: 'customer',
      reason: 'by a stranger',
    });
    app.clock.advance(60_000);
    const mine = await put('X-12', [shared, lead]);
    const named = await rung(shared, { customerId: 'X-10' });
    const [nameless, own, toLead] = [
      await rung(shared),
      await rung(shared, { customerId: 'X-12' }),
      await rung(lead),
    ];
    const looking = { 'x-unmask-reason': 'about the mother' };
    await expectStatus(200, cast.officer.post('/v1/people/lookup', { number: shared }, looking));
    const exported = await exportOf(mine);
    expect(exported.calls.map(({ callId }) => callId).sort()).toEqual([nameless, own, toLead].sort());
    expect(exported.wishes.map(({ id, bindsYou }) => [id, bindsYou]).sort()).toEqual(
      [
        [ofHousehold.id, true],
        [ofLead.id, true],
      ].sort(),
    );
    for (const wish of exported.wishes) expect(wish).not.toHaveProperty('source');
    expect([exported.consents, exported.currentConsents]).toEqual([[], []]);
    expect(exported.withdrawals).toMatchObject([{ id: taken.id }]);
    expect(exported.withdrawals[0]).not.toHaveProperty('method');
    const text = JSON.stringify(exported);
    for (const secret of [reason, 'by a stranger', 'a stranger’s', 'vulnerable', 'about the mother']) {
      expect(text).not.toContain(secret);
    }
    for (const other of [before, strangers, named, theirs]) expect(text).not.toContain(other);
    expect((await exportOf(theirs)).calls.map(({ callId }) => callId)).toEqual(
      expect.arrayContaining([before, nameless, named]),
    );
    // The household comes to an end: what was its record is nobody's own.
    await put('X-10', []);
    await put('X-11', []);
    const alone = await exportOf(mine);
    app.clock.advance(1_000);
    const last = await rung(lead);
    expect(alone.calls.map(({ callId }) => callId)).toEqual([toLead]);
    expect(JSON.stringify(await exportOf(mine))).not.toContain('vulnerable');
    expect((await exportOf(mine)).calls[0]).toMatchObject({
      callId: last,
      reasons: [{ code: 'SUPPRESSED' }, {}],
    });
    expect(alone.wishes.map(({ bindsYou }) => bindsYou)).not.toContain(undefined);
    expect(JSON.stringify(alone)).not.toContain(reason);
  });

  it('is compliance’s alone', async () => {
    const personId = await put('X-6', []);
    for (const role of ['dialer', 'marketing', 'care', 'auditor', 'carrier', 'admin'] as const) {
      const { status, body } = await cast[role].get(`/v1/people/${personId}/export`);
      expect([role, status, body.code]).toEqual([role, 403, 'FORBIDDEN']);
    }
    expect((await app.anonymous.get(`/v1/people/${personId}/export`)).status).toBe(401);
    const readings = `SELECT 1 FROM events WHERE subject_id = '${personId}' AND type = 'person.read.v1'`;
    expect(await queryRows(app.database, readings)).toEqual([]);
  });

  it.each(['0193a000-0000-7000-8000-000000000000', 'nobody'])('answers 404 to %s', async (id) => {
    expect((await cast.officer.get(`/v1/people/${id}/export`)).status).toBe(404);
  });

  it('answers 410 once the person is erased, before anything is shown', async () => {
    const personId = await put('X-7', [freshNumber()]);
    await queryRows(app.database, 'UPDATE subjects SET wrapping_key = NULL WHERE id = $1', [personId]);
    expect(await cast.officer.get(`/v1/people/${personId}/export`)).toMatchObject({
      status: 410,
      body: { code: 'RECORD_ERASED' },
    });
  });

  it('has recorded its reading before the first byte, however little of it is taken', async () => {
    const personId = await put('X-8', [freshNumber()]);
    const readings = `SELECT 1 FROM events WHERE subject_id = '${personId}' AND clear->>'what' = 'person.export'`;
    const server = app.nest.getHttpAdapter().getInstance();
    const answer = await server.inject({
      method: 'GET',
      url: `/v1/people/${personId}/export`,
      headers: { authorization: `Bearer ${cast.officer.key}` },
      payloadAsStream: true,
    });
    expect(answer.statusCode).toBe(200);
    expect(await queryRows(app.database, readings)).toHaveLength(1);
    answer.stream().destroy();
  });
});
