import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, freshNumber, openBank } from '../support/bank';
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
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (at: number): string => new Date(at).toISOString();
const VOICE_ONLY = '只别打电话，短信可以发';

interface Flag {
  id: string;
  kind: string;
  callId?: string;
  vendorId?: string;
  repeats?: number;
}
interface Detail extends Flag {
  detail: { kind: string; label: string };
}

describe('reports of a vendor that say things in pieces, unclearly, or not where they should', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
    await expectStatus(201, bank.cast.marketing.put(MAPPING, mapping()));
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const report = async (call: Call, more: Record<string, unknown>): Promise<string | undefined> => {
    const body = { session: call.session, begin: '2026-11-20 10:00:01', end: '2026-11-20 10:00:41' };
    return (await post(bank.vendorDialer, { ...body, ...more })).results[0]?.state;
  };
  const lost = async (phone: string, more: Record<string, unknown>): Promise<string | undefined> =>
    (await post(bank.vendorDialer, { session: `lost ${phone}`, phone: phone.slice(3), ...more })).results[0]
      ?.state;
  const later = async (to: string, days = 3): Promise<string[]> => {
    app.clock.set(TEN + days * DAY);
    const codes = codesOf(await ask(bank, to));
    app.clock.set(TEN);
    return codes;
  };
  const wishesOf = async (to: string): Promise<{ source: string; channels: string[] }[]> =>
    (
      await expectStatus<{ items: { source: string; channels: string[] }[] }>(
        200,
        bank.cast.officer.post('/v1/suppressions/search', { number: to }),
      )
    ).items;
  const openFlags = (): Promise<Flag[]> =>
    listOf<Flag>(bank.cast.officer, '/v1/flags?kind=unmapped_result&state=open&limit=1000');
  const detailsOf = (flags: Flag[]): Promise<Detail[]> =>
    Promise.all(flags.map(({ id }) => expectStatus<Detail>(200, bank.cast.officer.get(`/v1/flags/${id}`))));
  const faultsOf = async ({ callId }: Call): Promise<string[] | undefined> =>
    (await listOf<{ callId?: string; faults: string[] }>(bank.cast.auditor, `${RESULTS}?limit=1000`)).find(
      (result) => result.callId === callId,
    )?.faults;

  describe('a later report of a call', () => {
    it('widens a refusal that the first one had narrower', async () => {
      const call = await vendorCall(bank);
      app.clock.set(TEN + HOUR);
      await report(call, { talk: [user(VOICE_ONLY)] });
      expect(await wishesOf(call.to)).toMatchObject([{ channels: ['voice_ai', 'voice_human'] }]);
      await report(call, { talk: [user(VOICE_ONLY), bot('好的'), user('短信也别发')] });
      expect((await wishesOf(call.to)).flatMap(({ channels }) => channels)).toContain('sms');
      await report(call, { talk: [user('退订')], seconds: 7 });
      await report(call, { talk: [user(VOICE_ONLY)], seconds: 8 });
      // Whoever has refused everything is told nothing new by less.
      expect(await wishesOf(call.to)).toHaveLength(2);
    });

    it('names the time that the first one did not know', async () => {
      const call = await vendorCall(bank);
      app.clock.set(TEN + HOUR);
      await report(call, { tags: ['later'] });
      await report(call, { tags: ['later'], talk: [user('我在开会 后天上午十点再打吧')] });
      app.clock.set(TEN + 2 * DAY - HOUR);
      const { reasons } = await ask(bank, call.to);
      expect(reasons.find(({ code }) => code === 'REFUSAL_COOLDOWN')).toMatchObject({
        until: iso(TEN + 2 * DAY),
      });
    });
  });

  describe('a stranger', () => {
    it.each([
      [
        'whom nobody knows to be the customer hides no refusal of the customer’s',
        [{ role: 'who', text: '你打错了' }, user('以后别再打了')],
        ['customer', 'wrong_person'],
      ],
      [
        'whom nobody knows to be the customer, and a refusal of nobody knows whom',
        [
          { role: 'who', text: '你打错了' },
          { role: 'who', text: '以后别再打了' },
        ],
        ['customer', 'wrong_person'],
      ],
      [
        'and then a refusal by the customer',
        [user('你打错了'), bot('抱歉'), user('以后别再打了')],
        ['customer', 'wrong_person'],
      ],
      ['alone', [user('你打错了')], ['wrong_person']],
      ['in one breath with a refusal', [user('你打错了，以后别再打了')], ['wrong_person']],
    ])('%s', async (_, talk, sources) => {
      const call = await vendorCall(bank);
      app.clock.set(TEN + HOUR);
      await report(call, { talk });
      expect((await wishesOf(call.to)).map(({ source }) => source).sort()).toEqual(sources);
    });
  });

  describe('of a call that nobody knows', () => {
    it.each([
      ['a refusal', { talk: [user('退订')] }, 'SUPPRESSED', []],
      ['a stranger', { level: 'W' }, 'SUPPRESSED', ['wrong_person']],
      ['somebody vulnerable', { tags: ['upset'] }, 'SUPPRESSED', ['vulnerable']],
      ['a complaint', { tags: ['lawyer'] }, 'SUPPRESSED', ['complaint_threat']],
      ['"not interested"', { level: 'D' }, 'REFUSAL_COOLDOWN', []],
    ])('still carry %s, to the number that they name', async (_, more, code, kinds) => {
      const number = freshNumber();
      const before = await listOf<Flag>(bank.cast.officer, '/v1/flags?limit=1000');
      expect(await lost(number, more)).toBe('unmatched');
      expect(await later(number)).toContain(code);
      const flags = (await listOf<Flag>(bank.cast.officer, '/v1/flags?limit=1000')).filter(
        ({ id, kind }) => kind !== 'unmapped_result' && !before.some((flag) => flag.id === id),
      );
      expect(flags.map(({ kind }) => kind)).toEqual(kinds);
    });

    it('bind nobody where nothing was said', async () => {
      const number = freshNumber();
      await lost(number, { level: 'A' });
      expect(await wishesOf(number)).toEqual([]);
      expect(await later(number)).not.toContain('REFUSAL_COOLDOWN');
    });

    it('are work, however many unknown words they hold, and the work says how many they are', async () => {
      const vendor = '/v1/vendors/vendor-9';
      await expectStatus(201, bank.cast.officer.put(vendor, { name: 'Vendor Nine', status: 'active' }));
      await expectStatus(201, bank.cast.officer.put(`${vendor}/results-mapping`, mapping()));
      const dialer = await app.client(['dialer'], { name: 'dialer of nine', vendorId: 'vendor-9' });
      const words = Array.from({ length: 60 }, (_, index) => `word ${index}`);
      for (const session of ['a', 'b', 'c'])
        await post(dialer, { session, tags: words }, `${vendor}/results`);
      const details = await detailsOf((await openFlags()).filter(({ vendorId }) => vendorId === 'vendor-9'));
      expect(details.filter(({ detail }) => detail.kind === 'session')).toMatchObject([{ repeats: 2 }]);
    });
  });

  describe('that cannot be read', () => {
    it.each([
      ['dialogue', { level: 'A', talk: [{ role: 'user', words: '喂' }] }, 'dialogue'],
      ['a grade', { level: [{ name: 'A' }] }, 'grade'],
      ['a tag', { level: 'A', tags: [{}] }, 'tag'],
      ['a status', { level: 'A', result: { code: 'OK' } }, 'status'],
      ['an answered call of which nothing is told', { result: 'OK', seconds: 40 }, 'silent'],
      ['a call that lasted, in another form', { length: 40, toAgent: 1, words: ['退订'] }, 'silent'],
    ])('in %s are unmapped, and work', async (_, more, member) => {
      const call = await vendorCall(bank);
      app.clock.set(TEN + HOUR);
      expect(await report(call, more)).toBe('unmapped');
      expect(await faultsOf(call)).toContain(member);
      const details = await detailsOf(await openFlags());
      expect(details.filter(({ detail }) => detail.kind === 'fault' && detail.label === member)).toHaveLength(
        1,
      );
    });

    it('of a call that the dialer said was answered', async () => {
      const call = await vendorCall(bank);
      await expectStatus(
        200,
        bank.vendorDialer.post(`/v1/calls/${call.callId}/events`, { type: 'answered', at: iso(TEN) }),
      );
      app.clock.set(TEN + HOUR);
      expect((await post(bank.vendorDialer, { session: call.session })).results[0]?.state).toBe('unmapped');
    });

    it.each([
      ['nobody answered', { result: 'NOBODY', seconds: 0, end: null }],
      ['a mailbox', { result: 'MAILBOX' }],
      ['a time that is told otherwise', { level: 'A', begin: 'soon' }],
    ])('%s is read whole', async (_, more) => {
      const call = await vendorCall(bank);
      app.clock.set(TEN + HOUR);
      expect(await report(call, more)).toBe('applied');
    });

    it('are counted, and logged without a word of them', async () => {
      const call = await vendorCall(bank);
      const before = app.logged.length;
      app.clock.set(TEN + HOUR);
      await report(call, { level: { secret: 'their word' } });
      const lines = app.logged.slice(before).filter((line) => line.includes('could not be read'));
      expect(lines).toHaveLength(1);
      expect(lines.join('')).toContain('grade');
      expect(lines.join('')).not.toContain('their word');
    });

    it('are read again by a better mapping', async () => {
      const call = await vendorCall(bank);
      app.clock.set(TEN + HOUR);
      expect(await report(call, { level: { name: 'X' } })).toBe('unmapped');
      const example = { ...(mapping()['example'] as object), level: { name: 'A' } };
      await expectStatus(
        200,
        bank.cast.marketing.put(MAPPING, mapping({ grade: ['/level', '/level/name'], example })),
      );
      await expectStatus(200, bank.cast.officer.post(`${RESULTS}/reapply`, { limit: 1_000 }));
      expect(await later(call.to)).toContain('SUPPRESSED');
      const [last] = await queryRows<{ effects: number }>(
        app.database,
        'SELECT count(*)::int AS effects FROM vendor_result_effects WHERE about = $1',
        [call.callId],
      );
      expect(last).toEqual({ effects: 1 });
    });
  });
});
