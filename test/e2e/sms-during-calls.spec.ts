import { startApp, type TestApp } from '../support/app';
import {
  type Answered,
  ask,
  type Bank,
  codesOf,
  consent,
  freshNumber,
  openBank,
  question,
} from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { expectStatus, type HttpCaller } from '../support/http';
import { sms, SMS_ENV, SmsProvider } from '../support/sms-provider';

const MORNING = '2026-11-24T10:00:00+08:00';
const JUST_NOW = new Date(Date.parse(MORNING) - 1_000).toISOString();
const BATCH = 60;

let database: TestDatabase;
let first: TestApp;
let second: TestApp;
let bank: Bank;
/** The message comes to the second gateway; calls are decided and reported at the first. */
let provider: SmsProvider;
beforeAll(async () => {
  database = await createTestDatabase();
  first = await startApp({ database, now: MORNING, env: SMS_ENV });
  second = await startApp({ database, dataDir: first.dataDir, now: MORNING, env: SMS_ENV });
  bank = await openBank(first);
  provider = SmsProvider.of(second);
});
afterAll(async () => {
  await second.close();
  await first.close();
  await database.drop();
});

const stop = (number: string) => provider.push(sms(number, '别再打了', JUST_NOW, { text: '退订' }));
const redeem = (caller: HttpCaller, answer: Answered, to: string) =>
  caller.post<Record<string, unknown>>('/v1/authorizations/redeem', {
    token: answer.authorization?.token,
    to,
    callerId: bank.callerId,
  });

async function allowed(number = freshNumber()): Promise<{ number: string; answer: Answered }> {
  await consent(bank, { number });
  const answer = await ask(bank, number);
  expect(answer.outcome).toBe('allow');
  return { number, answer };
}

interface Directives {
  directives: { type: string }[];
}
const report = async (callId: string, type: string): Promise<string[]> => {
  const body = { type, at: MORNING, eventId: `${type}-${callId}` };
  const { directives } = await expectStatus<Directives>(
    200,
    bank.dialer.post(`/v1/calls/${callId}/events`, body),
  );
  return directives.map((directive) => directive.type);
};

describe('an opt-out by SMS at another gateway', () => {
  it('voids a token that is out: neither gateway redeems it', async () => {
    for (const caller of [bank.cast.carrier, second.as(bank.cast.carrier.key ?? '')]) {
      const { number, answer } = await allowed();
      expect((await stop(number)).action).toBe('opted_out');
      expect(await redeem(caller, answer, number)).toMatchObject({ status: 409, body: { reason: 'void' } });
      expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    }
  });

  it('leaves nothing of a batch in flight: each call is refused, or its token is void', async () => {
    const numbers = Array.from({ length: BATCH }, freshNumber);
    for (const number of numbers) await consent(bank, { number });
    const calls = numbers.map((number) => question(bank, number));
    const [batch] = await Promise.all([
      expectStatus<{ results: Answered[] }>(200, bank.dialer.post('/v1/calls/authorize/batch', { calls })),
      Promise.all(numbers.map(stop)),
    ]);
    for (const [index, answer] of batch.results.entries()) {
      const number = numbers[index] ?? '';
      if (answer.outcome === 'allow') {
        expect(await redeem(bank.cast.carrier, answer, number)).toMatchObject({
          status: 409,
          body: { reason: 'void' },
        });
      } else expect(codesOf(answer)).toContain('SUPPRESSED');
    }
    const again = await expectStatus<{ results: Answered[] }>(
      200,
      bank.dialer.post('/v1/calls/authorize/batch', { calls: numbers.map((to) => question(bank, to)) }),
    );
    for (const answer of again.results) expect(codesOf(answer)).toContain('SUPPRESSED');
  });

  it.each([
    ['rings', ['placed'], 'ringing'],
    ['is about to be answered', ['placed', 'ringing'], 'answered'],
    ['goes on', ['placed', 'ringing', 'answered'], 'disclosure_played'],
  ])('ends a call that %s: its next event is answered so', async (_, before, next) => {
    const { number, answer } = await allowed();
    for (const type of before) expect(await report(answer.callId, type)).not.toContain('end_call');
    await stop(number);
    expect(await report(answer.callId, next)).toContain('end_call');
  });

  it('binds every vendor and voice, and a call that a person makes', async () => {
    const { number } = await allowed();
    await stop(number);
    const asVendor = await expectStatus<Answered>(
      200,
      bank.vendorDialer.post(
        '/v1/calls/authorize',
        question(bank, number, { campaignId: bank.vendorCampaignId }),
      ),
    );
    expect(codesOf(asVendor)).toEqual(['NOT_CALLABLE']);
    expect(codesOf(await ask(bank, number, { voice: 'human' }))).toContain('SUPPRESSED');
  });
});
