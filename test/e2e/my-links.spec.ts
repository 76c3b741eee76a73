import { startApp, type TestApp } from '../support/app';
import { type Bank, freshNumber, openBank } from '../support/bank';
import { createTestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { expectStatus, type ProblemBody } from '../support/http';
import { eventually } from '../support/proofs/eventually';
import { RecordAudit } from '../support/proofs/record-audit';
import { SmsPlatform } from '../support/sms-platform';

const TEN = '2026-11-20T10:00:00+08:00';
const BROWSER = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

interface Sent {
  linkId: string;
  expiresAt: string;
  url?: string;
}

describe('a link to the own page that is sent by SMS', () => {
  let platform: SmsPlatform;
  let respond: (before: number) => number;
  let app: TestApp;
  let bank: Bank;
  let lastCustomer = 0;

  beforeAll(async () => {
    platform = await new SmsPlatform(({ answer }, before) => answer(respond(before))).listen();
    const database = await createTestDatabase();
    await RecordAudit.witness(database.url);
    app = await startApp({ database, now: TEN, env: { ...platform.env, DEFAULT_ENTITY: 'bank' } });
    bank = await openBank(app);
  });
  beforeEach(() => {
    respond = () => 202;
    platform.received.length = 0;
  });
  afterAll(async () => {
    await app?.close();
    await app?.database.drop();
    await platform?.close();
  });

  async function customer(...numbers: string[]): Promise<string> {
    const { personId } = await expectStatus(
      201,
      bank.cast.officer.put<{ personId: string }>(`/v1/people/L-${lastCustomer++}`, { numbers }),
    );
    return personId;
  }
  const send = (personId: string, body: object = {}, headers: Record<string, string> = {}) =>
    bank.cast.care.post<Sent & ProblemBody>(
      `/v1/people/${personId}/links`,
      { send: 'sms', ...body },
      headers,
    );
  const arrived = (count: number) =>
    eventually(`${count} messages`, () => Promise.resolve(platform.received.length >= count));
  const linkIn = (text: string): string => new URL(/https?:\S+$/.exec(text)?.[0] ?? '').pathname;
  /** Above the rest after a first try, below the time that one may take. */
  const REST_MS = 5_000;
  const waiting = () =>
    queryRows<{ sealed: Buffer | null; state: string; attempts: number; due_at: Date }>(
      app.database,
      'SELECT sealed, state, attempts, due_at FROM sms_replies',
    );

  it('reaches the person’s telephone, opens the page there, and is seen by nobody else', async () => {
    const number = freshNumber();
    const personId = await customer(number);
    respond = (before) => (before < 2 ? 503 : 202);
    const made = await expectStatus(201, send(personId));
    expect(Object.keys(made).sort()).toEqual(['expiresAt', 'linkId']);
    const [held] = await waiting();
    expect(held?.sealed?.includes('/my/')).toBe(false);
    expect(held?.sealed?.includes(number.slice(1))).toBe(false);
    // A second attempt rests half a second, a third one twice that.
    await eventually('the third attempt', () => {
      app.clock.advance(100);
      return Promise.resolve(platform.received.length >= 3);
    });
    const [first, again, last] = platform.received;
    expect(first?.reply).toEqual({ replyId: expect.any(String), to: number, text: expect.any(String) });
    expect([again?.reply, last?.reply]).toEqual([first?.reply, first?.reply]);
    expect(first?.signed).toBe(true);
    expect(first?.reply.text).toMatch(/^查看谁给您打过电话|^【/);
    await eventually('it counts as sent', async () => (await waiting())[0]?.state === 'sent');
    expect((await waiting())[0]?.sealed).toBeNull();
    const path = linkIn(first?.reply.text ?? '');
    expect((await app.anonymous.send('POST', path, undefined, BROWSER)).status).toBe(303);
    expect(app.logged.some((line) => line.includes(path.slice(4)) || line.includes(number))).toBe(false);
    expect(await RecordAudit.faults(app.database.superuserUrl, app.config.kekFile)).toEqual([]);
  });

  it('is one message for one key, however often it is asked for', async () => {
    const personId = await customer(freshNumber());
    const key = { 'idempotency-key': '"one-link"' };
    const first = await expectStatus(201, send(personId, {}, key));
    const second = await expectStatus(201, send(personId, {}, key));
    expect(second).toEqual(first);
    await arrived(1);
    const other = await expectStatus(201, send(await customer(freshNumber())));
    await arrived(2);
    expect(other.linkId).not.toBe(first.linkId);
    expect(platform.received).toHaveLength(2);
  });

  it('goes to the number that is named, in the language of the person', async () => {
    const [mobile, abroad] = [freshNumber(), '+14155550132'];
    const personId = await customer(mobile, abroad);
    const { errors } = await expectStatus(422, send(personId));
    expect(errors).toMatchObject([{ pointer: '/number', code: 'REQUIRED' }]);
    await expectStatus(201, send(personId, { number: abroad }));
    await arrived(1);
    expect(platform.received[0]?.reply).toMatchObject({
      to: abroad,
      text: expect.stringMatching(/ee who called you/),
    });
    await expectStatus(201, send(personId, { number: mobile, language: 'en' }));
    await arrived(2);
    expect(platform.received[1]?.reply).toMatchObject({
      to: mobile,
      text: expect.stringMatching(/ee who called you/),
    });
    // The newer link is the only one.
    expect((await app.anonymous.get(linkIn(platform.received[0]?.reply.text ?? ''))).status).toBe(410);
  });

  it('goes to no telephone that a stranger answered, named or the only one', async () => {
    const [strangers, mobile] = [freshNumber(), freshNumber()];
    const personId = await customer(strangers);
    const wish = { number: strangers, source: 'wrong_person', reason: 'Somebody else answered.' };
    await expectStatus(201, bank.cast.care.post('/v1/suppressions', wish));
    expect((await expectStatus(422, send(personId))).errors).toMatchObject([{ code: 'REQUIRED' }]);
    const { errors } = await expectStatus(422, send(personId, { number: strangers }));
    expect(errors).toMatchObject([{ pointer: '/number', code: 'NOT_ALLOWED' }]);
    expect(platform.received).toEqual([]);
    const known = `/v1/people/L-${lastCustomer - 1}`;
    await expectStatus(200, bank.cast.officer.put(known, { numbers: [strangers, mobile] }));
    await expectStatus(201, send(personId));
    await arrived(1);
    expect(platform.received[0]?.reply.to).toBe(mobile);
  });

  it('goes to nobody else, and makes no link where it cannot be sent', async () => {
    const shared = freshNumber();
    const [one, other] = [await customer(freshNumber(), shared), await customer(shared)];
    const before = await queryRows(app.database, 'SELECT 1 FROM my_links');
    const strangers = freshNumber();
    await customer(strangers);
    for (const number of [strangers, freshNumber(), shared]) {
      const { errors } = await expectStatus(422, send(one, { number }));
      expect(errors).toMatchObject([{ pointer: '/number', code: 'NOT_ALLOWED' }]);
    }
    // The only number there is belongs to two.
    expect((await expectStatus(422, send(other))).errors).toMatchObject([{ code: 'REQUIRED' }]);
    await expectStatus(422, bank.cast.care.post(`/v1/people/${one}/links`, { number: shared }));
    expect(await queryRows(app.database, 'SELECT 1 FROM my_links')).toHaveLength(before.length);
    expect(platform.received).toEqual([]);
  });

  it('is not sent an hour later', async () => {
    respond = () => 503;
    const personId = await customer(freshNumber());
    await expectStatus(201, send(personId));
    await arrived(1);
    // An answer that is stored after the hour would set the next try another rest later, and nobody's clock goes on here.
    await eventually('the first try is over', async () =>
      (await waiting()).some(
        ({ state, attempts, due_at: due }) =>
          state === 'queued' && attempts > 0 && due.getTime() - app.clock.now() < REST_MS,
      ),
    );
    app.clock.advance(61 * 60_000);
    await eventually('it has become too late', async () =>
      (await waiting()).some(({ state, sealed }) => state === 'expired' && sealed === null),
    );
    app.clock.advance(-61 * 60_000);
  });

  it('cannot be asked for where nobody sends; then it is handed back as before', async () => {
    const plain = await startApp({ now: TEN });
    try {
      const there = await openBank(plain);
      const { personId } = await expectStatus(
        201,
        there.cast.officer.put<{ personId: string }>('/v1/people/P-1', { numbers: [freshNumber()] }),
      );
      const path = `/v1/people/${personId}/links`;
      await expectStatus(409, there.cast.care.post(path, { send: 'sms' }));
      const { url } = await expectStatus(201, there.cast.care.post<Sent>(path, { send: 'none' }));
      expect(url).toMatch(/\/my\/[\w-]{43}$/);
    } finally {
      await plain.close();
    }
  });
});
