import { startApp, type TestApp } from '../support/app';
import { type Bank, codesOf, ask, freshNumber, openBank, question } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { type Answer, expectStatus, type HttpCaller, type ProblemBody } from '../support/http';
import {
  bot,
  listOf,
  mapping,
  MAPPING,
  post,
  putMapping,
  RESULTS,
  type Taken,
  user,
  vendorCall,
} from '../support/results';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const iso = (at: number): string => new Date(at).toISOString();

interface ResultItem {
  id: string;
  state: string;
  attempt: number;
  mappingVersion: number;
  unmappedLabels: number;
  faults: string[];
}
interface MappingBody {
  version: number;
  mapping: { labels: unknown };
  versions: { version: number }[];
  example?: { results: number; lines: number; unmappedLabels: number };
}
interface FlagBody {
  id: string;
  kind: string;
  vendorId?: string;
  state: string;
}

describe('reports of a vendor', () => {
  let app: TestApp;
  let bank: Bank;
  let officer: HttpCaller;

  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
    ({ officer } = bank.cast);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const put = (body: unknown, as = bank.cast.marketing): Promise<Answer<MappingBody & ProblemBody>> =>
    as.put<MappingBody & ProblemBody>(MAPPING, body);
  const results = (query = ''): Promise<ResultItem[]> =>
    listOf<ResultItem>(bank.cast.auditor, `${RESULTS}?limit=1000${query}`);
  const openFlags = async (): Promise<FlagBody[]> =>
    (await listOf<FlagBody>(officer, '/v1/flags?kind=unmapped_result&state=open&limit=1000')).filter(
      ({ vendorId }) => vendorId === 'vendor-7',
    );

  it('mean nothing before somebody has said what they mean', async () => {
    expect((await bank.vendorDialer.post(RESULTS, { session: 's' })).body).toMatchObject({
      code: 'CONFLICT',
    });
    expect((await bank.cast.auditor.get(MAPPING)).status).toBe(404);
    expect((await bank.cast.compliance.post(`${RESULTS}/reapply`, {})).status).toBe(409);
    expect(await results()).toEqual([]);
  });

  it('are read by a mapping that was tried on its example, of which every version is kept', async () => {
    const first = await put(mapping());
    expect(first).toMatchObject({
      status: 201,
      body: { version: 1, example: { results: 1, lines: 2, unmappedLabels: 0 } },
    });
    expect((await put(mapping())).body).toMatchObject({ version: 1 });
    const fewer = mapping({ labels: { status: { OK: ['answered', 'none'] } } });
    await putMapping(bank, fewer, officer);
    const second = await put(fewer, officer);
    expect(second).toMatchObject({ status: 200, body: { version: 2, example: { unmappedLabels: 2 } } });
    await expectStatus(200, bank.cast.marketing.put(MAPPING, mapping()));
    const now = await expectStatus<MappingBody>(200, bank.cast.auditor.get(MAPPING));
    expect(now.versions.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(now).not.toHaveProperty('mapping.example');
    const earlier = await expectStatus<MappingBody>(200, officer.get(`${MAPPING}?version=2`));
    expect(earlier.mapping.labels).toEqual({ status: { OK: ['answered', 'none'] } });
    expect((await officer.get(`${MAPPING}?version=4`)).status).toBe(404);
  });

  it.each([
    ['/example', { example: undefined }],
    ['/sessionId', { sessionId: '/callId' }],
    ['/sessionId', { sessionId: 7 }],
    [
      '/dialogue/text',
      {
        dialogue: {
          lines: '/talk',
          text: '/words',
          speaker: { at: '/role', customer: ['user'], agent: ['bot'] },
        },
      },
    ],
    [
      '/dialogue/speaker',
      {
        dialogue: {
          lines: '/talk',
          text: '/text',
          speaker: { at: '/role', customer: ['client'], agent: ['bot'] },
        },
      },
    ],
    ['/startedAt/timeZone', { startedAt: { at: '/begin', format: 'local' } }],
    ['/labels/grade/A', { labels: { grade: { A: 'maybe' } } }],
    ['/labels/colour', { labels: { colour: {} } }],
    ['/surprise', { surprise: 1 }],
  ])('are not read by a mapping that is wrong at %s', async (pointer, change) => {
    const { status, body } = await put(mapping(change));
    expect([status, body.errors?.map((error) => error.pointer)]).toEqual([
      422,
      expect.arrayContaining([pointer]),
    ]);
    expect((await put(mapping())).body).toMatchObject({ version: 3 });
  });

  it('come one or many, are answered in order, and are one where they are the same', async () => {
    const [one, two] = [await vendorCall(bank), await vendorCall(bank)];
    const rows = [
      { session: one.session, level: 'A' },
      { session: two.session, level: '？' },
      { session: 'nobody', level: 'A' },
      { session: one.session, level: 'A' },
      { session: two.callId, level: 'A' },
    ];
    expect(await post(bank.vendorDialer, rows)).toEqual({
      results: [
        { state: 'applied', callId: one.callId },
        { state: 'unmapped', callId: two.callId },
        { state: 'unmatched' },
        { state: 'duplicate', callId: one.callId },
        { state: 'applied', callId: two.callId },
      ],
    });
    expect((await results()).map(({ state, unmappedLabels }) => [state, unmappedLabels])).toEqual([
      ['applied', 0],
      ['unmatched', 0],
      ['unmapped', 1],
      ['applied', 0],
    ]);
    const again = await post(bank.cast.marketing, rows);
    expect(again.results.map(({ state }) => state)).toEqual(Array(5).fill('duplicate'));
    expect((await post(bank.vendorDialer, [])).results).toEqual([]);
  });

  it('of a vendor are matched with that vendor’s calls only, and nobody learns which others there are', async () => {
    await expectStatus(201, officer.put('/v1/vendors/vendor-8', { name: 'Vendor Eight', status: 'active' }));
    await expectStatus(201, officer.put('/v1/vendors/vendor-8/results-mapping', mapping()));
    const stranger = await app.client(['dialer'], { name: 'dialer of eight', vendorId: 'vendor-8' });
    const call = await vendorCall(bank);
    const report = { level: 'X', talk: [user('退订')] };
    const answers: Taken[] = [];
    for (const session of [
      call.session,
      call.callId,
      'no-such-call',
      '0193a000-0000-7000-8000-000000000000',
    ]) {
      answers.push(await post(stranger, { session, ...report }, '/v1/vendors/vendor-8/results'));
    }
    expect(answers).toEqual(Array(4).fill({ results: [{ state: 'unmatched' }] }));
    expect(
      await queryRows(app.database, 'SELECT 1 FROM call_events WHERE call_id = $1', [call.callId]),
    ).toEqual([]);
    app.clock.set(TEN + 60_000);
    expect(codesOf(await ask(bank, call.to))).not.toContain('SUPPRESSED');
    for (const url of [RESULTS, '/v1/vendors/nobody/results']) {
      expect((await stranger.post(url, { session: call.session })).body).toMatchObject({
        code: 'NOT_FOUND',
        detail: 'There is no such vendor.',
      });
    }
    expect((await bank.dialer.post(RESULTS, { session: call.session })).status).toBe(404);
    expect((await bank.vendorDialer.get(RESULTS)).status).toBe(403);
    expect((await bank.vendorDialer.get('/v1/vendors/vendor-7/findings')).status).toBe(403);
  });

  it('of an id that two dialers used are those of the dialer who reports', async () => {
    const other = await app.client(['dialer'], { name: 'other dialer', vendorId: 'vendor-7' });
    const mine = await vendorCall(bank);
    const theirs = await expectStatus<{ callId: string }>(
      200,
      other.post(
        '/v1/calls/authorize',
        question({ ...bank, campaignId: bank.vendorCampaignId }, freshNumber(), {
          external: { callId: mine.session },
        }),
      ),
    );
    expect((await post(bank.vendorDialer, { session: mine.session })).results[0]?.callId).toBe(mine.callId);
    expect((await post(other, { session: mine.session })).results[0]?.callId).toBe(theirs.callId);
  });

  it('without a call of ours still carry a refusal, to the number that they name', async () => {
    const number = freshNumber();
    const phone = number.slice(3);
    expect(await post(bank.vendorDialer, { session: 'lost', phone, talk: [user('退订')] })).toEqual({
      results: [{ state: 'unmatched' }],
    });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    const untouched = freshNumber();
    await post(bank.vendorDialer, { session: 'lost too', phone: untouched.slice(3), level: 'A' });
    expect(codesOf(await ask(bank, untouched))).not.toContain('SUPPRESSED');
    const [said] = await queryRows<{ at: Date }>(
      app.database,
      `SELECT w.said_at AS at FROM suppression_words w JOIN vendor_result_effects e ON e.effect = 'stop'
       JOIN vendor_result_outcomes o ON o.result_id = e.result_id WHERE o.state = 'unmatched' AND e.about = o.result_id`,
    );
    expect(said).toEqual({ at: new Date(TEN) });
  });

  it('in unknown words are an alarm and one piece of work a word, until the word is mapped', async () => {
    const known = await openFlags();
    const [one, two] = [await vendorCall(bank), await vendorCall(bank)];
    const word = 'Zhang San 13912345678';
    const before = app.logged.length;
    const rows = [one, two].map(({ session }) => ({ session, level: word, tags: ['mapped', 'new tag'] }));
    expect((await post(bank.vendorDialer, rows)).results.map(({ state }) => state)).toEqual([
      'unmapped',
      'unmapped',
    ]);
    const raised = (await openFlags()).filter(({ id }) => !known.some((flag) => flag.id === id));
    expect(raised).toHaveLength(2);
    const lines = app.logged.slice(before).filter((line) => line.includes('does not know'));
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/Zhang|new tag|1391234/);
    const details = await Promise.all(
      raised.map(({ id }) =>
        expectStatus<{ detail: { kind: string; label: string } }>(200, officer.get(`/v1/flags/${id}`)),
      ),
    );
    expect(details.map(({ detail }) => detail.kind).sort()).toEqual(['grade', 'tag']);
    expect(details.map(({ detail }) => detail.label)).toContain('new tag');
    expect(
      (await results('&state=unmapped')).filter(({ unmappedLabels }) => unmappedLabels === 2),
    ).toHaveLength(2);

    const { labels } = mapping() as { labels: { grade: object; tag: object } };
    const corrected = { ...labels, grade: { ...labels.grade, [word]: 'refuse_permanent' } };
    await expectStatus(200, bank.cast.marketing.put(MAPPING, mapping({ labels: corrected })));
    expect((await openFlags()).filter(({ id }) => raised.some((flag) => flag.id === id))).toHaveLength(1);
    const reapplied = await expectStatus<Taken & { more: boolean }>(
      200,
      officer.post(`${RESULTS}/reapply`, {}),
    );
    expect(reapplied.more).toBe(false);
    expect(
      reapplied.results.filter(({ callId }) => callId === one.callId || callId === two.callId),
    ).toMatchObject([{ state: 'unmapped' }, { state: 'unmapped' }]);
    app.clock.set(TEN + 60_000);
    // What is mapped binds, though another word of the same report is not mapped yet.
    for (const { to } of [one, two]) expect(codesOf(await ask(bank, to))).toContain('SUPPRESSED');
    const whole = { ...corrected, tag: { ...labels.tag, 'new tag': 'none' } };
    await putMapping(bank, mapping({ labels: whole }));
    const last = await expectStatus<Taken>(200, officer.post(`${RESULTS}/reapply`, {}));
    expect(last.results.filter(({ callId }) => callId === one.callId || callId === two.callId)).toMatchObject(
      [{ state: 'applied' }, { state: 'applied' }],
    );
    expect((await expectStatus<Taken>(200, officer.post(`${RESULTS}/reapply`, {}))).results).toEqual([]);
    const wishes = await queryRows(
      app.database,
      `SELECT 1 FROM suppressions s JOIN calls c ON c.subject_id = s.subject_id WHERE c.call_id = ANY ($1)`,
      [[one.callId, two.callId]],
    );
    expect(wishes).toHaveLength(2);
  });

  it('of a session that the mapping did not find are found by a better one', async () => {
    await putMapping(bank, mapping({ sessionId: '/phone' }));
    const call = await vendorCall(bank);
    const report = { session: call.session, level: 'A', talk: [user('退订')] };
    expect((await post(bank.vendorDialer, report)).results).toEqual([{ state: 'unmatched' }]);
    expect((await results('&state=unmatched')).length).toBeGreaterThan(0);
    await expectStatus(200, bank.cast.marketing.put(MAPPING, mapping()));
    const { results: again } = await expectStatus<Taken>(
      200,
      officer.post(`${RESULTS}/reapply`, { limit: 1_000 }),
    );
    expect(again).toContainEqual(expect.objectContaining({ state: 'applied', callId: call.callId }));
    app.clock.set(TEN + 60_000);
    expect(codesOf(await ask(bank, call.to))).toContain('SUPPRESSED');
  });

  it('are read again once, whoever asks for it at the same moment', async () => {
    const call = await vendorCall(bank);
    await post(bank.vendorDialer, { session: call.session, level: 'read twice' });
    await expectStatus(200, bank.cast.marketing.put(MAPPING, mapping({ recording: undefined })));
    const both = await Promise.all(
      [officer, bank.cast.marketing].map((who) =>
        expectStatus<Taken>(200, who.post(`${RESULTS}/reapply`, { limit: 1_000 })),
      ),
    );
    const read = both.flatMap((answer) => answer.results).filter(({ callId }) => callId === call.callId);
    expect(read).toMatchObject([{ state: 'unmapped' }]);
    await expectStatus(200, bank.cast.marketing.put(MAPPING, mapping()));
  });

  it('at once are one: two at the same moment write once', async () => {
    const call = await vendorCall(bank);
    const report = {
      session: call.session,
      level: 'X',
      tags: ['never seen'],
      talk: [user('退订'), bot('为什么呢？')],
    };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(bank.vendorDialer, report)));
    expect(answers.map(({ results: [row] }) => row?.state).sort()).toEqual([
      ...Array<string>(7).fill('duplicate'),
      'unmapped',
    ]);
    const different = await Promise.all(
      Array.from({ length: 8 }, (_, seconds) => post(bank.vendorDialer, { ...report, seconds })),
    );
    expect(new Set(different.map(({ results: [row] }) => row?.state))).toEqual(new Set(['unmapped']));
    const [counts] = await queryRows<Record<string, number>>(
      app.database,
      `
SELECT (SELECT count(*)::int FROM vendor_result_effects WHERE about = $1) AS effects,
  (SELECT count(*)::int FROM vendor_findings WHERE call_id = $1) AS findings,
  (SELECT count(*)::int FROM call_events WHERE call_id = $1 AND type = 'answered') AS answered,
  (SELECT count(*)::int FROM suppressions s JOIN calls c ON c.subject_id = s.subject_id WHERE c.call_id = $1) AS wishes`,
      [call.callId],
    );
    expect(counts).toEqual({ effects: 1, findings: 1, answered: 1, wishes: 1 });
    expect((await openFlags()).length).toBeGreaterThan(0);
  });
});
