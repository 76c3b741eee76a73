import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { type Sms, sms, SMS_ENV, SmsProvider } from '../support/sms-provider';

const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let app: TestApp;
let bank: Bank;
let provider: SmsProvider;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: SMS_ENV });
  bank = await openBank(app);
  provider = SmsProvider.of(app);
});
afterAll(() => app.close());

const suppressionsOf = async (number: string): Promise<{ id: string; state: string }[]> =>
  (
    await expectStatus<{ items: { id: string; state: string }[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number }),
    )
  ).items;

async function messages(): Promise<unknown> {
  return queryRows(app.database, 'SELECT count(*) FROM sms_messages');
}

describe('messages that are not what they were', () => {
  it.each<[string, Partial<Sms>, boolean]>([
    ['a refusal', { text: '别再打了' }, true],
    ['a refusal in a list', { text: 'TD' }, true],
    ['a threat', { text: '我要去银保监会投诉' }, false],
    ['a stranger', { text: '打错了，我不是李女士' }, true],
    ['an offer declined', { text: '不用了，谢谢' }, false],
  ])(
    'loses no word against contact that comes under the id of another message: %s',
    async (_, more, stops) => {
      const [first, number] = [freshNumber(), freshNumber()];
      await consent(bank, { number });
      const message = sms(first, '谢谢', at(-SECOND));
      await provider.push(message);
      const other = { ...message, from: number, ...more };
      const answer = await expectStatus<{ action: string; reply?: string }[]>(200, provider.post([other]));
      expect(answer).toMatchObject([{ action: stops ? 'opted_out' : 'none' }]);
      expect(answer[0]?.reply !== undefined).toBe(stops);
      expect((await ask(bank, number)).outcome).not.toBe('allow');
      const wishes = await suppressionsOf(number);
      const before = await messages();
      expect(await provider.push(other)).toEqual({ action: stops ? 'opted_out' : 'none' });
      expect(await provider.push(message)).toEqual({ action: 'none' });
      expect(await suppressionsOf(number)).toEqual(wishes);
      expect(await messages()).toEqual(before);
    },
  );

  it('takes a refusal once more that comes at another time under its id, and confirms it once', async () => {
    const number = freshNumber();
    const message = sms(number, '退订', at(-3 * MINUTE));
    await provider.push(message);
    await provider.push(sms(number, '恢复', at(-2 * MINUTE)));
    expect(await provider.push({ ...message, receivedAt: at(-MINUTE) })).toEqual({ action: 'opted_out' });
    expect((await suppressionsOf(number)).map(({ state }) => state).sort()).toEqual(['active', 'released']);
  });

  it('counts a START from a clock that runs ahead as said now: what is refused after it binds', async () => {
    const number = freshNumber();
    expect((await provider.push(sms(number, 'START', at(4 * MINUTE)))).action).toBe('opted_in');
    app.clock.advance(MINUTE);
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number, source: 'customer', reason: '别再打了' }),
    );
    expect((await provider.push(sms(number, '退订', at(30 * SECOND)))).action).toBe('opted_out');
    // Brought later, and said before both by any clock but its own.
    expect((await provider.push(sms(number, '恢复', at(5 * MINUTE)))).action).toBe('none');
    app.clock.set(NOW);
    expect((await suppressionsOf(number)).map(({ state }) => state).sort()).toEqual(['active', 'released']);
  });
});
