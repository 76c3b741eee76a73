import { startApp, type TestApp } from '../support/app';
import {
  ask,
  type Bank,
  codesOf,
  consent,
  freshNumber,
  openBank,
  question,
  type Answered,
} from '../support/bank';
import { holdLock, queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { addressOf, LiveClient, type LiveMessage } from '../support/live/live-client';
import { eventually } from '../support/proofs/eventually';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const AT = new Date(TEN).toISOString();
const PROTOCOL = 'quietline.live.v1';
const STOP = '以后别再打了';
const AGREED = { customer: '嗯，你说', expected: [] as string[] };
const SPOKEN: readonly { customer: string; expected: string[] }[] = [
  { customer: STOP, expected: ['confirm_opt_out', 'end_call'] },
  { customer: '你是机器人吗', expected: ['play_disclosure'] },
  AGREED,
  { customer: '转人工', expected: ['transfer_to_human'] },
];
const types = ({ directives }: LiveMessage): string[] => (directives ?? []).map(({ type }) => type);

describe('a live connection', () => {
  let app: TestApp;
  let second: TestApp;
  let bank: Bank;
  let url: string;
  const open: LiveClient[] = [];
  beforeAll(async () => {
    app = await startApp({ now: AT });
    second = await startApp({ now: AT, database: app.database, dataDir: app.dataDir });
    bank = await openBank(app);
    url = await addressOf(app);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await second.close();
    await app.close();
  });

  const allowed = async (): Promise<Answered & { to: string }> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    return { ...(await ask(bank, to)), to };
  };
  const connect = async (callId: string, how: Parameters<typeof LiveClient.open>[1] = {}, at = url) => {
    const client = await LiveClient.open(`${at}/v1/calls/${callId}/live`, { key: bank.dialer.key, ...how });
    open.push(client);
    return client;
  };
  const refusedAs = (callId: string, how: Parameters<typeof LiveClient.open>[1]): Promise<string> =>
    LiveClient.open(`${url}/v1/calls/${callId}/live`, how).then(
      () => 'connected',
      (error: Error) => error.message,
    );
  const said = (seq: number, text: string) => ({
    seq,
    type: 'transcript',
    at: AT,
    speaker: 'customer',
    text,
  });

  it('answers every frame by its number with what the voice must do', async () => {
    const { callId, to } = await allowed();
    const voice = await connect(callId);
    expect(voice.socket.protocol).toBe(PROTOCOL);
    expect(await voice.ask({ seq: 1, type: 'placed', at: AT })).toEqual({ ack: 1, directives: [] });
    const answered = await voice.ask({ seq: 2, type: 'answered', at: AT });
    expect([answered.ack, types(answered)]).toEqual([2, ['play_disclosure']]);
    const stopped = await voice.ask(said(3, STOP));
    expect([stopped.ack, types(stopped)]).toEqual([3, ['confirm_opt_out', 'end_call']]);
    expect(stopped.directives?.[0]?.text).toMatch(/登记/);
    // The same report by another number is one report, answered alike.
    expect(types(await voice.ask(said(4, STOP)))).toEqual(['confirm_opt_out', 'end_call']);
    await voice.ask({ seq: 5, type: 'ended', at: AT, seconds: 3 });
    expect(codesOf(await ask(bank, to))).toContain('SUPPRESSED');
    const { events } = await expectStatus<{ events: { type: string }[] }>(
      200,
      bank.dialer.get(`/v1/calls/${callId}`),
    );
    expect(events.map(({ type }) => type).sort()).toEqual(['answered', 'ended', 'placed', 'transcript']);
  });

  it('answers in the order of the frames, however fast they come', async () => {
    const { callId } = await allowed();
    const voice = await connect(callId);
    for (let seq = 0; seq < 40; seq++) voice.send(said(seq, `嗯 ${seq}`));
    const acks: (number | undefined)[] = [];
    for (let seq = 0; seq < 40; seq++) acks.push((await voice.next()).ack);
    expect(acks).toEqual([...Array(40).keys()]);
  });

  it('tells the voice within a second of a wish that another process took', async () => {
    const { callId, to } = await allowed();
    const voice = await connect(callId);
    await voice.ask({ seq: 1, type: 'answered', at: AT });
    const care = second.as(bank.cast.care.key ?? '');
    const since = performance.now();
    await expectStatus(
      201,
      care.post('/v1/suppressions', { number: to, source: 'customer', reason: 'Hotline.' }),
    );
    const pushed = await voice.next();
    expect([pushed.ack, types(pushed)]).toEqual([undefined, ['end_call']]);
    expect(performance.now() - since).toBeLessThan(5_000);
    // Told once; what is reported afterwards is answered by it again.
    expect(types(await voice.ask(said(2, '嗯')))).toEqual(['end_call']);
  });

  it('tells the voice what was heard by another process, and at once what stood before it connected', async () => {
    const { callId } = await allowed();
    const voice = await connect(callId);
    const dialer = second.as(bank.dialer.key ?? '');
    const { seq: _, ...report } = said(0, STOP);
    await expectStatus(200, dialer.post(`/v1/calls/${callId}/events`, report));
    expect(types(await voice.next())).toEqual(['end_call']);
    const late = await connect(callId, {}, await addressOf(second));
    expect(types(await late.next())).toEqual(['end_call']);
  });

  describe('lets nobody in but those whom the role table admits', () => {
    it('by key', async () => {
      const { callId } = await allowed();
      expect(await refusedAs(callId, {})).toBe('HTTP 401 UNAUTHENTICATED');
      expect(await refusedAs(callId, { key: 'ql_nobody' })).toBe('HTTP 401 UNAUTHENTICATED');
      expect(await refusedAs(callId, { key: bank.cast.care.key })).toBe('HTTP 403 FORBIDDEN');
      expect(await refusedAs(callId, { key: bank.vendorDialer.key })).toBe('HTTP 404 NOT_FOUND');
      const nobody = '0193a000-0000-7000-8000-000000000000';
      expect(await refusedAs(nobody, { key: bank.dialer.key })).toBe('HTTP 404 NOT_FOUND');
      expect(await refusedAs('nonsense', { key: bank.dialer.key })).toBe('HTTP 404 NOT_FOUND');
    });

    it('by the call’s own token, as the second subprotocol, and for that call only', async () => {
      const [call, other] = [await allowed(), await allowed()];
      const token = call.authorization?.token ?? '';
      const voice = await connect(call.callId, { key: undefined, protocols: [PROTOCOL, token] });
      expect(voice.socket.protocol).toBe(PROTOCOL);
      expect((await voice.ask({ seq: 1, type: 'answered', at: AT })).ack).toBe(1);
      expect(await refusedAs(other.callId, { protocols: [PROTOCOL, token] })).toBe(
        'HTTP 401 UNAUTHENTICATED',
      );
      expect(await refusedAs(call.callId, { protocols: [PROTOCOL, `${token.slice(0, -2)}AA`] })).toBe(
        'HTTP 401 UNAUTHENTICATED',
      );
      app.clock.set(TEN + 2 * 3_600_000 + 31_000);
      const late = await refusedAs(call.callId, { protocols: [PROTOCOL, token] });
      app.clock.set(TEN);
      expect(late).toBe('HTTP 401 UNAUTHENTICATED');
    });

    it('with a key in a URL never', async () => {
      const { callId } = await allowed();
      const asked = `${url}/v1/calls/${callId}/live?token=${bank.dialer.key}&access_token=${bank.dialer.key}`;
      await expect(LiveClient.open(asked)).rejects.toThrow('HTTP 401');
    });

    it('without the subprotocol never, and not without an upgrade', async () => {
      const { callId } = await allowed();
      expect(await refusedAs(callId, { key: bank.dialer.key, protocols: ['other.v1'] })).toBe(
        'HTTP 400 MALFORMED',
      );
      const plain = await bank.dialer.get(`/v1/calls/${callId}/live`);
      expect([plain.status, plain.body.code]).toEqual([400, 'MALFORMED']);
    });

    it('no longer than the key: the next frame after its revocation writes nothing', async () => {
      const { callId } = await allowed();
      const dialer = await app.client(['dialer'], { name: 'to be revoked' });
      const voice = await connect(callId, { key: dialer.key });
      expect((await voice.ask({ seq: 1, type: 'placed', at: AT })).ack).toBe(1);
      await expectStatus(200, app.admin.post(`/v1/clients/${dialer.id}/revoke`));
      const refused = await voice.ask(said(2, STOP));
      expect([refused.seq, refused.error?.code]).toEqual([2, 'UNAUTHENTICATED']);
      expect((await voice.closed).code).toBe(1008);
      const { events } = await expectStatus<{ events: unknown[] }>(
        200,
        bank.dialer.get(`/v1/calls/${callId}`),
      );
      expect(events).toHaveLength(1);
    });
  });

  describe('refuses a frame by itself, and writes nothing of it', () => {
    it.each<[string, string | Buffer, number | undefined, string, string | undefined]>([
      ['no JSON', '{"seq": 1', undefined, 'MALFORMED', undefined],
      ['bytes', Buffer.from('{"seq":1,"type":"placed"}'), undefined, 'MALFORMED', undefined],
      ['no object', '[1]', undefined, 'INVALID', ''],
      ['no number', `{"type":"placed","at":"${AT}"}`, undefined, 'INVALID', '/seq'],
      ['half a number', `{"seq":1.5,"type":"placed","at":"${AT}"}`, undefined, 'INVALID', '/seq'],
      ['an unknown type', `{"seq":7,"type":"nonsense","at":"${AT}"}`, 7, 'INVALID', '/type'],
      ['an unknown member', `{"seq":7,"type":"placed","at":"${AT}","x":1}`, 7, 'INVALID', '/x'],
      ['a missing member', `{"seq":7,"type":"dtmf","at":"${AT}"}`, 7, 'INVALID', '/digits'],
      [
        'a time that was not',
        '{"seq":7,"type":"placed","at":"2026-11-20T09:00:00+08:00"}',
        7,
        'INVALID',
        '/at',
      ],
      [
        'half a character',
        `{"seq":7,"type":"failed","at":"${AT}","cause":"\\ud800"}`,
        7,
        'INVALID',
        '/cause',
      ],
      [
        'a prototype',
        `{"seq":7,"type":"placed","at":"${AT}","__proto__":{}}`,
        undefined,
        'MALFORMED',
        undefined,
      ],
    ])('%s', async (_, frame, seq, code, pointer) => {
      const { callId } = await allowed();
      const voice = await connect(callId);
      voice.socket.send(frame, { binary: Buffer.isBuffer(frame) });
      const { error, ...rest } = await voice.next();
      expect(rest).toEqual(seq === undefined ? {} : { seq });
      expect([error?.code, error?.errors?.[0]?.pointer]).toEqual([code, pointer]);
      expect(error?.type).toBe(`urn:quietline:problem:${code.toLowerCase()}`);
      // The connection goes on.
      expect((await voice.ask({ seq: 8, type: 'placed', at: AT })).ack).toBe(8);
      const rows = await queryRows(app.database, 'SELECT 1 FROM call_events WHERE call_id = $1', [callId]);
      expect(rows).toHaveLength(1);
    });

    it('more than 64 KiB ends the connection', async () => {
      const { callId } = await allowed();
      const voice = await connect(callId);
      voice.send(said(1, 'x'.repeat(66_000)));
      expect((await voice.closed).code).toBe(1009);
      const rows = await queryRows(app.database, 'SELECT 1 FROM call_events WHERE call_id = $1', [callId]);
      expect(rows).toEqual([]);
    });

    it('more frames than a voice can speak are refused, and those before them answered', async () => {
      const { callId } = await allowed();
      const voice = await connect(callId);
      for (let seq = 0; seq < 300; seq++) voice.send({ seq, type: 'placed', at: AT, eventId: String(seq) });
      const answers: LiveMessage[] = [];
      while (answers.length < 300) answers.push(await voice.next());
      const refused = answers.filter(({ error }) => error !== undefined);
      expect(new Set(refused.map(({ error }) => error?.code))).toEqual(new Set(['RATE_LIMITED']));
      expect(refused.length).toBeGreaterThan(100);
      // Each by its number, so that the voice can send it again.
      expect(answers.map(({ ack, seq }) => ack ?? seq ?? -1).sort((a, b) => a - b)).toEqual([
        ...Array(300).keys(),
      ]);
      const rows = await queryRows(app.database, 'SELECT 1 FROM call_events WHERE call_id = $1', [callId]);
      expect(rows).toHaveLength(300 - refused.length);
    });
  });

  describe('takes, however fast the frames come,', () => {
    it.each([
      ['a refusal', { type: 'refused' }],
      ['the opt-out key', { type: 'dtmf', digits: '9' }],
    ])('%s', async (_, refusal) => {
      const { callId, to } = await allowed();
      const voice = await connect(callId);
      for (let seq = 0; seq < 400; seq++) voice.send({ seq, type: 'placed', at: AT, eventId: String(seq) });
      voice.send({ seq: 400, at: AT, ...refusal });
      const answers: LiveMessage[] = [];
      while (answers.length < 401) answers.push(await voice.next());
      expect(answers.some(({ error }) => error?.code === 'RATE_LIMITED')).toBe(true);
      const last = answers.find(({ ack, seq }) => (ack ?? seq) === 400);
      expect(last).toMatchObject({ ack: 400 });
      expect(codesOf(await ask(bank, to))).toContain('SUPPRESSED');
    });

    it('but hangs up on a flood, and has taken what came before it', async () => {
      const { callId, to } = await allowed();
      const voice = await connect(callId);
      voice.send({ seq: 0, type: 'refused', at: AT });
      for (let seq = 1; seq < 3_000; seq++) voice.send({ seq, type: 'dtmf', digits: `1${seq}`, at: AT });
      expect(await voice.closed).toMatchObject({ code: 1008 });
      await eventually('the refusal', async () => codesOf(await ask(bank, to)).includes('SUPPRESSED'));
      const rows = await queryRows(app.database, 'SELECT 1 FROM call_events WHERE call_id = $1', [callId]);
      expect(rows.length).toBeLessThan(1_500);
    });
  });

  it('pings every five seconds and drops whoever does not answer', async () => {
    const { callId } = await allowed();
    const [alive, dead] = [await connect(callId), await connect(callId, { autoPong: false })];
    expect((await dead.closed).code).toBe(1006);
    await eventually('a second ping', () => Promise.resolve(alive.pings >= 2));
    expect((await alive.ask({ seq: 1, type: 'placed', at: AT })).ack).toBe(1);
  }, 30_000);

  it('answers what has come when the gateway stops, and says goodbye', async () => {
    const third = await startApp({ now: AT, database: app.database, dataDir: app.dataDir });
    const at = await addressOf(third);
    const { callId } = await allowed();
    const voice = await connect(callId, {}, at);
    expect((await voice.ask({ seq: 1, type: 'answered', at: AT })).ack).toBe(1);
    const lock = await holdLock(
      app.database,
      `SELECT 1 FROM subjects s JOIN calls c ON c.subject_id = s.id WHERE c.call_id = '${callId}' FOR UPDATE OF s`,
    );
    voice.send(said(2, STOP));
    await lock.waitForWaiter();
    const closing = third.close();
    await lock.release();
    const last = await voice.next();
    expect([last.ack, types(last)]).toEqual([2, ['confirm_opt_out', 'end_call']]);
    expect((await voice.closed).code).toBe(1001);
    await closing;
  });

  it('holds 200 calls at once on two processes, each with directives of its own', async () => {
    const addresses = [url, await addressOf(second)];
    const calls: { to: string; voice: LiveClient; customer: string; expected: string[] }[] = [];
    for (let index = 0; index < 200; index++) {
      const { callId, to } = await allowed();
      const voice = await connect(callId, {}, addresses[index % 2]);
      calls.push({ to, voice, ...(SPOKEN[index % SPOKEN.length] ?? AGREED) });
    }
    const told = await Promise.all(
      calls.map(async ({ voice, customer }) => types(await voice.ask(said(1, customer)))),
    );
    expect(told).toEqual(calls.map(({ expected }) => expected));
    // Every call that goes on is ended by a wish that one process takes, whichever holds its connection.
    const talking = calls.filter(({ expected }) => !expected.includes('end_call'));
    const care = second.as(bank.cast.care.key ?? '');
    await Promise.all(
      talking.map(({ to }) =>
        expectStatus(
          201,
          care.post('/v1/suppressions', { number: to, source: 'customer', reason: 'Hotline.' }),
        ),
      ),
    );
    const pushed = await Promise.all(talking.map(async ({ voice }) => types(await voice.next())));
    expect(pushed).toEqual(talking.map(() => ['end_call']));
  }, 120_000);

  it('is asked by a vendor for its own calls', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const { callId } = await expectStatus<Answered>(
      200,
      bank.vendorDialer.post(
        '/v1/calls/authorize',
        question({ ...bank, campaignId: bank.vendorCampaignId }, to),
      ),
    );
    const voice = await connect(callId, { key: bank.vendorDialer.key });
    expect(types(await voice.ask(said(1, STOP)))).toEqual(['confirm_opt_out', 'end_call']);
  });
});
