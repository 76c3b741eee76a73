import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { expectStatus, type HttpCaller, type ProblemBody } from '../support/http';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const iso = (at: number): string => new Date(at).toISOString();
const NOBODY = '0193a000-0000-7000-8000-000000000000';

interface Flag {
  id: string;
  kind: string;
  state: string;
  personId: string;
  callId?: string;
  suppressionId?: string;
  detail?: { text?: string; number?: string };
  note?: string;
  resolution?: string;
  resolvedBy?: string;
}
interface Parted {
  suppressionId: string;
  voidedConsents: string[];
  flags: { id: string; state: string }[];
}

describe('work for compliance', () => {
  let app: TestApp;
  let bank: Bank;
  let officer: HttpCaller;
  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
    ({ officer } = bank.cast);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const say = async (to: string, text: string): Promise<string> => {
    const { callId } = await ask(bank, to);
    const body = { type: 'transcript', at: iso(TEN), speaker: 'customer', text };
    await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, body));
    await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, { type: 'ended', at: iso(TEN) }));
    return callId;
  };
  const flagged = async (text: string): Promise<Flag> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const callId = await say(to, text);
    const found = (await list('state=open&limit=1000')).items.find((flag) => flag.callId === callId);
    if (found === undefined) throw new Error('Nothing was flagged.');
    return found;
  };
  const list = (query: string): Promise<{ items: Flag[]; nextCursor: string | null }> =>
    expectStatus(200, officer.get(`/v1/flags?${query}`));
  const resolve = (id: string, body: object, by = officer) =>
    by.post<ProblemBody>(`/v1/flags/${id}/resolve`, body);
  const words = { resolution: 'reviewed', note: 'Spoke with the person.' };

  it('is listed by kind and state, newest first, page by page', async () => {
    const [first, second] = [await flagged('我妈妈昨天去世了'), await flagged('我妈妈昨天去世了')];
    const third = await flagged('我要投诉你们');
    await expectStatus(200, resolve(second.id, words));
    const ids = async (query: string): Promise<string[]> => (await list(query)).items.map(({ id }) => id);
    expect(await ids('kind=vulnerable&state=open')).toEqual([first.id]);
    expect(await ids('kind=vulnerable&state=resolved')).toEqual([second.id]);
    expect(await ids('kind=complaint_threat')).toEqual([third.id]);
    const page = await list('limit=2');
    expect(page.items.map(({ id }) => id)).toEqual([third.id, second.id]);
    const rest = await list(`limit=2&cursor=${page.nextCursor}`);
    expect([rest.items.map(({ id }) => id), rest.nextCursor]).toEqual([[first.id], null]);
    expect((await officer.get('/v1/flags?kind=nonsense')).status).toBe(422);
    expect((await officer.get(`/v1/flags/${NOBODY}`)).status).toBe(404);
    expect((await bank.cast.auditor.get('/v1/flags')).status).toBe(200);
    expect((await bank.cast.care.get('/v1/flags')).status).toBe(403);
  });

  it('shows what was said to whoever decides, masked, and records that it was read', async () => {
    const { id, personId } = await flagged('我妈妈昨天去世了 我的号码是 13912345678');
    const read = await expectStatus<Flag>(200, officer.get<Flag>(`/v1/flags/${id}`));
    expect(read.detail?.text).toContain('去世');
    expect(read.detail?.text).not.toContain('13912345678');
    const whole = await expectStatus<Flag>(
      200,
      officer.get<Flag>(`/v1/flags/${id}`, { 'x-unmask-reason': 'call back' }),
    );
    expect(whole.detail?.text).toContain('13912345678');
    const { items } = await expectStatus<{ items: { type: string; clear: Record<string, unknown> }[] }>(
      200,
      officer.get(`/v1/people/${personId}/timeline`),
    );
    const reads = items.filter(({ type, clear }) => type === 'person.read.v1' && clear['what'] === 'flag');
    expect(reads.map(({ clear }) => clear['unmasked'])).toEqual([true, false]);
    expect(items.map(({ type }) => type)).toContain('flag.raised.v1');
  });

  it('is resolved by a person, once, and lifts nothing by itself', async () => {
    const { id, suppressionId } = await flagged('我妈妈昨天去世了');
    const robotAsked = await expectStatus<{ approvalId: string }>(
      202,
      app.admin.post('/v1/clients', { name: 'Robot', kind: 'system', roles: ['compliance'] }),
    );
    const { subject } = await expectStatus<{ subject: string }>(
      200,
      officer.post(`/v1/approvals/${robotAsked.approvalId}/approve`, {}),
    );
    const { key } = await expectStatus<{ key: string }>(201, app.admin.post(`/v1/clients/${subject}/keys`));
    expect((await resolve(id, words, app.as(key))).body.code).toBe('PERSON_REQUIRED');
    const done = await expectStatus(200, resolve(id, words));
    expect(done).toMatchObject({ state: 'resolved', resolution: 'reviewed', resolvedBy: officer.id });
    expect((await resolve(id, words)).body.code).toBe('CONFLICT');
    const { state } = await expectStatus<{ state: string }>(
      200,
      officer.get(`/v1/suppressions/${suppressionId}`),
    );
    expect(state).toBe('active');
    const read = await expectStatus<Flag>(200, officer.get<Flag>(`/v1/flags/${id}`));
    expect(read.note).toBe(words.note);
    expect((await resolve(NOBODY, words)).status).toBe(404);
  });

  it.each([
    [{ resolution: 'x' }, '/note'],
    [{ note: 'x' }, '/resolution'],
    [{ ...words, resolution: 'two words' }, '/resolution'],
    [{ ...words, release: true }, '/reason'],
    [{ ...words, release: true, reason: 'r' }, '/evidence'],
    [{ ...words, reason: 'r' }, '/reason'],
    [{ ...words, evidence: 'e' }, '/evidence'],
    [{ ...words, surprise: 1 }, '/surprise'],
  ])('names what is wrong with %j, and leaves the flag open', async (body, pointer) => {
    const { id } = await flagged('我妈妈昨天去世了');
    const answer = await resolve(id, body);
    expect([answer.status, answer.body.errors?.map((error) => error.pointer)]).toEqual([422, [pointer]]);
    expect((await expectStatus<Flag>(200, officer.get<Flag>(`/v1/flags/${id}`))).state).toBe('open');
  });

  describe('a number that is not the customer’s', () => {
    const wrong = (personId: string, body: object, by = bank.cast.care) =>
      by.post<Parted & ProblemBody>(`/v1/people/${personId}/wrong-number`, body);
    const put = async (customerId: string, ...numbers: string[]): Promise<string> => {
      const { body } = await officer.put<{ personId: string }>(`/v1/people/${customerId}`, { numbers });
      return body.personId;
    };
    const outcome = async (to: string): Promise<string> => {
      const answer = await ask(bank, to);
      if (answer.outcome !== 'allow') return codesOf(answer).sort().join();
      const body = { type: 'not_placed', at: iso(TEN) };
      await expectStatus(200, bank.dialer.post(`/v1/calls/${answer.callId}/events`, body));
      return 'allow';
    };

    it('is suppressed and parted; the person stays callable elsewhere, by the person’s own consent', async () => {
      const [mine, strangers] = [freshNumber(), freshNumber()];
      const personId = await put('W-1', mine, strangers);
      await consent(bank, { customerId: 'W-1' });
      await consent(bank, { number: strangers }, { grantedAt: '2026-02-01T10:00:00+08:00' });
      const done = await expectStatus(200, wrong(personId, { number: strangers, reason: 'Not mine.' }));
      expect(done).toMatchObject({
        personId,
        voidedConsents: [expect.any(String)],
        flags: [{ state: 'open' }],
      });
      expect(await outcome(mine)).toBe('allow');
      expect(await outcome(strangers)).toContain('SUPPRESSED');
      const person = await expectStatus<{ numbers: string[] }>(200, officer.get(`/v1/people/${personId}`));
      expect(person.numbers).toHaveLength(1);
      // Whoever comes by the number has its suppression, and not the customer's consent.
      const next = await put('W-2', strangers);
      expect(next).not.toBe(personId);
      expect(await outcome(strangers)).toContain('SUPPRESSED');
    });

    it('voids what was consented to by that number, for the person, too', async () => {
      const [mine, strangers] = [freshNumber(), freshNumber()];
      const personId = await put('W-3', mine, strangers);
      await consent(bank, { number: strangers });
      expect(await outcome(mine)).toBe('allow');
      await expectStatus(200, wrong(personId, { number: strangers, reason: 'Not mine.' }));
      expect(await outcome(mine)).toBe('CONSENT_WITHDRAWN');
    });

    it('keeps what bound it, and takes nothing from the person', async () => {
      const [mine, strangers] = [freshNumber(), freshNumber()];
      const personId = await put('W-4', mine, strangers);
      await consent(bank, { customerId: 'W-4' });
      await expectStatus(
        201,
        bank.cast.care.post('/v1/suppressions', { customerId: 'W-4', source: 'customer', reason: 'Stop.' }),
      );
      const { suppressionId } = await expectStatus(
        200,
        wrong(personId, { number: strangers, reason: 'No.' }),
      );
      expect(
        [await outcome(mine), await outcome(strangers)].every((codes) => codes.includes('SUPPRESSED')),
      ).toBe(true);
      const { items } = await expectStatus<{ items: { id: string; source: string }[] }>(
        200,
        officer.post('/v1/suppressions/search', { number: strangers }),
      );
      expect(items.map(({ source }) => source).sort()).toEqual(['customer', 'wrong_person']);
      expect(items.map(({ id }) => id)).toContain(suppressionId);
    });

    it('of a household is suppressed for all, and the others stay callable by their own numbers', async () => {
      const [shared, own] = [freshNumber(), freshNumber()];
      const personId = await put('W-5', shared);
      await put('W-6', shared, own);
      await consent(bank, { customerId: 'W-6' });
      await expectStatus(200, wrong(personId, { number: shared, reason: 'Moved out.' }));
      expect(await outcome(own)).toBe('allow');
      expect(await outcome(shared)).toContain('SUPPRESSED');
    });

    it('resolves what was flagged where an officer says so', async () => {
      const [mine, strangers] = [freshNumber(), freshNumber()];
      const personId = await put('W-7', mine, strangers);
      await consent(bank, { customerId: 'W-7' });
      await say(strangers, '你打错了 这里没有这个人');
      const done = await expectStatus(
        200,
        wrong(personId, { number: strangers, reason: 'Rang back.' }, officer),
      );
      expect(done.flags).toEqual([{ id: expect.any(String), state: 'resolved' }]);
      const { items } = await list('kind=wrong_person&state=open&limit=1000');
      expect(items.filter((flag) => flag.personId === personId)).toEqual([]);
    });

    it('leaves what was flagged of the others open, and finds what was flagged of a household', async () => {
      const [mine, other, shared, lead] = [freshNumber(), freshNumber(), freshNumber(), freshNumber()];
      await consent(bank, { number: lead });
      // Flagged while it was nobody's.
      await say(lead, '你打错了 这里没有这个人');
      const personId = await put('W-10', mine, other, shared, lead);
      await put('W-11', shared);
      await consent(bank, { customerId: 'W-10' });
      await say(mine, '你打错了 这里没有这个人');
      const { callId } = await ask(bank, shared, { customerId: 'W-10' });
      const heard = {
        type: 'transcript',
        at: iso(TEN),
        speaker: 'customer',
        text: '你打错了 这里没有这个人',
      };
      await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, heard));
      const part = async (number: string): Promise<string[]> => {
        const done = await expectStatus(200, wrong(personId, { number, reason: 'Rang back.' }, officer));
        return done.flags.map(({ state }) => state);
      };
      expect(await part(other)).toEqual([]);
      expect(await part(shared)).toEqual(['resolved']);
      expect(await part(lead)).toEqual(['resolved']);
      expect(await part(mine)).toEqual(['resolved']);
    });

    it('must be one of the person’s, of a person we know; nothing is changed otherwise', async () => {
      const personId = await put('W-8', freshNumber());
      const other = freshNumber();
      expect((await wrong(personId, { number: other, reason: 'No.' })).status).toBe(409);
      expect((await wrong(NOBODY, { number: other, reason: 'No.' })).status).toBe(404);
      const bad = await wrong(personId, { number: '12', reason: 'No.' });
      expect([bad.status, bad.body.errors?.[0]?.pointer]).toEqual([422, '/number']);
      expect((await wrong(personId, { number: other, reason: 'No.' }, bank.dialer)).status).toBe(403);
      const lookup = await officer.post('/v1/suppressions/search', { number: other });
      expect(lookup.body).toMatchObject({ items: [] });
    });

    it('is parted once by one Idempotency-Key', async () => {
      const strangers = freshNumber();
      const personId = await put('W-9', freshNumber(), strangers);
      const send = () =>
        bank.cast.care.post<Parted>(
          `/v1/people/${personId}/wrong-number`,
          { number: strangers, reason: 'No.' },
          { 'idempotency-key': '"wrong-1"' },
        );
      const [first, again] = [await send(), await send()];
      expect([first.status, again.body]).toEqual([200, first.body]);
    });
  });
});
