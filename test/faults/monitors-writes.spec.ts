import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { RunMonitors } from '../../src/services/monitors/run-monitors';
import { type Breakage, FaultyDatabase } from '../contract/faulty-database';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank, runCampaign } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

const NOW = '2026-11-20T10:00:00+08:00';

interface Traces {
  version: number;
  events: number;
  stops: number;
  crossings: number;
  flags: number;
}

describe('writes of a monitor that break', () => {
  let dataDir: string;
  let database: TestDatabase;
  let faulty: FaultyDatabase;
  let app: TestApp;
  let bank: Bank;
  let last = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-monitor-faults-'));
    database = await createTestDatabase();
    await start();
    bank = await openBank(app);
    // One unreported call of a campaign is too many here.
    const { approvalId } = await expectStatus(
      202,
      bank.cast.officer.put<{ approvalId: string }>('/v1/monitors/unreported_allows', {
        threshold: 0,
        minSample: 1,
        windowHours: 25,
      }),
    );
    await expectStatus(200, bank.cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
  });
  afterAll(async () => {
    await app.nest.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    faulty = new FaultyDatabase({ url: database.url, poolSize: 6 }, createLogger('silent'));
    app = await startApp({ database, dataDir, now: NOW, providers: [{ token: Database, value: faulty }] });
  }

  const run = () => app.nest.get(RunMonitors, { strict: false }).run(app.clock.now());
  async function traces(): Promise<Traces> {
    const [row] = await queryRows<Traces>(
      database,
      `
SELECT (SELECT version::int FROM settings_version) AS version, (SELECT count(*)::int FROM events) AS events,
  (SELECT count(*)::int FROM stops) AS stops, (SELECT count(*)::int FROM monitor_crossings) AS crossings,
  (SELECT count(*)::int FROM flags) AS flags`,
    );
    if (row === undefined) throw new Error('Nothing was read.');
    return row;
  }
  const oneMore = ({ version, events, stops, crossings, flags }: Traces): Traces => ({
    version: version + 1,
    // The stop's and its flag's.
    events: events + 2,
    stops: stops + 1,
    crossings: crossings + 1,
    flags: flags + 1,
  });

  const breakages: [string, Breakage][] = [
    ...['stop-insert', 'monitor-crossing-insert', 'flag-insert', 'evidence-record', 'settings-bump'].flatMap(
      (statement): [string, Breakage][] => [
        [statement, 'failed'],
        [statement, 'failed but stored'],
      ],
    ),
    ['settings-bump', 'crash before'],
    ['settings-bump', 'crash after'],
  ];

  it.each(breakages)(
    '%s %s: the stop and its grounds are there or nothing is, and one stop in the end',
    async (statement, how) => {
      const campaignId = `watched-${last++}`;
      await runCampaign({ cast: bank.cast }, { id: campaignId });
      app.clock.set(Date.parse(NOW));
      const to = freshNumber();
      await consent(bank, { number: to });
      expect((await ask(bank, to, { campaignId })).outcome).toBe('allow');
      app.clock.advance(11 * 60_000);
      const before = await traces();
      faulty.break(statement, how);
      await expect(run()).rejects.toThrow();
      expect(faulty.met.get(statement)).toEqual(expect.any(Number));
      faulty.met.clear();
      const stored = how === 'failed but stored' || how === 'crash after';
      expect(await traces()).toEqual(stored ? oneMore(before) : before);
      if (faulty.isDead) {
        await app.nest.close();
        await start();
        bank = reopened(bank, app);
        app.clock.advance(11 * 60_000);
      }
      const standing = await traces();
      expect(await run()).toHaveLength(stored ? 0 : 1);
      expect(await traces()).toEqual(stored ? standing : oneMore(standing));
      expect(await run()).toEqual([]);
      const next = freshNumber();
      await consent(bank, { number: next });
      expect(codesOf(await ask(bank, next, { campaignId }))).toEqual(['STOPPED']);
    },
  );

  it('of two that evaluate the same crossing the second is refused by the database, whatever it believes', async () => {
    const { id } = await expectStatus(
      201,
      bank.cast.officer.post<{ id: string }>('/v1/stops', {
        scope: { kind: 'all' },
        live: 'finish',
        reason: 'x',
      }),
    );
    await expect(
      queryRows(
        database,
        `
INSERT INTO monitor_crossings
SELECT $1, monitor_id, scope_kind, scope_id, after_stop_id, counted, sample, threshold, crossed_at
FROM monitor_crossings LIMIT 1`,
        [id],
      ),
    ).rejects.toThrow('uq_monitor_crossings_once');
  });
});

/** The same people at a gateway that was started again. */
function reopened(bank: Bank, app: TestApp): Bank {
  const again = (caller: { key: string | undefined; id: string }) =>
    app.as(caller.key ?? '').named(caller.id);
  const cast = Object.fromEntries(
    Object.entries(bank.cast).map(([name, caller]) => [name, again(caller)]),
  ) as unknown as Bank['cast'];
  return {
    ...bank,
    app,
    cast,
    dialer: again(bank.dialer),
    vendorDialer: again(bank.vendorDialer),
  };
}
