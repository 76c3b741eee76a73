import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus, type HttpCaller } from '../support/http';
import { everythingStored } from '../support/proofs/clear-text';
import { listOf, mapping, MAPPING, post, RESULTS, type Taken, user, vendorCall } from '../support/results';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const iso = (at: number): string => new Date(at).toISOString();

describe('reports', () => {
  let app: TestApp;
  let bank: Bank;
  let officer: HttpCaller;

  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
    ({ officer } = bank.cast);
    await expectStatus(201, bank.cast.marketing.put(MAPPING, mapping()));
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  it.each([
    [
      '10,000 lines',
      { talk: [...Array.from({ length: 10_000 }, (_, n) => user(`第${n}句，你说`)), user('退订')] },
    ],
    ['10,000 labels', { tags: Array.from({ length: 10_000 }, (_, n) => `tag ${n}`), talk: [user('退订')] }],
    ['lists in lists', { talk: [user('退订')], level: [[[['A']]]], tags: { a: [1] } }],
    [
      'numbers, truths and nothing for words',
      { talk: [null, 7, true, { role: 1, text: null }, user('退订')], level: 1 },
    ],
    ['a dialogue in a dialogue', { talk: { a: [{ role: 'user', text: '退订' }] } }],
    [
      'members that belong to every object',
      { talk: [user('退订')], level: 'constructor', tags: ['toString'] },
    ],
    ['a number that is none', { talk: [user('退订')], seconds: '1e999', begin: -1, end: 'Infinity' }],
  ])(
    'that are hostile break nothing and hide no refusal: %s',
    async (_, more) => {
      const call = await vendorCall(bank);
      const {
        results: [row],
      } = await post(bank.vendorDialer, { session: call.session, ...more });
      expect(['applied', 'unmapped']).toContain(row?.state);
      app.clock.set(TEN + 60_000);
      expect(codesOf(await ask(bank, call.to))).toContain('SUPPRESSED');
    },
    120_000,
  );

  it('that are deeper than anything, or hold numbers beyond numbers, are taken all the same', async () => {
    const call = await vendorCall(bank);
    const deep = `${'['.repeat(100_000)}"退订"${']'.repeat(100_000)}`;
    const body = `{"session":"${call.session}","seconds":1e999,"other":${deep},"talk":[${deep}]}`;
    const {
      results: [row],
    } = await post(bank.vendorDialer, body);
    expect(row?.state).toBe('unmapped');
    app.clock.set(TEN + 60_000);
    expect(codesOf(await ask(bank, call.to))).toContain('SUPPRESSED');
    for (const value of ['7', '"text"', 'null', 'true']) {
      expect((await bank.vendorDialer.post(RESULTS, value)).status).toBe(422);
    }
    const strange = await post(bank.vendorDialer, [7, null, 'text', [], [[1]]]);
    expect(strange.results.map(({ state }) => state)).toEqual(Array(5).fill('unmatched'));
    const many = await bank.vendorDialer.post(RESULTS, Array(1_001).fill({}));
    expect([many.status, many.body.errors?.[0]?.code]).toEqual([422, 'LENGTH']);
    expect((await bank.vendorDialer.post(RESULTS, { pad: 'x'.repeat(1_100_000) })).status).toBe(413);
  }, 120_000);

  it('of somebody who has been erased keep nothing and match nothing', async () => {
    const call = await vendorCall(bank);
    await queryRows(
      app.database,
      `UPDATE subjects SET wrapping_key = NULL WHERE id = (SELECT subject_id FROM calls WHERE call_id = $1)`,
      [call.callId],
    );
    const report = { session: call.session, level: 'X', talk: [user('退订')] };
    expect(await post(bank.vendorDialer, report)).toEqual({ results: [{ state: 'unmatched' }] });
    const [newest] = await listOf<{ id: string; state: string }>(bank.cast.auditor, RESULTS);
    expect(newest).toMatchObject({ state: 'unmatched' });
    await expectStatus(200, bank.cast.marketing.put(MAPPING, mapping({ seconds: undefined })));
    const again = await expectStatus<Taken>(200, officer.post(`${RESULTS}/reapply`, { limit: 1_000 }));
    expect(again.results).toContainEqual({ id: newest?.id, state: 'unmatched' });
  });

  it('that invent words bury nobody’s flags beneath them, and hide no word that means something', async () => {
    const path = '/v1/flags?kind=unmapped_result&state=open&limit=1000';
    for (let report = 0; report < 8; report++) {
      const { session } = await vendorCall(bank);
      const tags = Array.from({ length: 200 }, (_, n) => `invented ${report} ${n}`);
      const body = { session, tags: [...tags, 'x'.repeat(500_000), 'never'] };
      const [row] = (await post(bank.vendorDialer, body)).results;
      expect(row).toMatchObject({ state: 'unmapped' });
    }
    const open = await listOf(bank.cast.officer, path);
    expect(open.length).toBeLessThanOrEqual(60);
    const { session, to } = await vendorCall(bank);
    await post(bank.vendorDialer, { session, tags: ['another', 'never'] });
    expect(await listOf(bank.cast.officer, path)).toHaveLength(open.length);
    app.clock.set(TEN + 60_000);
    expect(codesOf(await ask(bank, to))).toContain('SUPPRESSED');
  });

  it('stand nowhere in clear', async () => {
    const call = await vendorCall(bank);
    const secrets = ['我叫诸葛亮', 'secret-recording-link', 'unknown-word-of-theirs', call.session];
    await post(bank.vendorDialer, {
      session: call.session,
      level: 'unknown-word-of-theirs',
      audio: 'https://x.example/secret-recording-link',
      talk: [user('我叫诸葛亮，退订')],
    });
    const found: string[] = [];
    for await (const { where, text } of everythingStored(app.database)) {
      for (const secret of secrets) {
        const bytes = Buffer.from(secret, 'utf8').toString('latin1');
        if (text.includes(secret) || text.includes(bytes)) found.push(`${where}: ${secret}`);
      }
    }
    expect(found).toEqual([]);
    for (const secret of secrets) expect(app.logged.join('\n')).not.toContain(secret);
  });
});
