import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import {
  bot,
  type Call,
  listOf,
  mapping,
  MAPPING,
  post,
  RESULTS,
  user,
  vendorCall,
} from '../support/results';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const LATE = TEN + 6 * 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();

interface Flag {
  id: string;
  kind: string;
  state: string;
  callId?: string;
  vendorId?: string;
}
interface CallState {
  state: string;
  events: { type: string }[];
  flags: string[];
}

describe('what a vendor reports after the call', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
    await expectStatus(201, bank.cast.marketing.put(MAPPING, mapping()));
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const report = async (call: Call, more: Record<string, unknown>): Promise<string> => {
    const { results } = await post(bank.vendorDialer, {
      session: call.session,
      result: 'OK',
      begin: '2026-11-20 10:00:01',
      end: '2026-11-20 10:00:41',
      seconds: 35,
      ...more,
    });
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ callId: call.callId });
    return results[0]?.state ?? '';
  };
  /** Ten in the morning, three days later: no cap and no pause of a day stands in the way any more. */
  const askLater = async (call: Call, days = 3): Promise<string[]> => {
    app.clock.set(TEN + days * 86_400_000);
    return codesOf(await ask(bank, call.to));
  };
  const read = (call: Call): Promise<CallState> =>
    expectStatus<CallState>(200, bank.vendorDialer.get(`/v1/calls/${call.callId}`));
  const flagsOf = async (call: Call): Promise<string[]> =>
    (await listOf<Flag>(bank.cast.officer, '/v1/flags?limit=1000'))
      .filter((flag) => flag.callId === call.callId)
      .map(({ kind }) => kind)
      .sort();
  const findingsOf = async (call: Call): Promise<string[]> =>
    (
      await listOf<{ callId: string; kind: string }>(
        bank.cast.auditor,
        '/v1/vendors/vendor-7/findings?limit=1000',
      )
    )
      .filter(({ callId }) => callId === call.callId)
      .map(({ kind }) => kind)
      .sort();

  it.each([
    ['said in the dialogue, whatever the grade says', { level: 'A', talk: [bot('您好'), user('退订')] }],
    ['said in the dialogue, beside a grade that obliges to less', { level: 'D', talk: [user('退订')] }],
    ['cut in two by the recogniser of speech', { level: 'A', talk: [user('退'), bot('嗯'), user('订')] }],
    ['named by a grade, whatever the dialogue says', { level: 'X', talk: [user('好的，你说吧')] }],
    ['named by a tag, beside a good grade', { level: 'A', tags: ['never', 'mapped'] }],
    ['in a line whose speaker nobody mapped', { talk: [{ role: 'client', text: '退订' }] }],
    ['in lines that are not where they should be', { talk: ['您好', { role: 'user', say: ['退订'] }] }],
    ['beside words that nobody mapped', { level: 'Z', tags: ['？'], talk: [user('退订')] }],
  ])('a refusal stops every campaign: %s', async (_, more) => {
    const call = await vendorCall(bank);
    app.clock.set(LATE);
    expect(['applied', 'unmapped']).toContain(await report(call, more));
    expect(await askLater(call)).toContain('SUPPRESSED');
    const search = await expectStatus<{ items: { source: string; state: string; scope: unknown }[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number: call.to }),
    );
    expect(search.items).toMatchObject([{ source: 'customer', state: 'active', scope: { kind: 'group' } }]);
  });

  it('a call about which nothing was said stays without consequence', async () => {
    const call = await vendorCall(bank);
    app.clock.set(LATE);
    expect(await report(call, { level: 'A', tags: ['mapped'], talk: [bot('您好'), user('喂，你说')] })).toBe(
      'applied',
    );
    expect(await askLater(call)).toEqual([]);
    expect([await flagsOf(call), await findingsOf(call)]).toEqual([[], []]);
  });

  it.each([
    ['not_interested', { level: 'D' }, [], ['REFUSAL_COOLDOWN']],
    ['wrong_person', { level: 'W' }, ['wrong_person'], ['SUPPRESSED']],
    ['vulnerable', { tags: ['upset'] }, ['vulnerable'], ['SUPPRESSED']],
    ['complaint_threat', { tags: ['lawyer'] }, ['complaint_threat'], ['SUPPRESSED']],
    ['human_request', { tags: ['person'] }, [], ['AI_VOICE_BARRED']],
  ])('%s has its duty', async (_, more, flags, codes) => {
    const call = await vendorCall(bank);
    app.clock.set(LATE);
    expect(await report(call, more)).toBe('applied');
    expect(await flagsOf(call)).toEqual(flags);
    expect(await askLater(call, 20)).toEqual(expect.arrayContaining(codes));
  });

  it('refuse_now is a pause of a day from the call, and nothing more', async () => {
    const call = await vendorCall(bank);
    app.clock.set(TEN + 60_000);
    await report(call, { tags: ['later'] });
    app.clock.set(TEN + 20 * 3_600_000);
    expect(codesOf(await ask(bank, call.to))).toContain('REFUSAL_COOLDOWN');
    expect(await askLater(call)).toEqual([]);
  });

  it('a wish is the person’s word at the time of the call: who asked to be called later than that is not stopped', async () => {
    const call = await vendorCall(bank);
    const rows = await queryRows<{ id: string }>(
      app.database,
      'SELECT subject_id AS id FROM calls WHERE call_id = $1',
      [call.callId],
    );
    expect(rows).toHaveLength(1);
    // The same as START by SMS leaves behind, said two hours after the call.
    await queryRows(
      app.database,
      `INSERT INTO opt_in_words (event_id, subject_id, said_at, recorded_at) VALUES (gen_random_uuid(), $1, $2, $2)`,
      [rows[0]?.id, iso(TEN + 7_200_000)],
    );
    app.clock.set(LATE);
    await report(call, { talk: [user('退订')] });
    const { items } = await expectStatus<{ items: { state: string }[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number: call.to }),
    );
    expect(items.map(({ state }) => state)).toEqual(['released']);
  });

  it('proves what became of the call: answered and ended, with its length, at its times', async () => {
    const call = await vendorCall(bank);
    app.clock.set(LATE);
    await report(call, { talk: [bot('您好'), user('喂')], toAgent: 1 });
    const state = await read(call);
    expect(state).toMatchObject({ state: 'ended', flags: [] });
    expect(state.events.map(({ type }) => type)).toEqual(['answered', 'transferred', 'ended']);
    const [ended] = await queryRows<{ at: Date; seconds: number }>(
      app.database,
      `SELECT at, seconds FROM call_events WHERE call_id = $1 AND type = 'ended'`,
      [call.callId],
    );
    expect(ended).toEqual({ at: new Date(TEN + 41_000), seconds: 35 });
  });

  it('gives the slot back for a call that was not placed, within the time the law of slots leaves', async () => {
    const [soon, late] = [await vendorCall(bank), await vendorCall(bank)];
    app.clock.set(TEN + 300_000);
    await report(soon, { result: 'UNDIALLED', begin: null, end: null });
    expect((await read(soon)).state).toBe('not_placed');
    app.clock.set(LATE);
    await report(late, { result: 'UNDIALLED', begin: null, end: null });
    expect(await read(late)).toMatchObject({ state: 'presumed_placed', flags: ['LATE_NOT_PLACED'] });
  });

  it('counts an unanswered call as placed, and a mailbox as answered', async () => {
    const [nobody, mailbox] = [await vendorCall(bank), await vendorCall(bank)];
    await report(nobody, { result: 'NOBODY', end: null, seconds: 0 });
    await report(mailbox, { result: 'MAILBOX', end: null });
    expect((await read(nobody)).state).toBe('failed');
    expect((await read(mailbox)).events.map(({ type }) => type)).toEqual(['machine_detected', 'ended']);
  });

  it.each([
    ['overheard', { level: 'A', talk: [bot('您好'), user('退订'), bot('再见')] }, ['refusal_not_reported']],
    [
      'talked over',
      { level: 'A', talk: [user('退订'), bot('嗯'), user('喂'), bot('这张卡年费全免'), user('退订')] },
      ['refusal_not_reported', 'talked_on'],
    ],
    [
      'talked over and owned up to',
      { level: 'X', talk: [user('退订'), bot('您为什么不考虑呢？')] },
      ['talked_on'],
    ],
    ['honoured and owned up to', { tags: ['never'], talk: [user('退订'), bot('好的，不再打扰')] }, []],
    ['perhaps owned up to in a word nobody knows', { level: '？', talk: [user('退订')] }, []],
    ['said by nobody knows whom', { talk: [{ role: 'x', text: '退订' }] }, []],
  ])('a refusal that was %s counts so', async (_, more, findings) => {
    const call = await vendorCall(bank);
    app.clock.set(LATE);
    await report(call, more);
    expect(await findingsOf(call)).toEqual(findings);
    await report(call, { ...more, seconds: 36 });
    expect(await findingsOf(call)).toEqual(findings);
  });

  it('a refusal that the dialer passed on during the call was not overheard', async () => {
    const call = await vendorCall(bank);
    await expectStatus(
      200,
      bank.vendorDialer.post(`/v1/calls/${call.callId}/events`, { type: 'refused', at: iso(TEN) }),
    );
    app.clock.set(LATE);
    await report(call, { level: 'A', talk: [user('退订'), bot('再见')] });
    expect(await findingsOf(call)).toEqual([]);
  });

  it('counts by vendor for the operator', async () => {
    const metrics = await app.metrics();
    expect(metrics).toMatch(/quietline_vendor_results_total\{vendor="vendor-7",state="applied"\} \d/);
    expect(metrics).toMatch(/quietline_vendor_findings_total\{vendor="vendor-7",kind="talked_on"\} \d/);
    expect(metrics).toMatch(
      /quietline_vendor_unmapped_labels_total\{vendor="vendor-7",member="speaker"\} \d/,
    );
  });

  it('binds once a call, in however many reports it is said', async () => {
    const call = await vendorCall(bank);
    app.clock.set(LATE);
    for (const seconds of [1, 2, 3]) await report(call, { level: 'X', tags: ['upset'], seconds });
    const { items } = await expectStatus<{ items: { source: string }[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number: call.to }),
    );
    expect(items.map(({ source }) => source).sort()).toEqual(['customer', 'vulnerable']);
    expect(await listOf(bank.cast.auditor, `${RESULTS}?limit=1`)).toHaveLength(1);
  });
});
