import { getExpectedTwilioSignature } from 'twilio';
import type { ReconcileAnswer } from '../../src/services/sms/sms.dto';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { sms, SMS_ENV, SmsProvider } from '../support/sms-provider';

const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
const MINUTE = 60_000;
const at = (minute: number): string => new Date(NOW + minute * MINUTE).toISOString();
const TOKEN = 'token';
const PUBLIC_URL = 'https://gate.example.com';
const PATH = '/v1/sms/inbound/twilio';

let app: TestApp;
let bank: Bank;
let provider: SmsProvider;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: { ...SMS_ENV, TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL } });
  bank = await openBank(app);
  provider = SmsProvider.of(app);
});
afterAll(() => app.close());

let lastMessage = 0;
interface Undated {
  id: string;
  from: string;
  text: string;
}
const undated = (from: string, text: string): Undated => ({
  id: `SM${String(lastMessage++).padStart(32, '0')}`,
  from,
  text,
});

/** Brought by Twilio at this minute, which tells no time. */
async function bring(minute: number, { id, from, text }: Undated): Promise<void> {
  app.clock.set(NOW + minute * MINUTE);
  const form = { MessageSid: id, AccountSid: `AC${'a'.repeat(32)}`, From: from, To: '95588', Body: text };
  await expectStatus(
    200,
    app.anonymous.send('POST', PATH, new URLSearchParams(form).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': getExpectedTwilioSignature(TOKEN, `${PUBLIC_URL}${PATH}`, form),
    }),
  );
}

/** The provider's list of the night, with the times at which it received them. */
function list(...messages: [number, Undated][]): Promise<ReconcileAnswer> {
  app.clock.set(NOW + 60 * MINUTE);
  const body = {
    from: at(-60),
    to: at(60),
    messages: messages.map(([minute, { id, from, text }]) => sms(from, text, at(minute), { messageId: id })),
  };
  return expectStatus(200, bank.cast.carrier.post('/v1/sms/reconcile', body));
}

const isSuppressed = async (number: string): Promise<boolean> =>
  codesOf(await ask(bank, number)).includes('SUPPRESSED');

describe('messages that were brought without a time', () => {
  it('are put in order by the list: a START that was late lifts nothing that was said after it', async () => {
    const number = freshNumber();
    const [stop, start] = [undated(number, 'STOP'), undated(number, 'START')];
    await bring(5, stop);
    await bring(10, start);
    expect(await isSuppressed(number)).toBe(false);
    expect(await list([0, start], [5, stop])).toMatchObject({ known: 2, recovered: 0, rejected: 0 });
    expect(await isSuppressed(number)).toBe(true);
    // Once, and in the record of whose words they were.
    await list([0, start], [5, stop]);
    const types = await queryRows<{ type: string }>(
      app.database,
      `SELECT type FROM events WHERE subject_id = (SELECT subject_id FROM numbers ORDER BY id DESC LIMIT 1)
       AND type NOT LIKE 'call.%' ORDER BY event_id`,
    );
    // Messages of one list are taken side by side.
    const [before, after] = [types.slice(0, 4), types.slice(4)].map((some) => some.map(({ type }) => type));
    expect([...(before ?? []), ...(after ?? []).sort()]).toEqual([
      'sms.received.v1',
      'wish.recorded.v1',
      'sms.received.v1',
      'wish.released.v1',
      'sms.dated.v1',
      'sms.dated.v1',
      'wish.recorded.v1',
    ]);
    // And it is the customer's own word still.
    await bring(61, undated(number, 'START'));
    expect(await isSuppressed(number)).toBe(false);
  });

  it('leave a refusal that came late itself as overtaken only where it was', async () => {
    const number = freshNumber();
    const start = undated(number, 'START');
    await bring(10, start);
    // Said after the START was, before it was brought.
    await provider.push(sms(number, 'STOP', at(5)));
    expect(await isSuppressed(number)).toBe(false);
    await list([0, start]);
    expect(await isSuppressed(number)).toBe(true);
  });

  it('lift what was said before them all the same', async () => {
    const number = freshNumber();
    const [stop, start] = [undated(number, 'STOP'), undated(number, 'START')];
    await bring(0, stop);
    await bring(10, start);
    await list([0, stop], [5, start]);
    expect(await isSuppressed(number)).toBe(false);
  });

  it('stay lifted by another START that was said after them', async () => {
    const number = freshNumber();
    const [stop, first, second] = ['STOP', 'START', 'START'].map((text) => undated(number, text)) as [
      Undated,
      Undated,
      Undated,
    ];
    await bring(5, stop);
    await bring(10, first);
    await bring(11, second);
    await list([0, first]);
    expect(await isSuppressed(number)).toBe(false);
    await list([1, second]);
    expect(await isSuppressed(number)).toBe(true);
  });
});
