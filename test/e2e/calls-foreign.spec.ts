import { startApp, type TestApp } from '../support/app';
import { type Answered, type Bank, consent, freshNumber, openBank, question } from '../support/bank';
import { expectStatus, type HttpCaller } from '../support/http';
import { addressOf, LiveClient } from '../support/live/live-client';

const TEN = '2026-11-20T10:00:00+08:00';

describe('a call of somebody else', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  const callOf = async (caller: HttpCaller, campaignId = bank.vendorCampaignId): Promise<string> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const asked = question({ ...bank, campaignId }, to);
    const { callId, outcome } = await expectStatus<Answered>(200, caller.post('/v1/calls/authorize', asked));
    expect(outcome).toBe('allow');
    return callId;
  };
  const report = (caller: HttpCaller, callId: string) =>
    caller.post(`/v1/calls/${callId}/events`, { type: 'refused', at: TEN });
  const listen = async (caller: HttpCaller, callId: string): Promise<string> => {
    const address = `${await addressOf(app)}/v1/calls/${callId}/live`;
    return LiveClient.open(address, { key: caller.key }).then(
      async (client) => `connected ${(await client.close()).code}`,
      (error: Error) => error.message,
    );
  };

  it('is not there for a dialer of no vendor where it is a vendor’s, nor for another vendor’s dialer', async () => {
    await expectStatus(
      201,
      bank.cast.officer.put('/v1/vendors/vendor-8', { name: 'Vendor 8', status: 'active' }),
    );
    const other = await app.client(['dialer'], { name: 'another vendor', vendorId: 'vendor-8' });
    const callId = await callOf(bank.vendorDialer);
    for (const caller of [bank.dialer, other]) {
      const missing = { status: 404, body: { code: 'NOT_FOUND', detail: 'There is no such call.' } };
      expect(await report(caller, callId)).toMatchObject(missing);
      expect(await caller.get(`/v1/calls/${callId}`)).toMatchObject(missing);
      expect(await listen(caller, callId)).toBe('HTTP 404 NOT_FOUND');
    }
    const { body } = await bank.vendorDialer.get<{ events: unknown[] }>(`/v1/calls/${callId}`);
    expect(body.events).toEqual([]);
  });

  it('is there for its vendor, for carriers and for those who run campaigns', async () => {
    const callId = await callOf(bank.vendorDialer);
    await expectStatus(200, report(bank.cast.carrier, callId));
    await expectStatus(200, report(bank.cast.marketing, callId));
    await expectStatus(200, report(bank.vendorDialer, callId));
    await expectStatus(200, bank.cast.auditor.get(`/v1/calls/${callId}`));
  });

  it('is one’s own where one was allowed it, in whoever’s campaign', async () => {
    const callId = await callOf(bank.dialer);
    await expectStatus(200, report(bank.dialer, callId));
    // Another dialer of the institution's own was not asked for it: the campaign is a vendor's.
    const second = await app.client(['dialer'], { name: 'second own dialer' });
    expect((await report(second, callId)).status).toBe(404);
    const inHouse = await callOf(bank.dialer, bank.campaignId);
    await expectStatus(200, report(second, inHouse));
  });
});
