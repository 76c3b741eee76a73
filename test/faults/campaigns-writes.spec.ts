import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { type Breakage, FaultyDatabase } from '../contract/faulty-database';
import { startApp, type TestApp } from '../support/app';
import { CALLER_ID, CAMPAIGN, CampaignDesk, SCRIPT } from '../support/campaigns';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { type Answer, expectStatus, type HttpCaller } from '../support/http';

const NOW = '2026-11-23T02:00:00Z';
const STOP = { scope: { kind: 'all' }, live: 'end', reason: 'Enough.' };
const SERVICE = { ...CAMPAIGN, scriptVersion: 'v1', purpose: 'service' };

/** Who writes with which request; the request may come from a process that was started after a crash. */
interface Write {
  as: 'marketing' | 'officer' | 'otherOfficer';
  method: 'PUT' | 'POST';
  url: string;
  body: unknown;
}
interface Case {
  name: string;
  /** The named statement that stores the thing itself. */
  saves: string;
  event: string;
  /** Brings things to where the write can be made. */
  prepare(desk: CampaignDesk): Promise<Write>;
  /** Events that the write records besides its own. */
  alsoRecords?: number;
}

const step = (name: string, ...before: string[]): Case => ({
  name: `campaign ${name}`,
  saves: 'campaign-save',
  event: `campaign.${{ submit: 'submitted', approve: 'approved', return: 'returned', start: 'started', pause: 'paused', end: 'ended' }[name]}.v1`,
  prepare: async (desk) => ({
    as: name === 'approve' || name === 'return' ? 'officer' : 'marketing',
    method: 'POST',
    url: `/v1/campaigns/${await desk.campaign(...before)}/${name}`,
    body: name === 'return' ? { comment: 'More.' } : {},
  }),
});

const CASES: Case[] = [
  {
    name: 'entity',
    saves: 'entity-save',
    event: 'entity.changed.v1',
    prepare: async (desk) => ({
      as: 'officer',
      method: 'PUT',
      url: `/v1/entities/${desk.newId()}`,
      body: { name: 'A' },
    }),
  },
  {
    name: 'vendor',
    saves: 'vendor-save',
    event: 'vendor.changed.v1',
    prepare: async (desk) => ({
      as: 'marketing',
      method: 'PUT',
      url: `/v1/vendors/${desk.newId()}`,
      body: { name: 'A', status: 'active' },
    }),
  },
  {
    name: 'caller number',
    saves: 'caller-id-save',
    event: 'caller_id.changed.v1',
    prepare: async (desk) => {
      const id = desk.newId();
      const number = `9553${id.replace(/\D/g, '')}`;
      return { as: 'officer', method: 'PUT', url: `/v1/caller-ids/${id}`, body: { ...CALLER_ID, number } };
    },
  },
  {
    name: 'new campaign',
    saves: 'campaign-save',
    event: 'campaign.changed.v1',
    prepare: async (desk) => ({
      as: 'marketing',
      method: 'PUT',
      url: `/v1/campaigns/${desk.newId()}`,
      body: CAMPAIGN,
    }),
  },
  {
    name: 'changed campaign',
    saves: 'campaign-save',
    event: 'campaign.changed.v1',
    prepare: async (desk) => ({
      as: 'marketing',
      method: 'PUT',
      url: `/v1/campaigns/${await desk.campaign('submit', 'approve', 'start')}`,
      body: { ...CAMPAIGN, line: 'loans' },
    }),
  },
  {
    name: 'granted purpose',
    saves: 'campaign-save',
    event: 'campaign.changed.v1',
    alsoRecords: 1,
    prepare: async (desk) => {
      const put = desk.cast.marketing.put<{ approvalId: string }>(
        `/v1/campaigns/${await desk.campaign()}`,
        SERVICE,
      );
      const { approvalId } = await expectStatus(202, put);
      return { as: 'officer', method: 'POST', url: `/v1/approvals/${approvalId}/approve`, body: {} };
    },
  },
  step('submit'),
  step('return', 'submit'),
  step('approve', 'submit'),
  step('start', 'submit', 'approve'),
  step('pause', 'submit', 'approve', 'start'),
  step('end', 'submit', 'approve', 'start'),
  {
    name: 'new script',
    saves: 'script-insert',
    event: 'script.submitted.v1',
    prepare: async (desk) => ({
      as: 'marketing',
      method: 'POST',
      url: `/v1/campaigns/${await desk.campaign()}/scripts`,
      body: { ...SCRIPT, version: 'v2' },
    }),
  },
  {
    name: 'approved script',
    saves: 'script-approve',
    event: 'script.approved.v1',
    prepare: async (desk) => ({
      as: 'officer',
      method: 'POST',
      url: `/v1/campaigns/${await desk.campaign()}/scripts/v1/approve`,
      body: {},
    }),
  },
  {
    name: 'stop',
    saves: 'stop-insert',
    event: 'stop.recorded.v1',
    prepare: async () => ({ as: 'officer', method: 'POST', url: '/v1/stops', body: STOP }),
  },
  {
    name: 'lift of a stop',
    saves: 'stop-lift-insert',
    event: 'stop.lifted.v1',
    alsoRecords: 1,
    prepare: async ({ cast }) => {
      const { id } = await expectStatus(201, cast.officer.post<{ id: string }>('/v1/stops', STOP));
      const asked = cast.officer.post<{ approvalId: string }>(`/v1/stops/${id}/lift`, { reason: 'Over.' });
      const { approvalId } = await expectStatus(202, asked);
      return { as: 'otherOfficer', method: 'POST', url: `/v1/approvals/${approvalId}/approve`, body: {} };
    },
  },
];

/** Everything a change of a setting leaves behind, read past the product. */
interface Traces {
  version: number;
  events: { type: string; count: number }[];
  orphans: number;
  rows: unknown;
}

describe('writes of campaigns that break', () => {
  let dataDir: string;
  let database: TestDatabase;
  let faulty: FaultyDatabase;
  let app: TestApp;
  let desk: CampaignDesk;
  let lastKey = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-campaign-faults-'));
    database = await createTestDatabase();
    await start();
    desk = await CampaignDesk.open(app);
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

  const send = (write: Write, key: string): Promise<Answer<unknown>> => {
    const caller: HttpCaller = app.as(desk.cast[write.as].key ?? '');
    return caller.send(write.method, write.url, write.body, { 'idempotency-key': `"${key}"` });
  };

  async function traces(): Promise<Traces> {
    const [row] = await queryRows<Traces>(
      database,
      `
SELECT (SELECT version::int FROM settings_version) AS version,
  (SELECT coalesce(json_agg(t ORDER BY t.type), '[]') FROM (SELECT type, count(*)::int FROM events GROUP BY type) t) AS events,
  (SELECT count(*)::int FROM outbox o LEFT JOIN events e USING (event_id) WHERE e.event_id IS NULL) AS orphans,
  (SELECT json_build_object(
    'entities', (SELECT json_agg(r ORDER BY r.id) FROM entities r),
    'vendors', (SELECT json_agg(r ORDER BY r.id) FROM vendors r),
    'callerIds', (SELECT json_agg(r ORDER BY r.id) FROM caller_ids r),
    'campaigns', (SELECT json_agg(r ORDER BY r.id) FROM campaigns r),
    'scripts', (SELECT json_agg(r ORDER BY r.campaign_id, r.version) FROM scripts r),
    'stops', (SELECT json_agg(r ORDER BY r.id) FROM stops r),
    'lifts', (SELECT json_agg(r ORDER BY r.stop_id) FROM stop_lifts r),
    'approvals', (SELECT json_agg(r ORDER BY r.id) FROM approvals r),
    'keys', (SELECT count(*) FROM idempotency_keys))) AS rows`,
    );
    if (row === undefined) throw new Error('Nothing was read.');
    return row;
  }
  const total = (of: Traces): number => of.events.reduce((sum, { count }) => sum + count, 0);
  const countOf = (of: Traces, type: string): number =>
    of.events.find((event) => event.type === type)?.count ?? 0;

  function expectOneChange(before: Traces, after: Traces, { event, alsoRecords = 0 }: Case): void {
    expect({
      version: after.version,
      own: countOf(after, event),
      all: total(after),
      orphans: after.orphans,
    }).toEqual({
      version: before.version + 1,
      own: countOf(before, event) + 1,
      all: total(before) + 1 + alsoRecords,
      orphans: 0,
    });
    expect(after.rows).not.toEqual(before.rows);
  }

  const breakages = (write: Case): [string, Breakage][] => [
    ...[write.saves, 'evidence-record', 'settings-bump'].flatMap((statement): [string, Breakage][] => [
      [statement, 'failed'],
      [statement, 'failed but stored'],
    ]),
    ['settings-bump', 'crash before'],
    ['settings-bump', 'crash after'],
  ];

  it.each(CASES)(
    '$name: all of it or nothing, and once when it is asked for again',
    async (write) => {
      for (const [statement, how] of breakages(write)) {
        const request = await write.prepare(desk);
        const before = await traces();
        const key = `key-${lastKey++}`;
        faulty.break(statement, how);
        const broken = await send(request, key);
        expect([statement, how, broken.status >= 500, faulty.met.get(statement)]).toEqual([
          statement,
          how,
          true,
          expect.any(Number),
        ]);
        faulty.met.clear();

        const stored = how === 'failed but stored' || how === 'crash after';
        const left = await traces();
        if (stored) expectOneChange(before, left, write);
        else expect(left).toEqual(before);

        if (faulty.isDead) {
          await app.nest.close();
          await start();
          desk = desk.on(app);
        }
        // A start may record something of its own, e.g. a key of the first admin.
        const standing = await traces();
        const again = await send(request, key);
        expect([statement, how, again.status < 300]).toEqual([statement, how, true]);
        const done = await traces();
        if (stored) expect(done).toEqual(standing);
        else expectOneChange(standing, done, write);
      }
    },
    120_000,
  );
});
