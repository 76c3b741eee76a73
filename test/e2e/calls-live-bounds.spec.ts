import { CallSituations } from '../../src/services/calls/call-situations';
import { CallsService } from '../../src/services/calls/calls.service';
import { startApp, type TestApp } from '../support/app';
import { type Answered, ask, type Bank, consent, freshNumber, openBank } from '../support/bank';
import { holdLock } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { addressOf, LiveClient } from '../support/live/live-client';
import { eventually } from '../support/proofs/eventually';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const AT = new Date(TEN).toISOString();
const PROTOCOL = 'quietline.live.v1';
/** The longest text there is, each character written as an escape of six bytes. */
const LONGEST = `{"seq":0,"type":"transcript","at":"${AT}","speaker":"agent","text":"${'\\u4e00'.repeat(8_192)}"}`;

describe('live connections are bounded, and only for those who are admitted', () => {
  let app: TestApp;
  let bank: Bank;
  let url: string;
  const open: LiveClient[] = [];
  beforeAll(async () => {
    app = await startApp({ now: AT });
    bank = await openBank(app);
    url = await addressOf(app);
  });
  afterEach(async () => {
    app.clock.set(TEN);
    jest.restoreAllMocks();
    await Promise.all(open.splice(0).map((client) => client.close()));
  });
  afterAll(() => app.close());

  const allowed = async (): Promise<Answered & { to: string }> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    return { ...(await ask(bank, to)), to };
  };
  const connect = async (callId: string, how: Parameters<typeof LiveClient.open>[1] = {}) => {
    const client = await LiveClient.open(`${url}/v1/calls/${callId}/live`, { key: bank.dialer.key, ...how });
    open.push(client);
    return client;
  };
  const suppress = (number: string) =>
    expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number, source: 'customer', reason: 'Hotline.' }),
    );

  it('has four connections of a call, and a place again when one has gone', async () => {
    const { callId } = await allowed();
    const voices = [
      await connect(callId),
      await connect(callId),
      await connect(callId),
      await connect(callId),
    ];
    await expect(connect(callId)).rejects.toThrow('HTTP 429 RATE_LIMITED');
    await connect((await allowed()).callId);
    await voices[0]?.close();
    const again = await eventually('a place is free', () => connect(callId).catch(() => undefined));
    expect((await again.ask({ seq: 1, type: 'placed', at: AT })).ack).toBe(1);
  });

  it('takes the longest transcript, and only as much as may wait', async () => {
    const { callId } = await allowed();
    const voice = await connect(callId);
    const lock = await holdLock(
      app.database,
      `SELECT 1 FROM subjects s JOIN calls c ON c.subject_id = s.id WHERE c.call_id = '${callId}' FOR UPDATE OF s`,
    );
    for (let seq = 1; seq <= 4; seq++) voice.send(LONGEST.replace('"seq":0', `"seq":${seq}`));
    const refused = [await voice.next(), await voice.next()];
    expect(refused.map(({ error }) => error?.code)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    await lock.release();
    expect([(await voice.next()).ack, (await voice.next()).ack]).toEqual([1, 2]);
  });

  it('tells nothing more to a key that was revoked, though it says nothing', async () => {
    const { callId, to } = await allowed();
    const dialer = await app.client(['dialer'], { name: 'to be revoked' });
    const [voice, other] = [await connect(callId, { key: dialer.key }), await connect(callId)];
    await expectStatus(200, app.admin.post(`/v1/clients/${dialer.id}/revoke`));
    expect((await voice.next()).error?.code).toBe('UNAUTHENTICATED');
    expect((await voice.closed).code).toBe(1008);
    expect((await other.ask({ seq: 1, type: 'answered', at: AT })).ack).toBe(1);
    await suppress(to);
    expect((await other.next()).directives?.map(({ type }) => type)).toEqual(['end_call']);
  });

  it('tells nothing more to a token that has ended', async () => {
    const { callId, authorization } = await allowed();
    const protocols = [PROTOCOL, authorization?.token ?? ''];
    const voice = await connect(callId, { key: undefined, protocols });
    expect((await voice.ask({ seq: 1, type: 'placed', at: AT })).ack).toBe(1);
    app.clock.set(TEN + 2 * 3_600_000 + 31_000);
    expect((await voice.next()).error?.code).toBe('UNAUTHENTICATED');
    expect((await voice.closed).code).toBe(1008);
  });

  it('looks after all connections of a call at once, and after every call though one cannot be read', async () => {
    const calls = [await allowed(), await allowed(), await allowed()] as const;
    const [broken, ...whole] = calls;
    const voices = await Promise.all(
      calls.map(async ({ callId }) => [await connect(callId), await connect(callId)]),
    );
    for (const [voice] of voices) await voice?.ask({ seq: 1, type: 'answered', at: AT });
    const situations = app.nest.get(CallSituations, { strict: false });
    const readAll = situations.readAll.bind(situations);
    jest.spyOn(situations, 'readAll').mockImplementation(async (tx, callIds) =>
      (await readAll(tx, callIds)).map((read) => ({
        call: read.call,
        get folded() {
          if (read.call.callId === broken.callId) throw new Error('Broken on purpose.');
          return read.folded;
        },
      })),
    );
    const looks = jest.spyOn(app.nest.get(CallsService, { strict: false }), 'standingOf');
    for (const { to } of calls) await suppress(to);
    for (const [index] of whole.entries()) {
      for (const voice of voices[index + 1] ?? []) {
        expect((await voice.next()).directives?.map(({ type }) => type)).toEqual(['end_call']);
      }
    }
    for (const [, callIds] of looks.mock.calls) expect(new Set(callIds).size).toBe(callIds.length);
    jest.restoreAllMocks();
    // Tried again at each look.
    for (const voice of voices[0] ?? []) {
      expect((await voice.next()).directives?.map(({ type }) => type)).toEqual(['end_call']);
    }
  });
});
