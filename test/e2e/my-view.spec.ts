import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus, type HttpCaller, type ProblemBody } from '../support/http';

/** A Friday, working day, ten in the morning in Shanghai. */
const TEN = '2026-11-20T10:00:00+08:00';
const MINUTE = 60_000;
const BROWSER = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

interface View {
  personId: string;
  calls: { callId: string; at: string; entity: string; purpose: string; state: string; why: string[] }[];
  nextCursor: string | null;
  wishes: { since: string; whole: boolean }[];
}

describe('the customer’s own view', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(Date.parse(TEN)));

  const viewOf = (by: HttpCaller, number: string, more: object = {}): Promise<View> =>
    expectStatus(200, by.post<View>('/v1/my/view', { number, ...more }));

  /** A person with a call that was answered. */
  async function calledPerson(): Promise<{ number: string; personId: string; callId: string }> {
    const number = freshNumber();
    await consent(bank, { number });
    const { callId } = await ask(bank, number);
    for (const type of ['placed', 'answered']) {
      await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, { type, at: TEN }));
    }
    const found = await expectStatus(
      200,
      bank.cast.officer.post<{ personId: string }>('/v1/people/lookup', { number }),
    );
    return { number, personId: found.personId, callId };
  }

  async function linkTo(personId: string, body: object = {}): Promise<string> {
    const made = await expectStatus(
      201,
      bank.cast.care.post<{ url: string }>(`/v1/people/${personId}/links`, body),
    );
    return new URL(made.url).pathname;
  }

  const press = (path: string, headers: Record<string, string> = {}) =>
    app.anonymous.send<string>('POST', path, undefined, { ...BROWSER, ...headers });

  async function opened(personId: string, body: object = {}): Promise<{ cookie: string }> {
    const answer = await press(await linkTo(personId, body));
    expect([answer.status, answer.headers['location']]).toEqual([303, '/my']);
    const set = String(answer.headers['set-cookie']);
    expect(set).toMatch(/^ql_my=[\w-]{43}; Max-Age=900; Path=\/my; HttpOnly; SameSite=Strict$/);
    return { cookie: set.split(';')[0] ?? '' };
  }

  it('says who called, for whom, when and why it was allowed', async () => {
    const { number, callId } = await calledPerson();
    const view = await viewOf(bank.cast.care, number, { language: 'en' });
    expect(view.calls).toEqual([
      expect.objectContaining({ callId, entity: '示例银行', purpose: 'marketing', state: 'answered' }),
    ]);
    expect(view.calls[0]?.why[0]).toBe(
      'Allowed because we hold your consent of March 1, 2026 to calls for this purpose (an offer).',
    );
    expect((await viewOf(bank.cast.care, number)).calls[0]?.why[0]).toContain('您于2026年3月1日同意');
  });

  it('shows no call that was refused, given back or never placed', async () => {
    const number = freshNumber();
    await ask(bank, number);
    await consent(bank, { number });
    const given = await ask(bank, number);
    await expectStatus(
      200,
      bank.dialer.post(`/v1/calls/${given.callId}/events`, { type: 'not_placed', at: TEN }),
    );
    expect((await viewOf(bank.cast.care, number)).calls).toEqual([]);
    const silent = await ask(bank, number);
    app.clock.set(Date.parse(TEN) + MINUTE);
    const { calls } = await viewOf(bank.cast.care, number);
    expect(calls.map(({ callId, state }) => [callId, state])).toEqual([[silent.callId, 'presumed_placed']]);
  });

  it('shows nothing of the calls to a number that several share', async () => {
    const shared = freshNumber();
    const [one, other] = ['C-shared-1', 'C-shared-2'];
    for (const id of [one, other]) {
      await expectStatus(201, bank.cast.officer.put(`/v1/people/${id}`, { numbers: [shared] }));
    }
    const view = await expectStatus(200, bank.cast.care.post<View>('/v1/my/view', { customerId: one }));
    expect(view.calls).toEqual([]);
    await expectStatus(422, bank.cast.care.post('/v1/my/view', { number: shared }));
  });

  it('is for the institution’s own care and compliance, and every look is in the record', async () => {
    const { number, personId } = await calledPerson();
    expect((await bank.vendorDialer.post('/v1/my/view', { number })).status).toBe(403);
    expect((await bank.cast.marketing.post('/v1/my/view', { number })).status).toBe(403);
    expect((await bank.cast.care.post('/v1/my/view', { number: freshNumber() })).status).toBe(404);
    await viewOf(bank.cast.care, number);
    const rows = await queryRows<{ what: string }>(
      app.database,
      `SELECT clear->>'what' AS what FROM events WHERE subject_id = $1 AND type = 'person.read.v1'
       ORDER BY event_id DESC LIMIT 1`,
      [personId],
    );
    expect(rows).toEqual([{ what: 'person.view' }]);
  });

  it('opens by one press, once, and not by looking', async () => {
    const { personId } = await calledPerson();
    const path = await linkTo(personId);
    for (let look = 0; look < 3; look++) {
      const page = await app.anonymous.get<string>(path);
      expect([page.status, page.text.match(/<button/g)?.length]).toEqual([200, 1]);
    }
    const both = await Promise.all([press(path), press(path)]);
    expect(both.map(({ status }) => status).sort()).toEqual([303, 410]);
    expect((await app.anonymous.get(path)).status).toBe(410);
    expect((await press(path)).status).toBe(410);
  });

  it('shows the page for fifteen minutes, and a link lives for a day', async () => {
    const { personId } = await calledPerson();
    const { cookie } = await opened(personId);
    const late = await linkTo(personId);
    app.clock.set(Date.parse(TEN) + 15 * MINUTE - 1);
    expect((await app.anonymous.get('/my', { cookie })).status).toBe(200);
    app.clock.set(Date.parse(TEN) + 15 * MINUTE);
    expect((await app.anonymous.get('/my', { cookie })).status).toBe(410);
    app.clock.set(Date.parse(TEN) + 24 * 60 * MINUTE);
    expect((await press(late)).status).toBe(410);
  });

  it('stops everything by one press, and the very next decision refuses', async () => {
    const { number, personId } = await calledPerson();
    const { cookie } = await opened(personId, { language: 'en' });
    expect((await app.anonymous.get<string>('/my', { cookie })).text).toContain(
      'You have not asked us to stop.',
    );
    const page = await press('/my/stop', { cookie });
    expect(page.status).toBe(200);
    expect(page.text).toContain('Since November 20, 2026: no marketing calls or messages.');
    const [receipt] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(page.text) ?? [];
    expect((await bank.cast.officer.get(`/v1/receipts/${receipt}`)).status).toBe(200);
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('presses nothing for another page, for nobody and for a made-up cookie', async () => {
    const { number, personId } = await calledPerson();
    const { cookie } = await opened(personId);
    const foreign = await press('/my/stop', { cookie, 'sec-fetch-site': 'cross-site' });
    expect(foreign.status).toBe(403);
    for (const other of ['', 'ql_my=', `ql_my=${'A'.repeat(43)}`, 'ql_my=%00', `x=${cookie}`]) {
      expect((await press('/my/stop', { cookie: other })).status).toBe(410);
      expect((await app.anonymous.get('/my', { cookie: other })).status).toBe(410);
    }
    expect((await viewOf(bank.cast.care, number)).wishes).toEqual([]);
  });

  it('keeps scripts, frames, caches and referrers out, on every page', async () => {
    const { personId } = await calledPerson();
    const { cookie } = await opened(personId);
    for (const page of [
      await app.anonymous.get(await linkTo(personId)),
      await app.anonymous.get('/my', { cookie }),
      await app.anonymous.get('/my'),
    ]) {
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex, nofollow',
      });
      expect(page.headers['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; /,
      );
      expect(page.text).not.toMatch(/<script|javascript:|https?:\/\//);
    }
  });

  it('refuses links that are none, bad input and people who are nobody', async () => {
    for (const path of ['/my/x', `/my/${'A'.repeat(43)}`, '/my/%3Cb%3E']) {
      expect((await app.anonymous.get(path)).status).toBe(410);
    }
    const nobody = '019a9b5e-1e00-7abc-8def-0123456789ab';
    expect((await bank.cast.care.post(`/v1/people/${nobody}/links`, {})).status).toBe(404);
    const { personId } = await calledPerson();
    const bad = await bank.cast.care.post<ProblemBody>(`/v1/people/${personId}/links`, {
      language: 'xx',
      to: 1,
    });
    expect([bad.status, bad.body.errors?.map(({ pointer }) => pointer).sort()]).toEqual([
      422,
      ['/language', '/to'],
    ]);
  });

  it('keeps only hashes of its secrets, and none in the logs', async () => {
    const { personId } = await calledPerson();
    const path = await linkTo(personId);
    const secret = path.split('/').at(-1) ?? '';
    const set = String((await press(path)).headers['set-cookie']);
    const session = /ql_my=([\w-]+)/.exec(set)?.[1] ?? '';
    const rows = await queryRows<{ all: string }>(
      app.database,
      `SELECT (SELECT json_agg(l) FROM my_links l)::text || (SELECT json_agg(s) FROM my_sessions s)::text AS all`,
    );
    for (const word of [secret, session]) {
      expect(word).toHaveLength(43);
      expect(rows[0]?.all).not.toContain(word);
      expect(app.logged.join('')).not.toContain(word);
    }
  });

  it('shows a customer’s page to nobody whose number that customer has claimed since', async () => {
    const { number, personId } = await calledPerson();
    const { cookie } = await opened(personId);
    const unopened = await linkTo(personId);
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-claims', { numbers: [number] }));
    expect((await app.anonymous.get('/my', { cookie })).status).toBe(410);
    expect((await press(unopened)).status).toBe(410);
    expect((await press('/my/stop', { cookie })).status).toBe(410);
    expect((await viewOf(bank.cast.care, number)).wishes).toEqual([]);
  });

  it('shows nobody the calls of a household that came to an end, nor those of whoever had a number before', async () => {
    const [shared, lead] = [freshNumber(), freshNumber()];
    const put = (id: string, ...numbers: string[]) =>
      bank.cast.officer.put<{ personId: string }>(`/v1/people/${id}`, { numbers });
    const rung = async (to: string, more: object = {}): Promise<string> => {
      const answer = await ask(bank, to, { ...more });
      expect([answer.outcome, codesOf(answer)]).toEqual(['allow', []]);
      for (const type of ['placed', 'ended']) {
        const at = new Date(app.clock.now()).toISOString();
        await expectStatus(200, bank.dialer.post(`/v1/calls/${answer.callId}/events`, { type, at }));
      }
      return answer.callId;
    };
    await put('C-stays', shared);
    await put('C-goes', shared);
    await consent(bank, { customerId: 'C-goes' }, { grantedAt: '2026-02-02T10:00:00+08:00' });
    const theirs = await rung(shared, { customerId: 'C-goes' });
    await put('C-goes');
    await consent(bank, { number: lead });
    const strangers = await rung(lead);
    await put('C-stays', shared, lead);
    await consent(bank, { customerId: 'C-stays' }, { grantedAt: '2026-01-05T10:00:00+08:00' });
    app.clock.set(Date.parse(TEN) + 60 * MINUTE);
    const mine = await rung(lead);
    const asked = { customerId: 'C-stays', language: 'en' };
    const view = await expectStatus(200, bank.cast.care.post<View>('/v1/my/view', asked));
    expect(view.calls.map(({ callId }) => callId)).toEqual([mine]);
    expect(JSON.stringify(view)).not.toMatch(new RegExp(`${theirs}|${strangers}|February`));
    expect(view.calls[0]?.why[0]).toContain('January 5, 2026');
    const { cookie } = await opened(view.personId);
    const page = await app.anonymous.get<string>('/my', { cookie });
    expect(page.text.match(/class="who"/g)).toHaveLength(1);
  });

  it('names the consent of the person, not one that was taken back alone', async () => {
    const [mine, strangers] = [freshNumber(), freshNumber()];
    const { body } = await bank.cast.officer.put<{ personId: string }>('/v1/people/C-why', {
      numbers: [mine, strangers],
    });
    await consent(bank, { customerId: 'C-why' }, { grantedAt: '2026-01-07T10:00:00+08:00' });
    await consent(bank, { number: strangers }, { grantedAt: '2026-06-09T10:00:00+08:00' });
    const wrong = { number: strangers, reason: 'Not mine.' };
    await expectStatus(200, bank.cast.care.post(`/v1/people/${body.personId}/wrong-number`, wrong));
    const { callId } = await ask(bank, mine);
    await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, { type: 'placed', at: TEN }));
    const view = await viewOf(bank.cast.care, mine, { language: 'en' });
    expect(view.calls.map(({ why }) => why[0])).toEqual([expect.stringContaining('January 7, 2026')]);
  });

  it('turns the pages of many calls', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const days = Array.from(
      { length: 22 },
      (_, day) => Date.parse('2026-06-22T10:00:00+08:00') + day * 4 * 86_400_000,
    );
    for (const day of days) {
      app.clock.set(day);
      const answer = await ask(bank, number);
      expect([answer.outcome, codesOf(answer)]).toEqual(['allow', []]);
    }
    app.clock.set(Date.parse(TEN));
    const first = await viewOf(bank.cast.care, number);
    expect([first.calls.length, typeof first.nextCursor]).toEqual([20, 'string']);
    const second = await viewOf(bank.cast.care, number, { cursor: first.nextCursor });
    expect([second.calls.length, second.nextCursor]).toEqual([2, null]);
    const ids = new Set([...first.calls, ...second.calls].map(({ callId }) => callId));
    expect(ids.size).toBe(22);
  });
});
