import { type Cast, startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

interface Person {
  personId: string;
  kind: string;
  customerId?: string;
  numbers: string[];
  members?: string[];
  households?: string[];
  wishes: string[];
  preferences: string[];
  consents: string[];
}
interface TimelineItem {
  at: string;
  type: string;
  eventId: string;
  subjectId: string;
  clear: Record<string, unknown>;
  record: Record<string, unknown>;
}
interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

const MORNING = '2026-11-24T10:00:00+08:00';

let app: TestApp;
let bank: Bank;
let cast: Cast;
beforeAll(async () => {
  app = await startApp({ now: MORNING });
  bank = await openBank(app);
  cast = bank.cast;
});
afterAll(() => app.close());

let lastCustomer = 0;
const freshCustomer = (): string => `C-${1_000 + lastCustomer++}`;

async function put(customerId: string, body: object, status?: number): Promise<Person> {
  const answer = await cast.officer.put<Person>(`/v1/people/${customerId}`, body);
  if (status !== undefined) expect(answer.status).toBe(status);
  else expect([200, 201]).toContain(answer.status);
  return answer.body;
}

const lookup = (body: object, headers = {}): Promise<Person> =>
  expectStatus(200, cast.officer.post('/v1/people/lookup', body, headers));

const timeline = (personId: string, query = '', headers = {}): Promise<Page<TimelineItem>> =>
  expectStatus(200, cast.auditor.get(`/v1/people/${personId}/timeline${query}`, headers));

const suppress = (who: object): Promise<{ id: string; receiptId: string }> =>
  expectStatus(201, cast.care.post('/v1/suppressions', { ...who, source: 'customer', reason: 'no more' }));

const mask = (number: string): string => `${number.slice(0, 6)}****${number.slice(-4)}`;

describe('PUT /v1/people/{customerId}', () => {
  it('makes a person, then replaces it', async () => {
    const customerId = freshCustomer();
    const [one, two] = [freshNumber(), freshNumber()];
    const made = await put(customerId, { numbers: [one], ageBand: '18_64', timeZone: 'Asia/Shanghai' }, 201);
    expect(made).toMatchObject({ customerId, numbers: [mask(one)], ageBand: '18_64' });
    const changed = await put(customerId, { numbers: [two], ageBand: '65plus', subdivision: 'CN-NX' }, 200);
    expect(changed).toEqual({
      personId: made.personId,
      customerId,
      numbers: [mask(two)],
      ageBand: '65plus',
      timeZone: 'Asia/Shanghai',
      subdivision: 'CN-NX',
    });
    const read = await expectStatus<Person>(200, cast.auditor.get(`/v1/people/${made.personId}`));
    expect(read).toMatchObject({ kind: 'person', customerId, numbers: [mask(two)], subdivision: 'CN-NX' });
    expect(read).toMatchObject({ ageBand: '65plus', timeZone: 'Asia/Shanghai' });
    expect(await lookup({ number: one })).toMatchObject({ kind: 'number', numbers: [mask(one)] });
  });

  it('takes national numbers with a region, each once', async () => {
    const number = freshNumber();
    const national = number.slice(3);
    const body = {
      numbers: [national, number, `${national.slice(0, 3)}-${national.slice(3)}`],
      region: 'CN',
    };
    expect((await put(freshCustomer(), body, 201)).numbers).toEqual([mask(number)]);
  });

  it('takes over what was refused by the number before it was anybody’s, and no consent', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { id } = await suppress({ number });
    const before = await lookup({ number });
    expect(before.consents).toHaveLength(1);
    const { personId } = await put(freshCustomer(), { numbers: [number] }, 201);
    const after = await lookup({ number });
    expect(after).toMatchObject({ personId, kind: 'person', wishes: [id], consents: [] });
    expect(await lookup({ personId: before.personId })).toMatchObject({ personId });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('takes back a token that was given before the number was known to be of somebody who refused', async () => {
    const [customerId, number] = [freshCustomer(), freshNumber()];
    await suppress({ customerId });
    await consent(bank, { number });
    const { authorization } = await ask(bank, number);
    expect(authorization).toBeDefined();
    await put(customerId, { numbers: [number] });
    const redeem = { token: authorization?.token, to: number, callerId: bank.callerId };
    expect(await cast.carrier.post('/v1/authorizations/redeem', redeem)).toMatchObject({
      status: 409,
      body: { reason: 'void' },
    });
  });

  it('never forgets an age that bars calls, until another one is stated and recorded', async () => {
    const [customerId, number] = [freshCustomer(), freshNumber()];
    const { personId } = await put(customerId, { numbers: [number], ageBand: 'under18' });
    await consent(bank, { number });
    expect((await ask(bank, number)).outcome).toBe('deny');
    expect(await put(customerId, { numbers: [number, freshNumber()] })).toMatchObject({ ageBand: 'under18' });
    expect((await ask(bank, number)).outcome).toBe('deny');
    await put(customerId, { numbers: [number], ageBand: '18_64' });
    expect((await ask(bank, number)).outcome).toBe('allow');
    const { items } = await timeline(personId);
    const changes = items.filter(({ type }) => type === 'person.changed.v1').map(({ record }) => record);
    expect(changes[0]).toMatchObject({ before: { ageBand: 'under18' }, after: { ageBand: '18_64' } });
  });

  it('leaves no trace when nothing changes', async () => {
    const customerId = freshCustomer();
    const body = { numbers: [freshNumber()], ageBand: '65plus' };
    const { personId } = await put(customerId, body, 201);
    const count = `SELECT count(*) FROM events WHERE type = 'person.changed.v1' AND subject_id = '${personId}'`;
    await put(customerId, body, 200);
    expect(await queryRows(app.database, count)).toEqual([{ count: '1' }]);
  });

  it('never frees a number by taking it from the person who refused', async () => {
    const customerId = freshCustomer();
    const number = freshNumber();
    await put(customerId, { numbers: [number] });
    const { id } = await suppress({ customerId });
    await put(customerId, { numbers: [] });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    const { items } = await expectStatus<Page<{ id: string; carriedFrom?: string; source: string }>>(
      200,
      cast.officer.post('/v1/suppressions/search', { number }),
    );
    expect(items).toMatchObject([{ carriedFrom: id, source: 'customer' }]);
    expect(items[0]?.id).not.toBe(id);
  });

  it.each([
    ['a number that is none', { numbers: ['+8613912345678', 'abc'] }, '/numbers/1'],
    ['a toll-free number', { numbers: ['+864008205555'] }, '/numbers/0'],
    ['an unknown zone', { numbers: [], timeZone: 'Asia/Atlantis' }, '/timeZone'],
    ['an unknown age', { numbers: [], ageBand: 'old' }, '/ageBand'],
    ['no numbers', {}, '/numbers'],
  ])('refuses %s', async (_, body, pointer) => {
    const answer = await cast.officer.put(`/v1/people/${freshCustomer()}`, body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });
});

describe('a number of two customers', () => {
  it('is a household that each one’s wish binds, and nobody’s consent but the asked one’s', async () => {
    const number = freshNumber();
    const [one, other] = [freshCustomer(), freshCustomer()];
    const first = await put(one, { numbers: [number] });
    const second = await put(other, { numbers: [number] });
    const household = await lookup({ number });
    expect(household).toMatchObject({ kind: 'household', members: [first.personId, second.personId].sort() });
    expect(await lookup({ customerId: one })).toMatchObject({
      numbers: [mask(number)],
      households: [household.personId],
    });
    await consent(bank, { customerId: one });
    expect(codesOf(await ask(bank, number))).toContain('CONSENT_MISSING');
    expect(codesOf(await ask(bank, number, { customerId: other }))).toContain('CONSENT_MISSING');
    expect((await ask(bank, number, { customerId: one })).outcome).toBe('allow');
    await suppress({ customerId: other });
    expect(codesOf(await ask(bank, number, { customerId: one }))).toContain('SUPPRESSED');
  });

  it('binds both by a wish said by the number, on their other numbers, too', async () => {
    const shared = freshNumber();
    const [mine, theirs] = [freshNumber(), freshNumber()];
    await put(freshCustomer(), { numbers: [shared, mine] });
    await put(freshCustomer(), { numbers: [shared, theirs] });
    await suppress({ number: shared });
    for (const number of [shared, mine, theirs]) {
      expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    }
  });

  it('goes to the one who stays, with all that bound it', async () => {
    const number = freshNumber();
    const [stays, goes] = [freshCustomer(), freshCustomer()];
    const { personId } = await put(stays, { numbers: [number] });
    await put(goes, { numbers: [number] });
    await suppress({ customerId: goes });
    await put(goes, { numbers: [] });
    const found = await lookup({ number });
    expect(found).toMatchObject({ kind: 'person', personId });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('takes a consent only from a person who is named', async () => {
    const number = freshNumber();
    await put(freshCustomer(), { numbers: [number] });
    await put(freshCustomer(), { numbers: [number] });
    const answer = await cast.marketing.post('/v1/consents', {
      number,
      purposes: ['marketing'],
      channels: ['voice_ai'],
      scope: { kind: 'entity', id: 'bank' },
      attributes: { express: true },
      grantedAt: MORNING,
      evidence: { textVersion: '1', textSha256: 'a'.repeat(64), source: 'app' },
    });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/number', code: 'HOUSEHOLD' }] },
    });
  });
});

describe('reading a person', () => {
  it('writes into the record who read what and why', async () => {
    const customerId = freshCustomer();
    const { personId } = await put(customerId, { numbers: [freshNumber()] });
    await cast.auditor.get(`/v1/people/${personId}`);
    await lookup({ customerId }, { 'x-unmask-reason': Buffer.from('投诉 12', 'utf8').toString('latin1') });
    for (const path of ['suppressions', 'preferences', 'consents']) {
      await expectStatus(200, cast.auditor.post(`/v1/${path}/search`, { personId }));
    }
    const { items } = await timeline(personId);
    expect(items.map(({ type, clear }) => [type, clear['what'], clear['unmasked']])).toEqual([
      ['person.read.v1', 'consents', false],
      ['person.read.v1', 'preferences', false],
      ['person.read.v1', 'suppressions', false],
      ['person.read.v1', 'person.lookup', true],
      ['person.read.v1', 'person', false],
      ['person.changed.v1', undefined, undefined],
    ]);
    expect(items[3]?.record).toMatchObject({ unmaskReason: '投诉 12', actor: { name: 'Officer A' } });
    const [newest] = (await timeline(personId)).items;
    expect(newest).toMatchObject({ clear: { what: 'person.timeline', clientId: cast.auditor.id } });
  });

  it('shows numbers whole only to whoever says why', async () => {
    const number = freshNumber();
    const { personId } = await put(freshCustomer(), { numbers: [number] });
    const headers = { 'x-unmask-reason': 'complaint 7' };
    const whole = await expectStatus<Person>(200, cast.auditor.get(`/v1/people/${personId}`, headers));
    expect(whole.numbers).toEqual([number]);
    expect(JSON.stringify(await timeline(personId))).not.toContain(number.slice(-8));
    expect(JSON.stringify(await timeline(personId, '', headers))).toContain(number);
  });

  it('knows nobody by an unknown number, customer or person', async () => {
    const nobody = [
      { number: freshNumber() },
      { customerId: 'C-nobody' },
      { personId: '00000000-0000-7000-8000-000000000000' },
    ];
    for (const body of nobody) {
      expect((await cast.officer.post('/v1/people/lookup', body)).status).toBe(404);
    }
    expect((await cast.officer.get('/v1/people/not-an-id')).status).toBe(404);
    expect(await cast.officer.post('/v1/people/lookup', {})).toMatchObject({ status: 422 });
  });
});

describe('GET /v1/people/{personId}/timeline', () => {
  it('tells calls and words of the person, of what was merged in, and of households, newest first', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    await ask(bank, number);
    app.clock.advance(1_000);
    const [one, other] = [freshCustomer(), freshCustomer()];
    const { personId } = await put(one, { numbers: [number] });
    app.clock.advance(1_000);
    await put(other, { numbers: [number] });
    app.clock.advance(1_000);
    await suppress({ number });
    const { items } = await timeline(personId);
    const types = items.map((item) => item.type);
    expect(types).toEqual([
      'wish.recorded.v1',
      'person.changed.v1',
      'person.merged.v1',
      'person.changed.v1',
      'call.decided.v1',
      'consent.granted.v1',
    ]);
    expect(items[0]?.record).toMatchObject({ said: { number: mask(number) }, reason: 'no more' });
    expect(items[4]?.record).toMatchObject({ decision: { outcome: 'allow' } });
    expect(items[4]?.record).not.toHaveProperty('facts');
  });

  it('comes in pages and between bounds', async () => {
    const customerId = freshCustomer();
    const { personId } = await put(customerId, { numbers: [freshNumber()] });
    const from = new Date(app.clock.now() + 1_000).toISOString();
    for (let i = 0; i < 3; i++) {
      app.clock.advance(1_000);
      await suppress({ customerId });
    }
    const to = new Date(app.clock.now()).toISOString();
    const types = (page: Page<TimelineItem>): string[] => page.items.map((item) => item.type);
    const range = await timeline(personId, `?from=${from}&to=${to}`);
    expect(types(range)).toEqual(['wish.recorded.v1', 'wish.recorded.v1']);
    const first = await timeline(personId, `?from=${from}&to=${to}&limit=1`);
    expect(first.items).toHaveLength(1);
    const second = await timeline(
      personId,
      `?from=${from}&to=${to}&limit=1&cursor=${first.nextCursor ?? ''}`,
    );
    expect(second.items[0]?.eventId).toBe(range.items[1]?.eventId);
    expect(second.nextCursor).toBeNull();
    expect((await cast.auditor.get(`/v1/people/${personId}/timeline?cursor=x`)).status).toBe(422);
  });
});

describe('what is stored', () => {
  it('holds no number in clear anywhere', async () => {
    const number = freshNumber();
    const customerId = `kunde-${number.slice(3)}`;
    await put(customerId, { numbers: [number] });
    await suppress({ number });
    await consent(bank, { number });
    await ask(bank, number);
    await lookup({ number });
    const digits = number.slice(3);
    const tables = await queryRows<{ name: string }>(
      app.database,
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'public' AND c.relkind = 'r'`,
    );
    const holding: string[] = [];
    for (const { name } of tables) {
      const rows = await queryRows(
        app.database,
        `SELECT 1 FROM "${name}" AS t WHERE t::text LIKE $1 OR t::text LIKE $2 LIMIT 1`,
        [`%${digits}%`, `%${Buffer.from(digits).toString('hex')}%`],
      );
      if (rows.length > 0) holding.push(name);
    }
    expect(tables.length).toBeGreaterThan(10);
    expect(holding).toEqual([]);
    expect(app.logged.filter((line) => line.includes(digits))).toEqual([]);
  });
});
