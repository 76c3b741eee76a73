import { getExpectedTwilioSignature, validateRequest } from 'twilio';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import type { Answer } from '../support/http';

const MORNING = '2026-11-24T10:00:00+08:00';
const TOKEN = '12345';
const PUBLIC_URL = 'https://gate.example.com';
const PATH = '/v1/sms/inbound/twilio';

let app: TestApp;
let bank: Bank;
let lastMessage = 0;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL } });
  bank = await openBank(app);
});
afterAll(() => app.close());

type Form = Record<string, string>;
const form = (from: string, text: string, more: Form = {}): Form => ({
  ToCountry: 'CN',
  MessageSid: `SM${String(lastMessage++).padStart(32, '0')}`,
  AccountSid: `AC${'a'.repeat(32)}`,
  NumMedia: '0',
  From: from,
  To: '95588',
  Body: text,
  ...more,
});

interface Sending {
  url: string;
  token: string;
  signature: string;
  path: string;
  type: string;
}

/** Signed by the official package, as Twilio would. */
function send(params: Form, how: Partial<Sending> = {}): Promise<Answer<unknown>> {
  const path = how.path ?? PATH;
  const signature =
    how.signature ??
    getExpectedTwilioSignature(how.token ?? TOKEN, how.url ?? `${PUBLIC_URL}${path}`, params);
  return app.anonymous.send('POST', path, new URLSearchParams(params).toString(), {
    'content-type': how.type ?? 'application/x-www-form-urlencoded',
    'x-twilio-signature': signature,
  });
}

const messagesOf = (answer: Answer<unknown>): string[] =>
  [...answer.text.matchAll(/<Message>(.*?)<\/Message>/g)].map(([, text = '']) => text);

async function trace(): Promise<unknown> {
  const [row] = await queryRows(
    app.database,
    `SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM sms_messages) AS messages,
       (SELECT count(*) FROM numbers) AS numbers`,
  );
  return row;
}

describe('POST /v1/sms/inbound/twilio', () => {
  it('takes what the official package signs, and answers with one message of TwiML', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const answer = await send(form(number, '退订'));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/xml; charset=utf-8');
    expect(answer.text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?><Response><Message>/);
    expect(messagesOf(answer)).toHaveLength(1);
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('agrees with the official package on what is signed, and on what is not', async () => {
    const odd = form(freshNumber(), "退订 & 'quoted' <b>+%20</b> é", { 'Odd name': ' ', Empty: '' });
    const url = `${PUBLIC_URL}${PATH}`;
    const signature = getExpectedTwilioSignature(TOKEN, url, odd);
    expect(validateRequest(TOKEN, signature, url, odd)).toBe(true);
    expect((await send(odd, { signature })).status).toBe(200);
    for (const [name, value] of Object.entries({ Body: 'START', From: freshNumber(), Extra: '1' })) {
      const changed = { ...odd, [name]: value };
      expect(validateRequest(TOKEN, signature, url, changed)).toBe(false);
      expect((await send(changed, { signature })).status).toBe(401);
    }
  });

  it('takes a parameter that is there several times', async () => {
    const params = form(freshNumber(), '谢谢');
    const many = { ...params, MediaUrl: ['b', 'a', 'b'] };
    const signature = getExpectedTwilioSignature(TOKEN, `${PUBLIC_URL}${PATH}`, many);
    const body = new URLSearchParams(params);
    for (const url of many.MediaUrl) body.append('MediaUrl', url);
    const answer = await app.anonymous.send('POST', PATH, body.toString(), {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': signature,
    });
    expect(answer).toMatchObject({ status: 200 });
  });

  it('is signed over the URL that the outside sees, with its query and with or without the standard port', async () => {
    const path = `${PATH}?line=cards&q=%E9%80%80`;
    expect((await send(form(freshNumber(), '谢谢'), { path })).status).toBe(200);
    const url = `${PUBLIC_URL}:443${PATH}`;
    expect((await send(form(freshNumber(), '谢谢'), { url })).status).toBe(200);
    for (const other of [`http://gate.example.com${PATH}`, `${PUBLIC_URL}:8443${PATH}`, `${PUBLIC_URL}/`])
      expect((await send(form(freshNumber(), '谢谢'), { url: other })).status).toBe(401);
  });

  it.each<[string, Partial<Sending>, number]>([
    ['another token', { token: '54321' }, 401],
    ['a signature that is none', { signature: 'x' }, 401],
    ['no signature', { signature: '' }, 401],
    ['JSON', { type: 'application/json' }, 415],
  ])('leaves no trace with %s', async (_, how, status) => {
    const before = await trace();
    expect((await send(form(freshNumber(), '退订'), how)).status).toBe(status);
    expect(await trace()).toEqual(before);
  });

  it('takes a message once, and says nothing the second time', async () => {
    const params = form(freshNumber(), 'STOP');
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(params)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(answers.flatMap(messagesOf)).toHaveLength(1);
    expect(answers.filter(({ text }) => text.endsWith('<Response></Response>'))).toHaveLength(9);
  });

  it('says nothing to what asks for nothing, and nothing where Twilio has answered', async () => {
    expect(messagesOf(await send(form(freshNumber(), '谢谢')))).toEqual([]);
    const number = freshNumber();
    await consent(bank, { number });
    // A keyword that only the account at Twilio knows.
    const answer = await send(form(number, 'BLAUGRUEN', { OptOutType: 'STOP' }));
    expect(messagesOf(answer)).toEqual([]);
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('cannot be brought again under an id that looks new: names and values are signed without a mark between', async () => {
    const said = form(freshNumber(), 'STOP');
    const { NumMedia, MessageSid = '', ...rest } = said;
    const signature = getExpectedTwilioSignature(TOKEN, `${PUBLIC_URL}${PATH}`, said);
    const moved = { ...rest, MessageSid: `${MessageSid}NumMedia${NumMedia ?? ''}` };
    expect(validateRequest(TOKEN, signature, `${PUBLIC_URL}${PATH}`, moved)).toBe(true);
    const before = await trace();
    expect(await send(moved, { signature })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/MessageSid' }] },
    });
    expect(await trace()).toEqual(before);
  });

  it.each([
    ['MessageSid', 'SM1'],
    ['MessageSid', `SM${'A'.repeat(32)}`],
    ['AccountSid', `AC${'a'.repeat(31)}`],
    ['SmsSid', `SM${'f'.repeat(32)}`],
    ['SmsMessageSid', `SM${'f'.repeat(32)}`],
  ])('takes no message whose ids do not agree: %s %s', async (name, value) => {
    expect(await send(form(freshNumber(), '退订', { [name]: value }))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: `/${name}` }] },
    });
  });

  it('takes the older names of the id', async () => {
    const params = form(freshNumber(), '谢谢');
    const MessageSid = `MM${'0'.repeat(31)}f`;
    expect(
      (await send({ ...params, MessageSid, SmsSid: MessageSid, SmsMessageSid: MessageSid })).status,
    ).toBe(200);
  });

  it('names what is missing', async () => {
    const { MessageSid: _, ...params } = form(freshNumber(), '退订');
    expect(await send(params)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/MessageSid', code: 'REQUIRED' }] },
    });
    expect(await send(form('12', '退订'))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/From' }] },
    });
  });

  it('escapes what stands in its XML', async () => {
    const named = await startApp({
      database: app.database,
      dataDir: app.dataDir,
      now: MORNING,
      env: { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL, SMS_HELP_CONTACT: 'a<b>&"c"' },
    });
    try {
      const params = form(freshNumber(), '帮助');
      const answer = await named.anonymous.send('POST', PATH, new URLSearchParams(params).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': getExpectedTwilioSignature(TOKEN, `${PUBLIC_URL}${PATH}`, params),
      });
      expect(answer.text).toContain('a&lt;b&gt;&amp;&quot;c&quot;');
    } finally {
      await named.close();
    }
  });

  it('takes no form anywhere else', async () => {
    const answer = await bank.cast.care.send('POST', '/v1/suppressions', 'number=1', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([415, 422]).toContain(answer.status);
  });

  it('says that it takes nothing where no token is set', async () => {
    const without = await startApp({ database: app.database, dataDir: app.dataDir, env: { PUBLIC_URL } });
    try {
      const answer = await without.anonymous.send('POST', PATH, 'From=1', {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': 'x',
      });
      expect(answer.status).toBe(503);
    } finally {
      await without.close();
    }
  });
});
