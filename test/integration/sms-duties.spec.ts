import type { Heard, Hint } from '../../src/domain/recognition/labels';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { everythingStored, NumberSearch } from '../support/proofs/clear-text';
import { sms, SMS_ENV, SmsProvider } from '../support/sms-provider';
import { SmsPlatform } from '../support/sms-platform';

/** A text that is JSON is heard as it says: so every duty is tried, whichever sentences lead to it. */
jest.mock('../../src/domain/recognition/recognise-sms', () => {
  const real = jest.requireActual<{ recogniseSms: (text: string, hint?: Hint) => Heard<string> }>(
    '../../src/domain/recognition/recognise-sms',
  );
  return {
    recogniseSms: (text: string, hint?: Hint): Heard<string> =>
      text.startsWith('{')
        ? {
            also: [],
            language: 'en',
            rules: ['as told'],
            ...(JSON.parse(text) as Pick<Heard<string>, 'label'>),
          }
        : real.recogniseSms(text, hint),
  };
});

const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
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

interface Suppression {
  id: string;
  source: string;
  state: string;
  channels: string[];
}
interface Flag {
  kind: string;
  state: string;
  suppressionId: string;
}

const say = (number: string, heard: object, minute = -1) =>
  provider.push(sms(number, JSON.stringify(heard), at(minute * 60_000)));

async function wishesOf(number: string): Promise<Suppression[]> {
  const { items } = await expectStatus<{ items: Suppression[] }>(
    200,
    bank.cast.officer.post('/v1/suppressions/search', { number }),
  );
  return items;
}

async function flags(): Promise<Flag[]> {
  const { items } = await expectStatus<{ items: Flag[] }>(200, bank.cast.officer.get('/v1/flags?limit=1000'));
  return items;
}

describe('the duties of a message', () => {
  it('wrong person: the number is suppressed and somebody looks, and nothing is told of the customer', async () => {
    const [number, other] = [freshNumber(), freshNumber()];
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-moved', { numbers: [number, other] }));
    for (const one of [number, other]) await consent(bank, { number: one });
    const answer = await say(number, { label: 'wrong_person', also: ['opt_out'] });
    expect(answer.action).toBe('opted_out');
    expect(answer.reply).toMatch(/^Your request is recorded/);
    const [wish] = await wishesOf(number);
    expect(wish).toMatchObject({ source: 'wrong_person', state: 'active' });
    expect(await flags()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'wrong_person', state: 'open', suppressionId: wish?.id }),
      ]),
    );
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    // The person is free where it is the person.
    expect((await ask(bank, other)).outcome).toBe('allow');
    expect((await say(number, { label: 'opt_in' }, 0)).action).toBe('opted_in');
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it.each([
    ['vulnerable', 'vulnerable'],
    ['complaint_threat', 'complaint'],
  ])('%s beside a refusal: a word of its own, which START does not lift', async (label, source) => {
    const number = freshNumber();
    const before = (await flags()).length;
    expect((await say(number, { label: 'opt_out', also: [label] })).action).toBe('opted_out');
    expect((await wishesOf(number)).map((wish) => wish.source).sort()).toEqual(['customer', source].sort());
    const raised = (await flags()).slice(0, (await flags()).length - before);
    expect(raised.map(({ kind }) => kind)).toEqual([label]);
    await say(number, { label: 'opt_in' }, 0);
    const states = Object.fromEntries((await wishesOf(number)).map((wish) => [wish.source, wish.state]));
    expect(states).toEqual({ customer: 'released', [source]: 'active' });
  });

  it('declined: a pause, and no wish; a wish where one refusal is final', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    expect(await say(number, { label: 'other', also: ['not_interested'] })).toEqual({ action: 'none' });
    expect(await wishesOf(number)).toEqual([]);
    expect(codesOf(await ask(bank, number))).toEqual(['REFUSAL_COOLDOWN']);
    const abroad = '+819012345678';
    expect((await say(abroad, { label: 'other', also: ['not_interested'] })).action).toBe('opted_out');
    expect(await wishesOf(abroad)).toHaveLength(1);
  });

  it.each([
    ['voice', ['voice_ai', 'voice_human']],
    ['sms', ['sms']],
  ])('reaches only %s where the words say so', async (reach, channels) => {
    const number = freshNumber();
    const { reply } = await say(number, { label: 'opt_out', reach });
    expect((await wishesOf(number)).map((wish) => wish.channels)).toEqual([channels]);
    expect(reply).toContain(reach === 'sms' ? 'not send you messages' : 'not call you');
  });

  it.each([
    ['zh-CN', '您的要求已登记'],
    ['zh-TW', '您的要求已登記'],
    ['yue', '你的要求已登記'],
    ['es', 'Su petición'],
    ['en-GB', 'Your request'],
    // What cannot be said in the language heard is said in that of the number.
    ['hu', '您的要求已登记'],
  ])('is confirmed in the language heard: %s', async (language, start) => {
    const { reply } = await say(freshNumber(), { label: 'opt_out', language });
    expect(reply?.startsWith(start)).toBe(true);
    expect(reply).not.toMatch(/[?？]/);
  });

  it.each([
    ['TD', '+8613900000001', '您的要求已登记'],
    ['td。', '+8613900000002', '您的要求已登记'],
    ['STOP', '+8613900000003', 'Your request'],
    ['退订', '+8613900000004', '您的要求已登记'],
    ['取消', '+85261234567', '你的要求已登記'],
    ['STOP', '+12025550123', 'Your request'],
    ['BAJA', '+34612345678', 'Su petición'],
  ])('is confirmed in the language of what was written: %s from %s', async (text, from, start) => {
    const { action, reply } = await provider.push(sms(from, text, at(-1_000)));
    expect(action).toBe('opted_out');
    expect(reply?.slice(0, start.length)).toBe(start);
  });

  it('stand in the person’s record one after the other, the message first', async () => {
    const number = freshNumber();
    await say(number, { label: 'opt_out', also: ['vulnerable'] });
    const types = await queryRows<{ type: string }>(
      app.database,
      `SELECT type FROM events WHERE subject_id = (SELECT subject_id FROM numbers ORDER BY id DESC LIMIT 1)
       ORDER BY event_id`,
    );
    expect(types.map(({ type }) => type)).toEqual([
      'sms.received.v1',
      'wish.recorded.v1',
      'flag.raised.v1',
      'wish.recorded.v1',
    ]);
  });
});

describe('what customers write', () => {
  let platform: SmsPlatform;
  /** With replies that wait. */
  let queueing: TestApp;
  beforeAll(async () => {
    platform = await new SmsPlatform(({ answer }) => answer(500)).listen();
    const env = { ...SMS_ENV, ...platform.env, TWILIO_AUTH_TOKEN: 'token' };
    queueing = await startApp({ database: app.database, dataDir: app.dataDir, now: MORNING, env });
  });
  afterAll(async () => {
    await queueing.close();
    await platform.close();
  });

  it('stands in clear in no table, no log, no metric and no problem', async () => {
    const numbers: string[] = [];
    const number = (): string => {
      const fresh = `+86138${String(10_000_000 + Math.floor(Math.random() * 89_999_999))}`;
      numbers.push(fresh);
      return fresh;
    };
    const secret = 'WORDS-OF-A-CUSTOMER';
    const writing = SmsProvider.of(queueing);
    const answers: string[] = [];
    const labels = ['opt_out', 'opt_in', 'wrong_person', 'help', 'other'];
    for (const label of labels) {
      for (const also of [[], ['vulnerable'], ['complaint_threat'], ['not_interested']]) {
        const from = number();
        const text = JSON.stringify({ label, also, said: `${secret} ${from} ${from.slice(3)}` });
        const message = sms(from, text, at(-1_000), { messageId: `id-${from}`, to: number() });
        const requests = [
          message,
          message,
          { ...message, text: `${text} ` },
          { ...message, from: `${from}99999` },
          { ...message, [from]: 1 },
          { ...message, receivedAt: from },
          [message, { ...message, messageId: `again-${from}` }],
        ];
        for (const body of requests) {
          const answer = await writing.post(body);
          if (answer.status >= 400) answers.push(answer.text);
        }
        const list = {
          from: at(-60_000),
          to: at(0),
          messages: [message, { ...message, text: '' }, { from }],
        };
        answers.push((await bank.cast.carrier.post('/v1/sms/reconcile', list)).text);
        answers.push((await writing.post(`{"from": "${from}`)).text);
      }
    }
    const search = new NumberSearch(numbers);
    const leaks: string[] = [];
    let stored = 0;
    const look = (place: { where: string; text: string }): void => {
      const leak = search.leak(place);
      if (leak !== undefined) leaks.push(leak);
      if (place.text.includes(secret)) leaks.push(`${place.where}: words`);
    };
    for await (const place of everythingStored(app.database)) {
      look(place);
      stored += 1;
    }
    for (const text of [...app.logged, ...queueing.logged]) look({ where: 'log', text });
    for (const text of answers) look({ where: 'answer', text });
    look({ where: 'metrics', text: (await queueing.anonymous.get('/metrics')).text });
    expect([...new Set(leaks)].slice(0, 20)).toEqual([]);
    expect(stored).toBeGreaterThan(1_000);
    // There were replies that waited, each with a number and a text in it.
    const [{ queued } = { queued: '' }] = await queryRows<{ queued: string }>(
      app.database,
      `SELECT count(*) AS queued FROM sms_replies WHERE state = 'queued'`,
    );
    expect(Number(queued)).toBeGreaterThan(10);
  });
});
