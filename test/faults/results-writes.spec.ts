import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { type Breakage, FaultyDatabase } from '../contract/faulty-database';
import { contradictions } from '../integration/people-town';
import { type TestApp, startApp } from '../support/app';
import { type Bank, openBank } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { type Answer, expectStatus } from '../support/http';
import { bot, mapping, MAPPING, RESULTS, type Taken, user, vendorCall } from '../support/results';

const NOW = '2026-11-23T02:00:00Z';

const TABLES = [
  'subjects',
  'suppressions',
  'flags',
  'flag_repeats',
  'flag_resolutions',
  'approvals',
  'results_mappings',
  'vendor_results',
  'vendor_result_outcomes',
  'vendor_result_effects',
  'vendor_label_alarms',
  'vendor_findings',
  'call_events',
];

interface Traces {
  rows: Record<string, string[] | null>;
  events: number;
  orphans: number;
}

let dataDir: string;
let database: TestDatabase;
let faulty: FaultyDatabase;
let app: TestApp;
let bank: Bank;

async function start(): Promise<void> {
  faulty = new FaultyDatabase({ url: database.url, poolSize: 6 }, createLogger('silent'));
  app = await startApp({ database, dataDir, now: NOW, providers: [{ token: Database, value: faulty }] });
}

/** Whoever it was before a crash, asking the process that runs now. */
const as = (key: string | undefined) => app.as(key ?? '');

async function traces(): Promise<Traces> {
  const tables = TABLES.map(
    (name) => `'${name}', (SELECT json_agg(r::text ORDER BY r::text) FROM ${name} r)`,
  );
  const [row] = await queryRows<Traces>(
    database,
    `
SELECT json_build_object(${tables.join(', ')}) AS rows, (SELECT count(*)::int FROM events) AS events,
  (SELECT count(*)::int FROM outbox o LEFT JOIN events e USING (event_id) WHERE e.event_id IS NULL) AS orphans`,
  );
  if (row === undefined) throw new Error('Nothing was read.');
  return row;
}

const countOf = ({ rows }: Traces): Record<string, number> =>
  Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, values?.length ?? 0]));

/** What one such report comes to, whole. */
const WHOLE = {
  suppressions: 2,
  flags: 2,
  results_mappings: 0,
  vendor_results: 1,
  vendor_result_outcomes: 1,
  vendor_result_effects: 2,
  vendor_label_alarms: 1,
  vendor_findings: 1,
  call_events: 2,
};

function gained(before: Traces, after: Traces): Record<string, number> {
  const [from, to] = [countOf(before), countOf(after)];
  return Object.fromEntries(Object.keys(WHOLE).map((name) => [name, (to[name] ?? 0) - (from[name] ?? 0)]));
}

describe('reports of vendors whose writing breaks', () => {
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-results-faults-'));
    database = await createTestDatabase();
    await start();
    bank = await openBank(app);
    await expectStatus(201, bank.cast.marketing.put(MAPPING, mapping()));
  });
  afterAll(async () => {
    await app.nest.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const STATEMENTS: [string, Breakage][] = [
    ['result-insert', 'failed'],
    ['result-effect', 'failed'],
    ['wish-insert', 'failed'],
    ['flag-insert', 'failed'],
    ['finding-insert', 'failed'],
    ['result-alarm-insert', 'failed'],
    ['result-outcome', 'failed'],
    ['evidence-record', 'failed'],
    ['evidence-record', 'crash before'],
    ['result-outcome', 'failed but stored'],
    ['result-outcome', 'crash after'],
    // The call's history comes after the report: that it breaks loses nothing that stops calls.
    ['call-report-append', 'failed'],
    ['call-report-append', 'failed but stored'],
  ];

  it.each(STATEMENTS)(
    '%s %s: all of it or nothing, and whole when it is sent again',
    async (statement, how) => {
      const dialer = bank.vendorDialer.key;
      const word = `unknown ${statement} ${how}`;
      const call = await vendorCall({
        ...bank,
        app,
        vendorDialer: as(dialer),
        cast: { ...bank.cast, marketing: as(bank.cast.marketing.key) },
      });
      const report = {
        session: call.session,
        level: 'A',
        tags: ['upset', word],
        talk: [user('退订'), bot('嗯'), user('退订'), bot('您考虑一下这张卡')],
      };
      const send = (): Promise<Answer<Taken>> => as(dialer).post<Taken>(RESULTS, report);
      const before = await traces();
      faulty.met.clear();
      faulty.break(statement, how);
      const broken = await send();
      expect([broken.status >= 500, faulty.met.get(statement)]).toEqual([true, 1]);

      const ofCall = statement === 'call-report-append';
      const stored = ofCall || how === 'failed but stored' || how === 'crash after';
      const left = gained(before, await traces());
      if (stored) expect({ ...left, call_events: 0 }).toEqual({ ...WHOLE, call_events: 0 });
      else expect(await traces()).toEqual(before);

      if (faulty.isDead) {
        await app.nest.close();
        await start();
      }
      const again = await send();
      expect(again.body.results).toEqual([{ state: stored ? 'duplicate' : 'unmapped', callId: call.callId }]);
      const after = await traces();
      expect(gained(before, after)).toEqual(WHOLE);
      expect(after.orphans).toBe(0);
      expect((await send()).body.results[0]?.state).toBe('duplicate');
      expect(await traces()).toEqual(after);
      expect(await contradictions(app)).toEqual([]);
    },
  );

  it('a report that breaks stops none behind it', async () => {
    const here: Bank = {
      ...bank,
      app,
      vendorDialer: as(bank.vendorDialer.key),
      cast: { ...bank.cast, marketing: as(bank.cast.marketing.key) },
    };
    const [broken, sound] = [await vendorCall(here), await vendorCall(here)];
    const rows = [broken, sound].map(({ session }) => ({ session, talk: [user('退订')] }));
    faulty.break('result-insert', 'failed');
    expect((await here.vendorDialer.post(RESULTS, rows)).status).toBe(500);
    const again = await here.vendorDialer.post<Taken>(RESULTS, rows);
    expect(again.body.results.map(({ state }) => state)).toEqual(['applied', 'duplicate']);
  });

  it('a word that is unknown again is counted with its report, or neither is stored', async () => {
    const here: Bank = {
      ...bank,
      app,
      vendorDialer: as(bank.vendorDialer.key),
      cast: { ...bank.cast, marketing: as(bank.cast.marketing.key) },
    };
    const [one, two] = [await vendorCall(here), await vendorCall(here)];
    const send = ({ session }: { session: string }): Promise<Answer<Taken>> =>
      here.vendorDialer.post<Taken>(RESULTS, { session, tags: ['unknown again'], talk: [user('退订')] });
    expect((await send(one)).status).toBe(200);
    const before = await traces();
    faulty.break('flag-repeat', 'failed');
    expect((await send(two)).status).toBe(500);
    expect(await traces()).toEqual(before);
    expect((await send(two)).body.results[0]?.state).toBe('unmapped');
    expect([countOf(before)['flag_repeats'], countOf(await traces())['flag_repeats']]).toEqual([0, 1]);
  });

  it('a mapping that a second person grants is written whole with the grant, or neither is', async () => {
    const { labels } = mapping() as { labels: { grade: object } };
    const looser = mapping({ labels: { ...labels, grade: { ...labels.grade, X: 'none' } } });
    const nothing = await traces();
    faulty.break('evidence-record', 'failed');
    expect((await as(bank.cast.marketing.key).put(MAPPING, looser)).status).toBe(500);
    expect(await traces()).toEqual(nothing);
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      as(bank.cast.marketing.key).put(MAPPING, looser),
    );
    const approve = () => as(bank.cast.officer.key).post(`/v1/approvals/${approvalId}/approve`, {});
    for (const statement of ['results-mapping-insert', 'evidence-record']) {
      const before = await traces();
      faulty.break(statement, 'failed');
      expect((await approve()).status).toBe(500);
      expect(await traces()).toEqual(before);
    }
    expect((await approve()).status).toBe(200);
    await expectStatus(200, as(bank.cast.marketing.key).put(MAPPING, mapping()));
  });

  it('a mapping is written whole or not at all', async () => {
    for (const [version, statement] of [
      'results-mapping-insert',
      'evidence-record',
      'flag-resolve',
    ].entries()) {
      const before = await traces();
      const words = STATEMENTS.map(([name, how]) => [`unknown ${name} ${how}`, 'complaint_threat']);
      const { labels } = mapping() as { labels: { tag: object } };
      const tag = { ...labels.tag, ...Object.fromEntries(words.slice(0, version + 1)) };
      const changed = mapping({ labels: { ...labels, tag } });
      faulty.break(statement, 'failed');
      expect((await as(bank.cast.marketing.key).put(MAPPING, changed)).status).toBe(500);
      expect(await traces()).toEqual(before);
      await expectStatus(200, as(bank.cast.marketing.key).put(MAPPING, changed));
    }
  });
});
