import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { sms, SMS_ENV, SMS_SECRET, SmsProvider } from '../support/sms-provider';

/** A Tuesday at ten in the morning in Shanghai: calls are legal. */
const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface Suppression {
  id: string;
  state: string;
  source: string;
  channels: string[];
  evidence?: Record<string, unknown>;
}

let app: TestApp;
let bank: Bank;
let provider: SmsProvider;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: SMS_ENV });
  bank = await openBank(app);
  provider = SmsProvider.of(app);
});
afterAll(() => app.close());

const suppressionsOf = async (number: string): Promise<Suppression[]> =>
  (
    await expectStatus<{ items: Suppression[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number }),
    )
  ).items;

/** Everything that an effect would have left behind. */
async function trace(): Promise<unknown> {
  const [row] = await queryRows(
    app.database,
    `SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM suppressions) AS wishes,
       (SELECT count(*) FROM sms_messages) AS messages, (SELECT count(*) FROM sms_replies) AS replies,
       (SELECT count(*) FROM numbers) AS numbers, (SELECT count(*) FROM opt_in_words) AS words`,
  );
  return row;
}

describe('POST /v1/sms/inbound', () => {
  it('writes the wish before it answers: the very next decision refuses', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    expect((await ask(bank, number)).outcome).toBe('allow');
    const other = freshNumber();
    await consent(bank, { number: other });
    const answer = await provider.push(sms(other, '退订', at(-SECOND)));
    expect(answer.action).toBe('opted_out');
    expect(codesOf(await ask(bank, other))).toContain('SUPPRESSED');
    const [wish] = await suppressionsOf(other);
    expect(wish).toMatchObject({ state: 'active', source: 'customer' });
    expect(wish?.channels).toEqual(['voice_ai', 'voice_human', 'sms']);
  });

  it('makes a number known that nobody knew, and keeps what shows what was said', async () => {
    const number = freshNumber();
    const message = sms(number, 'STOP', at(-2 * SECOND));
    const answer = await provider.push(message);
    expect(answer.reply).toMatch(/^(您的要求已登记|Your request is recorded)/);
    const [wish] = await suppressionsOf(number);
    const detail = await expectStatus<Suppression>(
      200,
      bank.cast.officer.get(`/v1/suppressions/${wish?.id ?? ''}`),
    );
    expect(detail.evidence).toMatchObject({
      messageId: message.messageId,
      text: 'STOP',
      receivedAt: at(-2 * SECOND),
      label: 'opt_out',
      recogniser: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      rules: expect.any(Array) as string[],
    });
  });

  it('takes the same message once, however often it comes, and replies once', async () => {
    const number = freshNumber();
    const message = sms(number, '退订', at(-SECOND));
    const answers = await Promise.all(Array.from({ length: 20 }, () => provider.push(message)));
    expect(new Set(answers.map(({ action }) => action))).toEqual(new Set(['opted_out']));
    expect(answers.filter(({ reply }) => reply !== undefined)).toHaveLength(1);
    expect(await suppressionsOf(number)).toHaveLength(1);
  });

  it.each([
    ['another text', { text: 'START' }],
    ['another sender', { from: '+8613911111111', text: '谢谢' }],
    ['another receiver', { to: '95599', text: '帮助' }],
    ['another time', { receivedAt: at(-MINUTE), text: '恢复' }],
  ])('refuses the same id with %s, and changes nothing', async (_, more) => {
    const number = freshNumber();
    const message = sms(number, '退订', at(-SECOND));
    await provider.push(message);
    const before = await trace();
    expect(await provider.post({ ...message, ...more })).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT', errors: [{ pointer: '/messageId' }] },
    });
    expect(await trace()).toEqual(before);
    expect(await app.metrics()).toMatch(/^quietline_sms_conflicts_total [1-9]/m);
  });

  it('lifts on START what the customer’s own word had put there, and revives no consent', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    await provider.push(sms(number, '退订', at(-3 * MINUTE)));
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    const answer = await provider.push(sms(number, '恢复', at(-2 * MINUTE)));
    expect(answer).toMatchObject({
      action: 'opted_in',
      reply: expect.stringContaining('不等于同意') as string,
    });
    const after = await ask(bank, number);
    expect(codesOf(after)).not.toContain('SUPPRESSED');
    expect(codesOf(after)).toContain('CONSENT_WITHDRAWN');
    await consent(bank, { number }, { grantedAt: at(-MINUTE) });
    expect((await ask(bank, number)).outcome).toBe('allow');
  });

  it('lifts a refusal that care wrote down of the customer before, and none that came after', async () => {
    const [earlier, later] = [freshNumber(), freshNumber()];
    for (const number of [earlier, later]) {
      await expectStatus(
        201,
        bank.cast.care.post('/v1/suppressions', { number, source: 'customer', reason: '别再打了' }),
      );
    }
    app.clock.advance(MINUTE);
    expect((await provider.push(sms(earlier, 'START', at(MINUTE)))).action).toBe('opted_in');
    app.clock.set(NOW);
    expect((await provider.push(sms(later, 'START', at(-MINUTE)))).action).toBe('none');
    expect((await suppressionsOf(earlier)).map(({ state }) => state)).toEqual(['released']);
    expect((await suppressionsOf(later)).map(({ state }) => state)).toEqual(['active']);
  });

  it.each(['wrong_person', 'vulnerable', 'complaint', 'officer', 'carrier_signal'])(
    'lifts no wish of the source %s',
    async (source) => {
      const number = freshNumber();
      await expectStatus(
        201,
        bank.cast.officer.post('/v1/suppressions', { number, source, reason: 'because' }),
      );
      await provider.push(sms(number, 'START', at(MINUTE)));
      expect((await suppressionsOf(number)).map(({ state }) => state)).toEqual(['active']);
    },
  );

  it('tells who it is, where to turn to and how to stop, and knows nobody more than before', async () => {
    const before = (await trace()) as Record<string, string>;
    const answer = await provider.push(sms(freshNumber(), '帮助', at(-SECOND)));
    expect(answer.action).toBe('help');
    expect(answer.reply).toContain('示例银行');
    expect(answer.reply).toContain('95588');
    expect(answer.reply).toMatch(/TD|STOP/);
    expect(await trace()).toEqual({ ...before, messages: String(Number(before['messages']) + 1) });
  });

  it.each(['谢谢', '', '123456 是您的验证码'])('changes nothing on %j', async (text) => {
    const before = (await trace()) as Record<string, string>;
    expect(await provider.push(sms(freshNumber(), text, at(-SECOND)))).toEqual({ action: 'none' });
    expect(await trace()).toEqual({ ...before, messages: String(Number(before['messages']) + 1) });
  });

  it('answers array for array; what is broken keeps nobody’s refusal waiting', async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    const { messageId: _, ...nameless } = sms(one, '退订', at(0));
    const rows = await expectStatus<Record<string, unknown>[]>(
      200,
      provider.post([
        sms(one, '退订', at(-SECOND)),
        nameless,
        sms('12', '退订', at(0)),
        sms(one, '退订', at(6 * MINUTE)),
        sms(two, 'STOP', at(-SECOND)),
      ]),
    );
    expect(rows).toMatchObject([
      { action: 'opted_out' },
      { problem: { status: 422, errors: [{ pointer: '/messageId', code: 'REQUIRED' }] } },
      { problem: { status: 422, errors: [{ pointer: '/from' }] } },
      { problem: { status: 422, errors: [{ pointer: '/receivedAt', code: 'OUT_OF_RANGE' }] } },
      { action: 'opted_out' },
    ]);
    for (const number of [one, two]) expect(await suppressionsOf(number)).toHaveLength(1);
  });

  it('takes a thousand messages at once, and no more', async () => {
    const numbers = Array.from({ length: 1_000 }, freshNumber);
    const rows = await expectStatus<{ action: string }[]>(
      200,
      provider.post(numbers.map((number) => sms(number, '退订', at(-SECOND)))),
    );
    expect(rows.every(({ action }) => action === 'opted_out')).toBe(true);
    const [{ count } = { count: '' }] = await queryRows<{ count: string }>(
      app.database,
      'SELECT count(*) AS count FROM sms_messages WHERE action = $1',
      ['opted_out'],
    );
    expect(Number(count)).toBeGreaterThanOrEqual(1_000);
    const over = await provider.post(Array.from({ length: 1_001 }, () => 1));
    expect(over).toMatchObject({ status: 422, body: { code: 'INVALID' } });
    expect((await provider.post([])).status).toBe(422);
  });

  it.each<[string, unknown, string]>([
    ['a number that is none', { from: '+8612' }, '/from'],
    ['a service number', { from: '+864008888888' }, '/from'],
    ['a time without offset', { receivedAt: '2026-11-24T10:00:00' }, '/receivedAt'],
    ['a time beyond five minutes from now', { receivedAt: at(5 * MINUTE + 1) }, '/receivedAt'],
    ['a member that is not known', { kind: 'mms' }, '/kind'],
    ['a text that is none', { text: 5 }, '/text'],
  ])('names what is wrong: %s', async (_, more, pointer) => {
    const before = await trace();
    const message = { ...sms(freshNumber(), '退订', at(0)), ...(more as object) };
    expect(await provider.post(message)).toMatchObject({
      status: 422,
      body: { code: 'INVALID', errors: [{ pointer }] },
    });
    expect(await trace()).toEqual(before);
  });

  it('takes a time up to five minutes ahead, as another clock has it', async () => {
    expect((await provider.push(sms(freshNumber(), '退订', at(5 * MINUTE)))).action).toBe('opted_out');
  });

  it('gives no late reply', async () => {
    const number = freshNumber();
    expect(await provider.push(sms(number, '退订', at(-5 * MINUTE)))).toEqual({ action: 'opted_out' });
    expect(await suppressionsOf(number)).toHaveLength(1);
    expect((await provider.push(sms(number, '退订', at(-5 * MINUTE + 1)))).reply).toBeDefined();
  });
});

describe('the signature of an inbound message', () => {
  const raw = (): string => JSON.stringify(sms(freshNumber(), '退订', at(0)));
  const send = (body: string, headers: Record<string, string>) =>
    app.anonymous.send('POST', '/v1/sms/inbound', body, headers);
  const seconds = Math.floor(NOW / SECOND);

  const refused: [string, () => [string, Record<string, string>]][] = [
    ['is missing', () => [raw(), {}]],
    ['is without its time', () => [raw(), { 'x-signature': provider.sign(raw())['x-signature'] ?? '' }]],
    ['is of another body', () => [raw(), provider.sign(raw())]],
    [
      'is of another secret',
      () => {
        const body = raw();
        return [body, new SmsProvider(app.anonymous, () => NOW, 'guessed').sign(body)];
      },
    ],
    [
      'is of another time',
      () => {
        const body = raw();
        return [body, { ...provider.sign(body), 'x-timestamp': String(seconds + 1) }];
      },
    ],
    [
      'is of a body that was cut short',
      () => {
        const body = raw();
        return [body.slice(0, -1), provider.sign(body)];
      },
    ],
    [
      'is of a body that was added to',
      () => {
        const body = raw();
        return [`${body} `, provider.sign(body)];
      },
    ],
    [
      'is cut short itself',
      () => {
        const body = raw();
        const { 'x-signature': whole = '', ...rest } = provider.sign(body);
        return [body, { ...rest, 'x-signature': whole.slice(0, -2) }];
      },
    ],
    [
      'is stale',
      () => {
        const body = raw();
        return [body, provider.sign(body, seconds - 301)];
      },
    ],
    [
      'is of the future',
      () => {
        const body = raw();
        return [body, provider.sign(body, seconds + 301)];
      },
    ],
    [
      'has a time that is no number of seconds',
      () => {
        const body = raw();
        return [body, provider.sign(body, `${seconds}.5`)];
      },
    ],
    [
      'stands before something that is no JSON, and is not that of it',
      () => ['{"messageId": ', provider.sign('{}')],
    ],
  ];
  it.each(refused)('leaves no trace where it %s', async (_, make) => {
    const [body, headers] = make();
    const before = await trace();
    expect(await send(body, headers)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await trace()).toEqual(before);
  });

  it('holds for five minutes either way, and is read in either case of letters', async () => {
    for (const timestamp of [seconds - 300, seconds + 300]) {
      const body = raw();
      const { 'x-signature': signature = '', ...rest } = provider.sign(body, timestamp);
      const upper = signature.replace(/[a-f]+(?=[^=]*$)/g, (hex) => hex.toUpperCase());
      expect((await send(body, { ...rest, 'x-signature': upper })).status).toBe(200);
    }
  });

  it('does nothing when it is replayed, and is refused when it has become stale', async () => {
    const number = freshNumber();
    const body = JSON.stringify(sms(number, '退订', at(0)));
    const headers = provider.sign(body);
    expect(await send(body, headers)).toMatchObject({ status: 200, body: { action: 'opted_out' } });
    const before = await trace();
    expect(await send(body, headers)).toMatchObject({ status: 200, body: { action: 'opted_out' } });
    expect(await trace()).toEqual(before);
    app.clock.advance(301 * SECOND);
    expect((await send(body, headers)).status).toBe(401);
    app.clock.set(NOW);
    expect(await trace()).toEqual(before);
  });

  it('is over the bytes, whatever their layout', async () => {
    const body = `  ${JSON.stringify(sms(freshNumber(), '退订', at(0)), null, 3)}\n`;
    expect((await send(body, provider.sign(body))).status).toBe(200);
  });

  it('is judged before the body is read: what is signed and broken is a 400', async () => {
    expect((await send('{', provider.sign('{'))).status).toBe(400);
    const big = JSON.stringify([{ text: 'x'.repeat(1_048_576) }]);
    expect((await send(big, provider.sign(big))).status).toBe(413);
  });

  it('says that it takes nothing where no secret is set, and takes nothing', async () => {
    const without = await startApp({ database: app.database, dataDir: app.dataDir, now: MORNING });
    try {
      const body = raw();
      const before = await trace();
      const answer = await without.anonymous.send(
        'POST',
        '/v1/sms/inbound',
        body,
        new SmsProvider(without.anonymous, () => NOW, SMS_SECRET).sign(body),
      );
      expect(answer).toMatchObject({
        status: 503,
        body: { detail: expect.stringContaining('SMS_WEBHOOK_SECRET') as string },
      });
      expect(await trace()).toEqual(before);
    } finally {
      await without.close();
    }
  });
});
