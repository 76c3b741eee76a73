import { type Cast, startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

interface Suppression {
  id: string;
  scope: { kind: string; id?: string };
  confirmation: string;
}

let app: TestApp;
let bank: Bank;
let cast: Cast;
beforeAll(async () => {
  app = await startApp({ now: '2026-11-24T10:00:00+08:00' });
  bank = await openBank(app);
  cast = bank.cast;
});
afterAll(() => app.close());

const wish = (who: object, more: object): Promise<Suppression> =>
  expectStatus(201, cast.care.post('/v1/suppressions', { ...who, source: 'customer', ...more }));

describe('a wish about something', () => {
  const said = (kind: string, id: string) => ({ reason: 'no', scope: { kind, id } });

  it.each([
    ['entity', 'BANK', 'bank'],
    ['line', 'Cards', 'cards'],
    ['product', 'GOLD-card', 'gold-card'],
    ['campaign', 'Spring-Card', 'spring-card'],
  ])('binds %s %s as it is spelled where it is known', async (kind, id, known) => {
    const number = freshNumber();
    await consent(bank, { number });
    expect((await wish({ number }, said(kind, id))).scope).toEqual({ kind, id: known });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it.each(['entity', 'line', 'product', 'campaign'])(
    'binds everything where nobody knows the %s, and says so',
    async (kind) => {
      const number = freshNumber();
      await consent(bank, { number });
      const made = await wish({ number }, said(kind, 'crads'));
      expect(made.scope).toEqual({ kind: 'group' });
      expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
      const { personId } = await expectStatus<{ personId: string }>(
        200,
        cast.auditor.get(`/v1/suppressions/${made.id}`),
      );
      const { items } = await expectStatus<{ items: { type: string; record: object }[] }>(
        200,
        cast.auditor.get(`/v1/people/${personId}/timeline`),
      );
      const recorded = items.find(({ type }) => type === 'wish.recorded.v1');
      expect(recorded?.record).toMatchObject({
        namedScope: { kind, id: 'crads' },
        wish: { scope: { kind: 'group' } },
      });
    },
  );

  it.each([
    ['compliance', 'entity'],
    ['compliance', 'line'],
    ['marketing', 'product'],
    ['marketing', 'campaign'],
  ] as const)('is refused to %s where nobody knows the %s, and nothing is written', async (role, kind) => {
    const before = await queryRows(app.database, 'SELECT count(*) FROM subjects');
    const body = { number: freshNumber(), source: 'customer', ...said(kind, 'crads') };
    expect(await cast[role].post('/v1/suppressions', body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/scope/id', code: 'UNKNOWN_SCOPE' }] },
    });
    expect(await queryRows(app.database, 'SELECT count(*) FROM subjects')).toEqual(before);
  });

  it('tells a vendor nothing of campaigns that are not its own', async () => {
    const heard = async (id: string) => {
      const body = { number: freshNumber(), source: 'customer', ...said('campaign', id) };
      const answer = await bank.vendorDialer.post<Suppression>('/v1/suppressions', body);
      return { status: answer.status, scope: answer.body.scope, said: answer.body.confirmation };
    };
    const unknown = await heard('nobodys');
    expect(unknown).toMatchObject({ status: 201, scope: { kind: 'group' } });
    expect(await heard(bank.campaignId)).toEqual(unknown);
    expect((await heard(bank.vendorCampaignId)).scope).toEqual({ kind: 'campaign', id: 'spring-card-v7' });
    const product = { entity: 'bank', line: 'mortgages', product: 'home', purpose: 'marketing', voice: 'ai' };
    const inHouse = { ...product, name: 'In-house', callerIds: [] };
    await expectStatus(201, cast.marketing.put('/v1/campaigns/in-house', inHouse));
    const line = { number: freshNumber(), source: 'customer', ...said('line', 'mortgages') };
    const foreign = await expectStatus<Suppression>(201, bank.vendorDialer.post('/v1/suppressions', line));
    expect(foreign.scope).toEqual({ kind: 'group' });
  });
});
