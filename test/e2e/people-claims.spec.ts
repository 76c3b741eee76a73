import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

const TEN = '2026-11-20T10:00:00+08:00';

interface Consents {
  current: { id: string }[];
  events: { id: string; kind: string; personId?: string; consentId?: string }[];
}
interface Timeline {
  items: { type: string; record: Record<string, unknown> }[];
}

let app: TestApp;
let bank: Bank;
beforeAll(async () => {
  app = await startApp({ now: TEN });
  bank = await openBank(app);
});
afterAll(() => app.close());
beforeEach(() => app.clock.set(Date.parse(TEN)));

const put = async (customerId: string, ...numbers: string[]): Promise<string> => {
  const { status, body } = await bank.cast.officer.put<{ personId: string }>(`/v1/people/${customerId}`, {
    numbers,
  });
  expect([200, 201]).toContain(status);
  return body.personId;
};
const consentsOf = (target: object): Promise<Consents> =>
  expectStatus(200, bank.cast.officer.post<Consents>('/v1/consents/search', target));
const report = (callId: string, type: string): Promise<{ directives: { type: string }[] }> =>
  expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, { type, at: TEN }));
const stop = (customerId: string): Promise<unknown> =>
  expectStatus(
    201,
    bank.cast.care.post('/v1/suppressions', { customerId, source: 'customer', reason: 'No more.' }),
  );

describe('a consent given by a number before anybody had claimed it', () => {
  it('counts while it is nobody’s, and allows nothing once it is a customer’s, by that number or another', async () => {
    const [lead, mine] = [freshNumber(), freshNumber()];
    const personId = await put('K-1', mine);
    await consent(bank, { number: lead });
    const free = await ask(bank, lead);
    expect(free.outcome).toBe('allow');
    await report(free.callId, 'not_placed');
    await put('K-1', mine, lead);
    for (const [to, named] of [
      [lead, {}],
      [lead, { customerId: 'K-1' }],
      [mine, {}],
    ] as const) {
      expect(codesOf(await ask(bank, to, named))).toEqual(['CONSENT_MISSING']);
    }
    const told = await consentsOf({ customerId: 'K-1' });
    expect([told.current, told.events.map(({ kind, personId: by }) => [kind, by])]).toEqual([
      [],
      [['granted', undefined]],
    ]);
    // Recorded once more, now that it is known whose number it is.
    await consent(bank, { number: lead });
    expect((await consentsOf({ personId })).current).toHaveLength(1);
    expect((await ask(bank, lead)).outcome).toBe('allow');
  });

  it('is nobody’s in a household either', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    for (const customerId of ['K-2', 'K-3']) await put(customerId, number);
    expect(codesOf(await ask(bank, number, { customerId: 'K-2' }))).toEqual(['CONSENT_MISSING']);
    expect((await consentsOf({ number })).current).toEqual([]);
  });

  it('binds whoever claims the number where it was taken back', async () => {
    const number = freshNumber();
    await expectStatus(201, bank.cast.care.post('/v1/consents/withdraw', { number, method: 'hotline' }));
    await put('K-4', number);
    expect(codesOf(await ask(bank, number))).toEqual(['CONSENT_WITHDRAWN']);
  });
});

describe('a call under way to a number that a customer claims', () => {
  const ringing = async (): Promise<{ number: string; callId: string }> => {
    const number = freshNumber();
    await consent(bank, { number });
    const { callId } = await ask(bank, number);
    await report(callId, 'placed');
    return { number, callId };
  };

  it('ends where the customer had refused, and the record of the claim names it', async () => {
    const personId = await put('K-5', freshNumber());
    await stop('K-5');
    const { number, callId } = await ringing();
    await put('K-5', number);
    expect((await report(callId, 'answered')).directives).toMatchObject([{ type: 'end_call' }]);
    const { items } = await expectStatus<Timeline>(
      200,
      bank.cast.auditor.get<Timeline>(`/v1/people/${personId}/timeline`),
    );
    const claims = items.filter(({ type }) => type === 'person.changed.v1').map(({ record }) => record);
    expect(claims[0]).toMatchObject({ voided: [callId] });
  });

  it('ends where it becomes a household’s with somebody who had refused', async () => {
    await put('K-6');
    await stop('K-6');
    const number = freshNumber();
    await put('K-7', number);
    await consent(bank, { customerId: 'K-7' });
    const { callId } = await ask(bank, number);
    await report(callId, 'placed');
    await put('K-6', number);
    expect((await report(callId, 'answered')).directives).toMatchObject([{ type: 'end_call' }]);
  });

  it('goes on where nobody had refused anything', async () => {
    await put('K-8', freshNumber());
    const { number, callId } = await ringing();
    await put('K-8', number);
    const { directives } = await report(callId, 'answered');
    expect(directives.map(({ type }) => type)).not.toContain('end_call');
  });
});

describe('consents given by a number that never was the customer’s', () => {
  it('are taken back alone: what was given by another way, before or after, counts', async () => {
    const [mine, strangers] = [freshNumber(), freshNumber()];
    const personId = await put('K-9', mine, strangers);
    await consent(bank, { customerId: 'K-9' }, { grantedAt: '2026-01-10T10:00:00+08:00' });
    await consent(bank, { number: strangers }, { grantedAt: '2026-06-10T10:00:00+08:00' });
    const { voidedConsents } = await expectStatus<{ voidedConsents: string[] }>(
      200,
      bank.cast.care.post(`/v1/people/${personId}/wrong-number`, { number: strangers, reason: 'Not mine.' }),
    );
    expect(voidedConsents).toHaveLength(1);
    const told = await consentsOf({ personId });
    expect(told.events[0]).toMatchObject({ kind: 'withdrawn', consentId: voidedConsents[0] });
    expect(told.current).toHaveLength(1);
    expect(told.current[0]?.id).not.toBe(voidedConsents[0]);
    expect((await ask(bank, mine)).outcome).toBe('allow');
  });
});

describe('a customer who claims a number of nobody’s and one that another has', () => {
  it('brings the calls of the first to the second, in whatever order the numbers are locked', async () => {
    // They are locked by their tags, which nobody can choose: of so many pairs some come in either order.
    const pairs = Array.from({ length: 8 }, (_, pair) => ({
      pair,
      free: freshNumber(),
      shared: freshNumber(),
    }));
    for (const { pair, free, shared } of pairs) {
      await put(`S-${pair}`, shared);
      await consent(bank, { number: free });
      const { callId } = await ask(bank, free);
      await put(`T-${pair}`, free, shared);
      const rows = await queryRows<{ held: boolean }>(
        app.database,
        `SELECT slots::text LIKE '%' || $1 || '%' AS held FROM subjects WHERE kind = 'household'
         ORDER BY created_at DESC, id DESC LIMIT 1`,
        [callId],
      );
      expect([pair, rows]).toEqual([pair, [{ held: true }]]);
    }
  });
});
