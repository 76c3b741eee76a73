import { Database } from '../../src/platform/database/database';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus, type ProblemBody } from '../support/http';

const TEN = '2026-11-20T10:00:00+08:00';
const BROWSER = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

describe('the door of the customer’s own page', () => {
  let app: TestApp;
  let bank: Bank;
  let lastCustomer = 0;

  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  async function customer({ cast }: Bank = bank): Promise<{ personId: string; number: string }> {
    const number = freshNumber();
    const { personId } = await expectStatus(
      201,
      cast.officer.put<{ personId: string }>(`/v1/people/D-${lastCustomer++}`, { numbers: [number] }),
    );
    return { personId, number };
  }

  async function linkTo(personId: string, { cast }: Bank = bank): Promise<string> {
    const made = await expectStatus(201, cast.care.post<{ url: string }>(`/v1/people/${personId}/links`, {}));
    return new URL(made.url).pathname;
  }

  const press = (path: string, headers: Record<string, string> = {}) =>
    app.anonymous.send<string>('POST', path, undefined, { ...BROWSER, ...headers });

  async function opened(personId: string): Promise<{ cookie: string }> {
    const { headers } = await press(await linkTo(personId));
    return { cookie: String(headers['set-cookie']).split(';')[0] ?? '' };
  }

  it('opens by the newest link alone', async () => {
    const { personId } = await customer();
    const [first, second] = [await linkTo(personId), await linkTo(personId)];
    expect((await app.anonymous.get(first)).status).toBe(410);
    expect((await press(first)).status).toBe(410);
    expect((await press(second)).status).toBe(303);
    const [made] = await queryRows<{ count: string }>(
      app.database,
      `SELECT count(*) FROM my_links WHERE subject_id = $1 AND opened_at IS NULL AND expires_at > created_at`,
      [personId],
    );
    expect(made?.count).toBe('0');
  });

  it('is looked at so often and no more, and its button is there to the end', async () => {
    const { number, personId } = await customer();
    const { cookie } = await opened(personId);
    const looks = [];
    for (let look = 0; look < 61; look++) looks.push((await app.anonymous.get('/my', { cookie })).status);
    expect([looks.filter((status) => status === 200).length, looks.at(-1)]).toEqual([60, 429]);
    const page = await press('/my/stop', { cookie });
    expect(page.status).toBe(200);
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('turns away at the door what is no secret, and more at once than it has room for', async () => {
    const database = app.nest.get(Database);
    const begin = database.transaction.bind(database);
    let free = (): void => undefined;
    const held = new Promise<void>((resolve) => (free = resolve));
    const taken = jest.spyOn(database, 'transaction').mockImplementation(async (work) => {
      await held;
      return begin(work);
    });
    const made = `ql_my=${'A'.repeat(43)}`;
    // Answered although nobody gets a connection.
    for (const cookie of ['', 'ql_my=', 'ql_my=x', `ql_my=${'A'.repeat(44)}`]) {
      expect((await app.anonymous.get('/my', { cookie })).status).toBe(410);
      expect((await press('/my/stop', { cookie })).status).toBe(410);
    }
    expect((await app.anonymous.get('/my/short')).status).toBe(410);
    expect((await press('/my/short')).status).toBe(410);
    const crowd = Array.from({ length: 30 }, () => app.anonymous.get('/my', { cookie: made }));
    const turned = await Promise.any(
      crowd.map(async (answer) => {
        const { status, headers } = await answer;
        if (status !== 429) throw new Error('Was let in.');
        return headers;
      }),
    );
    expect(turned).toMatchObject({ 'retry-after': '5', 'content-type': 'text/html; charset=utf-8' });
    // Whoever looks leaves room for whoever wants to stop it all.
    const stopped = press('/my/stop', { cookie: made });
    free();
    const statuses = (await Promise.all(crowd)).map(({ status }) => status);
    taken.mockRestore();
    expect((await stopped).status).toBe(410);
    const served = statuses.filter((status) => status === 410).length;
    expect([served > 1, served < 9, new Set(statuses)]).toEqual([true, true, new Set([410, 429])]);
  });

  it('keeps its cookie in secure connections of this very host, where it is reached by https', async () => {
    const behind = await startApp({ now: TEN, env: { PUBLIC_URL: 'https://wishes.bank.example' } });
    try {
      const theirs = await openBank(behind);
      const path = await linkTo((await customer(theirs)).personId, theirs);
      const answer = await behind.anonymous.send<string>('POST', path, undefined, {
        ...BROWSER,
        'x-forwarded-proto': 'https',
      });
      const set = String(answer.headers['set-cookie']);
      expect(set).toMatch(
        /^__Host-ql_my=[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
      const cookie = set.split(';')[0] ?? '';
      expect((await behind.anonymous.get('/my', { cookie })).status).toBe(200);
      expect((await behind.anonymous.get('/my', { cookie: cookie.slice('__Host-'.length) })).status).toBe(
        410,
      );
    } finally {
      await behind.close();
    }
  });

  it('is opened on this machine alone where nobody has said by which https URL it is reached', async () => {
    const { personId } = await customer();
    const path = await linkTo(personId);
    for (const headers of [{ host: 'wishes.bank.example' }, { 'x-forwarded-proto': 'https' }]) {
      const answer = await app.anonymous.send<ProblemBody>('POST', path, undefined, {
        ...BROWSER,
        ...headers,
      });
      expect([answer.status, answer.body.detail]).toEqual([409, expect.stringContaining('PUBLIC_URL')]);
    }
    expect((await press(path)).status).toBe(303);
  });

  it('has no link by http beyond this machine', async () => {
    const far = await startApp({ now: TEN, env: { PUBLIC_URL: 'http://wishes.bank.example' } });
    try {
      const theirs = await openBank(far);
      const { personId } = await customer(theirs);
      const answer = await theirs.cast.care.post<ProblemBody>(`/v1/people/${personId}/links`, {});
      expect([answer.status, answer.body.detail]).toEqual([409, expect.stringContaining('PUBLIC_URL')]);
    } finally {
      await far.close();
    }
  });
});
