import type { InboundRecord } from '../../src/platform/bus/inbound';
import { startApp, type TestApp } from '../support/app';
import { type Bank, consent, freshNumber, openBank, question } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { left, noteWhatLeaves, recordOf, take } from '../support/inbound';

const TEN = '2026-11-20T10:00:00+08:00';
const ANSWERS = ['call.decided.v1', 'call.request.rejected.v1'];

describe('questions by Kafka', () => {
  let app: TestApp;
  let other: TestApp;
  let bank: Bank;
  let made = 0;

  beforeAll(async () => {
    app = await startApp({ now: TEN });
    other = await startApp({ now: TEN, database: app.database, dataDir: app.dataDir });
    bank = await openBank(app);
    await noteWhatLeaves(app);
  });
  afterAll(async () => {
    await other.close();
    await app.close();
  });
  beforeEach(async () => {
    await queryRows(app.database, 'TRUNCATE left_events');
  });

  const ask = (
    to: string,
    more: Record<string, unknown> = {},
    event: Record<string, string> = {},
  ): InboundRecord =>
    recordOf('call.requests.v1', {
      id: `r-${made++}`,
      type: 'call.request.v1',
      source: '/bank/dialer',
      time: TEN,
      key: to,
      data: question(bank, to, more),
      ...event,
    });
  const answers = () => left(app, ...ANSWERS);
  const idOf = (record: InboundRecord): string => record.headers['ce_id'] ?? '';

  it('answers with what a dialer needs, and with no number', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const record = ask(to, { external: { callId: 'k-1' } });
    await take(app, [record]);
    const [answer] = await answers();
    expect(answer).toMatchObject({
      type: 'call.decided.v1',
      clear: {
        outcome: 'allow',
        codes: [],
        campaignId: bank.campaignId,
        expiresAt: '2026-11-20T02:00:30.000Z',
      },
      attributes: {
        requestid: idOf(record),
        requestsource: '/bank/dialer',
        externalcallid: 'k-1',
        authorizationexpires: '2026-11-20T02:00:30.000Z',
      },
    });
    const obligations = JSON.parse(answer?.attributes?.['obligations'] ?? '') as { aiDisclosure: unknown };
    expect(obligations.aiDisclosure).toMatchObject({ required: true });
    expect(JSON.stringify(answer)).not.toContain(to.slice(-8));
    // The token is a real one.
    const redeemed = await bank.cast.carrier.post('/v1/authorizations/redeem', {
      token: answer?.attributes?.['authorization'],
      to,
      callerId: bank.callerId,
    });
    expect(redeemed).toMatchObject({ status: 200, body: { callId: answer?.clear['callId'] } });
  });

  it('decides each question once, whatever prefix is offered again and to however many', async () => {
    const records = Array.from({ length: 12 }, () => ask(freshNumber()));
    for (let length = 1; length <= records.length; length += 3) {
      await Promise.all([take(app, records.slice(0, length)), take(other, records.slice(0, length))]);
    }
    await Promise.all([take(app, records), take(other, [...records]), take(other, records)]);
    const told = await answers();
    expect(told.map((answer) => answer.attributes?.['requestid']).sort()).toEqual(records.map(idOf).sort());
  });

  it('decides one of a lot once that stands in it twice, keyed or not', async () => {
    const { key: _key, ...unkeyed } = ask(freshNumber());
    const bare = { ...unkeyed, key: undefined };
    const keyed = ask(freshNumber());
    await take(app, [bare, { ...bare, offset: '90001' }, keyed, { ...keyed, offset: '90002' }]);
    expect((await answers()).map((answer) => answer.attributes?.['requestid'])).toHaveLength(2);
  });

  it('decides questions of one person in the order they came', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const records = [ask(to), ask(to), ask(to)];
    await take(app, records);
    const told = await answers();
    expect(told.map(({ attributes }) => attributes?.['requestid'])).toEqual(records.map(idOf));
    expect(told.map(({ clear }) => clear['outcome'])).toEqual(['allow', 'defer', 'defer']);
  });

  it('gives a call one answer, whichever event asks; the id is its own and not that of REST', async () => {
    const [to, external] = [freshNumber(), { callId: 'both-1' }];
    const body = question(bank, to, { external });
    expect(await bank.dialer.post('/v1/calls/authorize', body)).toMatchObject({ status: 200 });
    await take(app, [ask(to, { external }), ask(to, { external }), ask(freshNumber(), { external })]);
    const told = await left(app, ...ANSWERS);
    expect(told.map(({ clear }) => clear['code'] ?? 'decided').sort()).toEqual([
      'ALREADY_ANSWERED',
      'IDEMPOTENCY_MISMATCH',
      'decided',
      'decided',
    ]);
    const decided = told.filter(({ type, attributes }) => type === 'call.decided.v1' && attributes !== null);
    const rejected = told.find(({ clear }) => clear['code'] === 'ALREADY_ANSWERED');
    expect(rejected?.clear['callId']).toBe(decided[0]?.clear['callId']);
  });

  it('answers the second event for a call, although the first comes again beside it with its answer', async () => {
    const [to, external] = [freshNumber(), { callId: 'again-1' }];
    const [first, second, third] = ['one', 'two', 'three'].map((key) => ({ ...ask(to, { external }), key }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('Asked nothing.');
    await take(app, [first]);
    // The process ended before the others had their answers: all are offered again, and go in one batch.
    await take(app, [first, second, third]);
    await take(other, [first, second, third]);
    const told = await answers();
    expect(told.map(({ clear }) => clear['code'])).toEqual([
      undefined,
      'ALREADY_ANSWERED',
      'ALREADY_ANSWERED',
    ]);
    expect(new Set(told.map(({ attributes }) => attributes?.['requestid']))).toEqual(
      new Set([first, second, third].map(idOf)),
    );
    expect(new Set(told.map(({ clear }) => clear['callId'])).size).toBe(1);
  });

  it.each<[string, (record: InboundRecord) => InboundRecord, string, object[] | undefined]>([
    ['what is no JSON', (r) => ({ ...r, value: Buffer.from('{"to":') }), 'MALFORMED', undefined],
    [
      'an unknown member',
      (r) => ({ ...r, value: Buffer.from(r.value.toString().replace('{', '{"+8613800138000":1,')) }),
      'INVALID',
      [{ pointer: '/', code: 'UNKNOWN_MEMBER' }],
    ],
    ['too much', (r) => ({ ...r, value: Buffer.alloc(70_000, ' ') }), 'TOO_LARGE', undefined],
    [
      'another type',
      (r) => ({ ...r, headers: { ...r.headers, ce_type: 'call.request.v2' } }),
      'INVALID',
      [{ pointer: '/type', code: 'TYPE' }],
    ],
    [
      'no age',
      (r) => ({ ...r, headers: { ...r.headers, ce_time: '' } }),
      'INVALID',
      [{ pointer: '/time', code: 'EMPTY' }],
    ],
    [
      'what has waited too long',
      (r) => ({ ...r, headers: { ...r.headers, ce_time: '2026-11-20T09:58:59+08:00' } }),
      'REQUEST_EXPIRED',
      undefined,
    ],
  ])('rejects %s once, and says nothing of it', async (_name, spoil, code, errors) => {
    const record = spoil(ask(freshNumber()));
    await Promise.all([take(app, [record]), take(other, [record])]);
    await take(app, [record]);
    const told = await answers();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'call.request.rejected.v1', clear: { code } });
    expect(told[0]?.clear['errors']).toEqual(errors);
    expect(told[0]?.attributes?.['requestid']).toBe(idOf(record));
    expect(JSON.stringify(told).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '')).not.toMatch(
      /\d{8}/,
    );
  });

  it('rejects an id that holds the number, without repeating it', async () => {
    const to = freshNumber();
    await take(app, [ask(to, {}, { id: `call to ${to.slice(3)}` })]);
    const [answer] = await answers();
    expect(answer).toMatchObject({
      clear: { code: 'INVALID', errors: [{ pointer: '/id', code: 'NUMBER' }] },
    });
    expect(answer?.attributes).toEqual({
      requestpartition: '0',
      requestoffset: expect.any(String) as string,
    });
  });

  it.each<[string, (record: InboundRecord) => InboundRecord]>([
    ['what is no JSON', (r) => ({ ...r, value: Buffer.from('{"to":') })],
    [
      'what has waited too long',
      (r) => ({ ...r, headers: { ...r.headers, ce_time: '2026-11-20T09:58:59+08:00' } }),
    ],
  ])('names neither id nor source that may hold a number in rejecting %s', async (_name, spoil) => {
    const place = { requestpartition: '0', requestoffset: expect.any(String) as string };
    const uuid = '12345678-1234-4123-8123-123456789012';
    for (const [id, source, left] of [
      ['dial-+14155550123-3', '/bank/dialer', { requestsource: '/bank/dialer' }],
      ['call-13800138001-7', '/dialer/138-0013-8001', {}],
      [uuid, '/bank/dialer', { requestid: uuid, requestsource: '/bank/dialer' }],
    ] as const) {
      await queryRows(app.database, 'TRUNCATE left_events');
      await take(app, [spoil(ask(freshNumber(), {}, { id, source }))]);
      const [answer] = await answers();
      expect(answer?.type).toBe('call.request.rejected.v1');
      expect(answer?.attributes).toEqual({ ...left, ...place });
    }
  });

  it('answers an id that is used again for another question', async () => {
    const [first, second] = [
      ask(freshNumber(), {}, { id: 'twice' }),
      ask(freshNumber(), {}, { id: 'twice' }),
    ];
    await take(app, [first]);
    await take(app, [second]);
    await take(other, [first, second]);
    expect((await answers()).map(({ clear }) => clear['code'])).toEqual([undefined, 'IDEMPOTENCY_MISMATCH']);
  });

  it('is still known after a client was revoked meanwhile: a door has no key', async () => {
    const record = ask(freshNumber());
    await app.client(['dialer'], { name: 'makes a version' });
    await take(other, [record]);
    expect((await answers())[0]?.type).toBe('call.decided.v1');
  });
});
