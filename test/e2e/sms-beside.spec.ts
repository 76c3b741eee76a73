import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { expectStatus } from '../support/http';
import { sms, SMS_ENV, SmsProvider } from '../support/sms-provider';

const MORNING = '2026-11-24T10:00:00+08:00';
const RECEIVED = '2026-11-24T09:59:59+08:00';

let app: TestApp;
let bank: Bank;
let provider: SmsProvider;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: SMS_ENV });
  bank = await openBank(app);
  provider = SmsProvider.of(app);
});
afterAll(() => app.close());

const write = (number: string, text: string) => provider.push(sms(number, text, RECEIVED));

async function wishesOf(number: string): Promise<{ id: string; source: string; state: string }[]> {
  return (
    await expectStatus<{ items: { id: string; source: string; state: string }[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number }),
    )
  ).items;
}

async function flagsOn(suppressionId: string | undefined): Promise<string[]> {
  const { items } = await expectStatus<{ items: { kind: string; suppressionId?: string }[] }>(
    200,
    bank.cast.officer.get('/v1/flags?limit=1000'),
  );
  return items.filter((flag) => flag.suppressionId === suppressionId).map(({ kind }) => kind);
}

describe('what a customer writes without a word of stopping', () => {
  it.each(['不用', '不用了，谢谢', '暂时不需要', 'No thanks'])(
    'in China, %j is a pause of thirty days and no wish',
    async (text) => {
      const number = freshNumber();
      await consent(bank, { number });
      expect(await write(number, text)).toEqual({ action: 'none' });
      expect(await wishesOf(number)).toEqual([]);
      const answer = await ask(bank, number);
      expect(codesOf(answer)).toEqual(['REFUSAL_COOLDOWN']);
      expect(answer.reasons).toMatchObject([{ until: '2026-12-24T01:59:59.000Z' }]);
    },
  );

  it.each([
    ['Taiwan', '+886912345678', '不用了，謝謝'],
    ['Japan', '+819012345678', '興味ありません'],
  ])('in %s one refusal is final', async (_, number, text) => {
    const answer = await write(number, text);
    expect(answer).toEqual({ action: 'opted_out', reply: expect.any(String) as string });
    expect(await wishesOf(number)).toMatchObject([{ source: 'customer', state: 'active' }]);
  });

  it.each([
    ['我丈夫上周去世了', 'vulnerable', 'vulnerable'],
    ['My husband passed away last week', 'vulnerable', 'vulnerable'],
    ['我得了癌症，在化疗', 'vulnerable', 'vulnerable'],
    ['我要去银保监会投诉', 'complaint', 'complaint_threat'],
  ])('%j: nothing is sold until somebody has looked', async (text, source, kind) => {
    const number = freshNumber();
    await consent(bank, { number });
    expect(await write(number, text)).toEqual({ action: 'none' });
    const [wish, ...others] = await wishesOf(number);
    expect(others).toEqual([]);
    expect(wish).toMatchObject({ source, state: 'active' });
    expect(await flagsOn(wish?.id)).toEqual([kind]);
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('of who has died: the number is a stranger’s, too', async () => {
    const number = freshNumber();
    await write(number, '你们要找的人已经去世了');
    expect((await wishesOf(number)).map(({ source }) => source).sort()).toEqual([
      'vulnerable',
      'wrong_person',
    ]);
  });

  it('answers a question for the sender that comes with a refusal of the offer', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const answer = await write(number, '你们是哪家银行？我不需要贷款');
    expect(answer.action).toBe('help');
    expect(answer.reply).toContain('示例银行');
    expect(codesOf(await ask(bank, number))).toEqual(['REFUSAL_COOLDOWN']);
  });

  it.each(['谢谢', '没问题', '卡丢了怎么办'])('%j changes nothing', async (text) => {
    const number = freshNumber();
    await consent(bank, { number });
    expect(await write(number, text)).toEqual({ action: 'none' });
    expect((await ask(bank, number)).outcome).toBe('allow');
  });
});
