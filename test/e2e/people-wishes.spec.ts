import { type Cast, startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank, question } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

interface Suppression {
  id: string;
  receiptId: string;
  effectiveAt: string;
  scope: { kind: string; id?: string };
  confirmation: string;
}
interface Item {
  id: string;
  state: string;
  source: string;
  personId: string;
  reason?: string;
  evidence?: Record<string, unknown>;
}
interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** A Tuesday at ten in the morning in Shanghai: calls are legal. */
const MORNING = '2026-11-24T10:00:00+08:00';

let app: TestApp;
let bank: Bank;
let cast: Cast;
beforeAll(async () => {
  app = await startApp({ now: MORNING });
  bank = await openBank(app);
  cast = bank.cast;
  // In preparation: what it is about can be refused already.
  await expectStatus(
    201,
    cast.marketing.put('/v1/campaigns/House-Loan', {
      name: 'Loans',
      entity: 'bank',
      line: 'loans',
      product: 'silver-card',
      purpose: 'marketing',
      callerIds: [],
      voice: 'ai',
    }),
  );
});
afterAll(() => app.close());

const wish = (who: object, more: object = {}): Promise<Suppression> =>
  expectStatus(
    201,
    cast.care.post('/v1/suppressions', { ...who, source: 'customer', reason: '别再打了', ...more }),
  );

/** Who read the request for its release, by their clients, as the person's record tells. */
async function readersOf(id: string): Promise<string[]> {
  const rows = await queryRows<{ client: string }>(
    app.database,
    `SELECT e.clear->>'clientId' AS client FROM events e JOIN suppressions s ON s.subject_id = e.subject_id
     WHERE s.id = $1 AND e.type = 'person.read.v1' AND e.clear->>'what' = 'approval'`,
    [id],
  );
  return rows.map((row) => row.client).sort();
}

/** One officer asks, the other one grants. */
async function release(id: string): Promise<void> {
  const { approvalId } = await expectStatus<{ approvalId: string }>(
    202,
    cast.officer.post(`/v1/suppressions/${id}/release`, {
      reason: 'The customer asked for offers again.',
      evidence: { recording: 'call 77', said: '可以再打给我' },
    }),
  );
  await expectStatus(200, cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
}

describe('POST /v1/suppressions', () => {
  it('refuses the very next call and says so in the person’s language', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    expect((await ask(bank, number)).outcome).toBe('allow');
    const other = freshNumber();
    await consent(bank, { number: other });
    const made = await wish({ number: other });
    expect(made).toMatchObject({ scope: { kind: 'group' }, effectiveAt: new Date(MORNING).toISOString() });
    expect(made.confirmation).toContain('不会再');
    expect(codesOf(await ask(bank, other))).toContain('SUPPRESSED');
  });

  it('takes back an authorization that nobody has redeemed', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { authorization } = await ask(bank, number);
    await wish({ number });
    const answer = await cast.carrier.post('/v1/authorizations/redeem', {
      token: authorization?.token,
      to: number,
      callerId: bank.callerId,
    });
    expect(answer).toMatchObject({ status: 409, body: { reason: 'void' } });
  });

  it('leaves an authorization of another matter alone', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { authorization } = await ask(bank, number);
    await wish({ number }, { scope: { kind: 'line', id: 'loans' } });
    await wish({ number }, { channels: ['sms'] });
    await wish({ number }, { purposes: ['survey'] });
    const redeem = { token: authorization?.token, to: number, callerId: bank.callerId };
    expect((await cast.carrier.post('/v1/authorizations/redeem', redeem)).status).toBe(200);
  });

  it('binds a customer’s numbers that come later, too', async () => {
    const number = freshNumber();
    await wish({ customerId: 'C-before' });
    await expectStatus(200, cast.officer.put('/v1/people/C-before', { numbers: [number] }));
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('binds every number of a person by any of them', async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await expectStatus(201, cast.officer.put('/v1/people/C-two', { numbers: [one, two] }));
    await wish({ number: one });
    expect(codesOf(await ask(bank, two))).toContain('SUPPRESSED');
  });

  it('binds only what it speaks of', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    await wish({ number }, { scope: { kind: 'product', id: 'silver-card' } });
    expect((await ask(bank, number)).outcome).toBe('allow');
    const other = freshNumber();
    await consent(bank, { number: other });
    await wish({ number: other }, { scope: { kind: 'product', id: 'gold-card' } });
    expect(codesOf(await ask(bank, other))).toContain('SUPPRESSED');
  });

  it('is one wish for one Idempotency-Key', async () => {
    const number = freshNumber();
    const body = { number, source: 'customer', reason: 'stop' };
    const headers = { 'idempotency-key': '"wish-1"' };
    const first = await expectStatus<Suppression>(201, cast.care.post('/v1/suppressions', body, headers));
    const again = await expectStatus<Suppression>(201, cast.care.post('/v1/suppressions', body, headers));
    expect(again).toEqual(first);
    const found = await expectStatus<Page<Item>>(
      200,
      cast.officer.post('/v1/suppressions/search', { number }),
    );
    expect(found.items).toHaveLength(1);
  });

  it.each([
    ['neither number nor customer', { reason: 'x' }, ''],
    ['both', { number: '+8613912345678', customerId: 'C-1', reason: 'x' }, ''],
    ['not a number', { number: '12ab', reason: 'x' }, '/number'],
    ['a number nobody answers', { number: '+8614401234567890', reason: 'x' }, '/number'],
    ['no reason', { number: '+8613912345678' }, '/reason'],
    [
      'an end in the past',
      { number: '+8613912345678', reason: 'x', until: '2026-11-24T09:59:59+08:00' },
      '/until',
    ],
    [
      'a line without its name',
      { number: '+8613912345678', reason: 'x', scope: { kind: 'line' } },
      '/scope/id',
    ],
    [
      'a group with a name',
      { number: '+8613912345678', reason: 'x', scope: { kind: 'group', id: 'a' } },
      '/scope/id',
    ],
    ['an unknown member', { number: '+8613912345678', reason: 'x', forever: true }, '/forever'],
    ['evidence in depth', { number: '+8613912345678', reason: 'x', evidence: { a: { b: 1 } } }, '/evidence'],
  ])('refuses %s and writes nothing', async (_, body, pointer) => {
    const before = await queryRows(app.database, 'SELECT count(*) FROM subjects');
    const answer = await cast.care.post('/v1/suppressions', { source: 'customer', ...body });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(await queryRows(app.database, 'SELECT count(*) FROM subjects')).toEqual(before);
  });

  it.each([
    ['dialer', 'officer', 403],
    ['care', 'officer', 403],
    ['care', 'vulnerable', 201],
    ['carrier', 'carrier_signal', 201],
    ['carrier', 'complaint', 403],
    ['marketing', 'import', 201],
    ['compliance', 'officer', 201],
    ['auditor', 'customer', 403],
    ['admin', 'customer', 403],
  ] as const)('takes from %s the source %s: %i', async (role, source, status) => {
    const answer = await cast[role].post('/v1/suppressions', {
      number: freshNumber(),
      source,
      reason: 'heard',
    });
    expect(answer.status).toBe(status);
  });
});

describe('a wish that is released', () => {
  it('binds until a second person has granted it, and history keeps both', async () => {
    const number = freshNumber();
    const { id } = await wish({ number });
    const asked = await expectStatus<{ approvalId: string; state: string }>(
      202,
      cast.officer.post(`/v1/suppressions/${id}/release`, {
        reason: 'asked again on 13912345678',
        evidence: 'mail 4',
      }),
    );
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    expect(await cast.officer.post(`/v1/approvals/${asked.approvalId}/approve`, {})).toMatchObject({
      status: 403,
      body: { code: 'SAME_PERSON' },
    });
    const shown = await expectStatus<{ after: { reason: string } }>(
      200,
      cast.otherOfficer.get(`/v1/approvals/${asked.approvalId}`),
    );
    expect(shown.after.reason).toBe('asked again on ‹number›');
    await expectStatus(200, cast.auditor.get('/v1/approvals?limit=1'));
    expect(await readersOf(id)).toEqual([cast.otherOfficer.id, cast.auditor.id].sort());
    await expectStatus(200, cast.otherOfficer.post(`/v1/approvals/${asked.approvalId}/approve`, {}));
    expect(codesOf(await ask(bank, number))).not.toContain('SUPPRESSED');
    const { items } = await expectStatus<Page<Item>>(
      200,
      cast.auditor.post('/v1/suppressions/search', { number }),
    );
    expect(items).toMatchObject([{ id, state: 'released' }]);
    expect(
      await cast.officer.post(`/v1/suppressions/${id}/release`, { reason: 'x', evidence: 'y' }),
    ).toMatchObject({
      status: 409,
    });
  });

  it('leaves the consents given before it dead', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    await release((await wish({ number })).id);
    expect(codesOf(await ask(bank, number))).toEqual(['CONSENT_WITHDRAWN']);
    app.clock.advance(1_000);
    await consent(bank, { number }, { grantedAt: new Date(app.clock.now()).toISOString() });
    expect((await ask(bank, number)).outcome).toBe('allow');
  });

  it('frees every number of the person, and only of that wish', async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await expectStatus(201, cast.officer.put('/v1/people/C-freed', { numbers: [one, two] }));
    const first = await wish({ number: one });
    const second = await wish({ customerId: 'C-freed' });
    await release(first.id);
    expect(codesOf(await ask(bank, two))).toContain('SUPPRESSED');
    await release(second.id);
    expect(codesOf(await ask(bank, two))).not.toContain('SUPPRESSED');
    expect(codesOf(await ask(bank, one))).not.toContain('SUPPRESSED');
  });

  it('cannot be asked for without the person’s word', async () => {
    const { id } = await wish({ number: freshNumber() });
    const answer = await cast.officer.post(`/v1/suppressions/${id}/release`, { reason: 'we want to sell' });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/evidence' }] } });
  });
});

describe('reading wishes', () => {
  it('finds them by number, person and customer, newest first, in pages', async () => {
    const number = freshNumber();
    await expectStatus(201, cast.officer.put('/v1/people/C-pages', { numbers: [number] }));
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift((await wish(i % 2 === 0 ? { number } : { customerId: 'C-pages' })).id);
      app.clock.advance(1_000);
    }
    const search = (body: object) =>
      expectStatus<Page<Item>>(200, cast.officer.post('/v1/suppressions/search', body));
    const first = await search({ number, limit: 2 });
    expect(first.items.map((item) => item.id)).toEqual(ids.slice(0, 2));
    const rest = await search({ number, limit: 2, cursor: first.nextCursor });
    expect(rest).toMatchObject({ items: [{ id: ids[2] }], nextCursor: null });
    const personId = first.items[0]?.personId;
    expect((await search({ personId })).items.map((item) => item.id)).toEqual(ids);
    expect((await search({ customerId: 'C-pages' })).items.map((item) => item.id)).toEqual(ids);
    expect(await search({ number: freshNumber() })).toEqual({ items: [], nextCursor: null });
  });

  it('shows reason and evidence with numbers masked, whole only with a reason of one’s own', async () => {
    const number = freshNumber();
    const { id } = await wish({ number }, { reason: `rang ${number} twice`, evidence: { from: number } });
    const masked = await expectStatus<Item>(200, cast.auditor.get(`/v1/suppressions/${id}`));
    expect(JSON.stringify(masked)).not.toContain(number.slice(-8));
    const whole = await expectStatus<Item>(
      200,
      cast.auditor.get(`/v1/suppressions/${id}`, { 'x-unmask-reason': 'case 12' }),
    );
    expect(whole).toMatchObject({ reason: `rang ${number} twice`, evidence: { from: number } });
  });

  it('lets care read back its own receipt and nobody else’s', async () => {
    const number = freshNumber();
    const { receiptId, id, confirmation } = await wish({ number });
    const own = await expectStatus(200, cast.care.get(`/v1/receipts/${receiptId}`));
    expect(own).toMatchObject({
      receiptId,
      kind: 'suppression',
      id,
      confirmation,
      content: { source: 'customer' },
    });
    expect(JSON.stringify(own)).not.toContain(number.slice(-8));
    const otherCare = await app.client(['care'], { name: 'another hotline' });
    expect((await otherCare.get(`/v1/receipts/${receiptId}`)).status).toBe(404);
    expect((await cast.auditor.get(`/v1/receipts/${receiptId}`)).status).toBe(200);
  });
});

describe('what a wish leaves behind', () => {
  it('is a record that names no number in clear', async () => {
    const number = freshNumber();
    const { id } = await wish({ number }, { evidence: { heardBy: 'agent 7' } });
    const [event] = await queryRows<{ type: string; clear: Record<string, unknown>; subject_id: string }>(
      app.database,
      `SELECT type, clear, subject_id FROM events WHERE clear->>'suppressionId' = $1`,
      [id],
    );
    expect(event?.type).toBe('wish.recorded.v1');
    expect(event?.clear).toMatchObject({ source: 'customer', scope: 'group', subjectId: event?.subject_id });
    expect(JSON.stringify(event)).not.toContain(number.slice(-8));
  });

  it('reaches a batch that was asked together with it or after it', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    await wish({ number });
    const { results } = await expectStatus<{ results: { outcome: string }[] }>(
      200,
      bank.dialer.post('/v1/calls/authorize/batch', {
        calls: [question(bank, number), question(bank, number)],
      }),
    );
    expect(results.map((result) => result.outcome)).toEqual(['deny', 'deny']);
  });
});
