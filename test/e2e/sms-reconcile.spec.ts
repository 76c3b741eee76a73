import type { ReconcileAnswer } from '../../src/services/sms/sms.dto';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { expectStatus } from '../support/http';
import { sms, SMS_ENV, SmsProvider, type Sms } from '../support/sms-provider';

const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
const HOUR = 3_600_000;
const at = (ms: number): string => new Date(NOW + ms).toISOString();

let app: TestApp;
let bank: Bank;
let provider: SmsProvider;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: SMS_ENV });
  bank = await openBank(app);
  provider = SmsProvider.of(app);
});
afterAll(() => app.close());

const day = { from: at(-24 * HOUR), to: at(1) };
const reconcile = (messages: unknown[], more: object = {}): Promise<ReconcileAnswer> =>
  expectStatus(200, bank.cast.carrier.post('/v1/sms/reconcile', { ...day, ...more, messages }));
const isSuppressed = async (number: string): Promise<boolean> =>
  codesOf(await ask(bank, number)).includes('SUPPRESSED');

describe('POST /v1/sms/reconcile', () => {
  it('finds what a lost push would have dropped, once', async () => {
    const [pushed, lost, thanks] = [freshNumber(), freshNumber(), freshNumber()];
    for (const number of [pushed, lost, thanks]) await consent(bank, { number });
    const list = [
      sms(pushed, '退订', at(-3 * HOUR)),
      sms(lost, '别再打了 TD', at(-2 * HOUR), { text: 'TD' }),
      sms(thanks, '谢谢', at(-HOUR)),
    ];
    await provider.push(list[0] as Sms);
    expect(await reconcile(list)).toEqual({
      read: 3,
      known: 1,
      recovered: 2,
      optOuts: 1,
      rejected: 0,
      errors: [],
    });
    expect(await isSuppressed(lost)).toBe(true);
    expect(await isSuppressed(thanks)).toBe(false);
    expect(await reconcile(list)).toMatchObject({ read: 3, known: 3, recovered: 0, optOuts: 0 });
    // The push that was late after all.
    expect(await provider.push(list[1] as Sms)).toEqual({ action: 'opted_out' });
  });

  it('judges by when a message was received: an old STOP does not undo a later START', async () => {
    const number = freshNumber();
    await provider.push(sms(number, 'START', at(-HOUR)));
    const answer = await reconcile([sms(number, 'STOP', at(-2 * HOUR))]);
    expect(answer).toMatchObject({ recovered: 1, optOuts: 0 });
    expect(await isSuppressed(number)).toBe(false);
    await reconcile([sms(number, 'STOP', at(-HOUR))]);
    expect(await isSuppressed(number)).toBe(true);
  });

  it('tells what is broken by its place, and takes the rest', async () => {
    const number = freshNumber();
    const known = sms(freshNumber(), '谢谢', at(-HOUR));
    await provider.push(known);
    const answer = await reconcile([
      { text: 'STOP' },
      sms(freshNumber(), 'STOP', at(-25 * HOUR)),
      { ...known, text: 'START' },
      sms(number, 'STOP', at(-HOUR)),
    ]);
    expect(answer).toMatchObject({ read: 4, known: 0, recovered: 1, optOuts: 1, rejected: 3 });
    expect(answer.errors).toMatchObject([
      { index: 0, code: 'REQUIRED', detail: expect.stringContaining('/messages/0/') as string },
      { index: 1, code: 'OUT_OF_RANGE', detail: expect.stringContaining('/messages/1/receivedAt') as string },
      { index: 2, code: 'CONFLICT' },
    ]);
    expect(JSON.stringify(answer)).not.toMatch(/\d{11}/);
    expect(await isSuppressed(number)).toBe(true);
  });

  it('takes a time that the list tells less exactly than the push did', async () => {
    const message = sms(freshNumber(), 'STOP', at(-HOUR + 123));
    await provider.push(message);
    expect(await reconcile([{ ...message, receivedAt: at(-HOUR) }])).toMatchObject({ known: 1, rejected: 0 });
  });

  it('refuses a time that ends before it begins', async () => {
    expect(
      await bank.cast.carrier.post('/v1/sms/reconcile', { from: at(0), to: at(0), messages: [] }),
    ).toMatchObject({ status: 422, body: { errors: [{ pointer: '/to' }] } });
  });

  it('stands in the record under the name of whoever brought it', async () => {
    const number = freshNumber();
    await reconcile([sms(number, 'STOP', at(-HOUR))]);
    const { items } = await expectStatus<{ items: { recordedBy: string }[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number }),
    );
    expect(items.map(({ recordedBy }) => recordedBy)).toEqual([bank.cast.carrier.id]);
  });
});
