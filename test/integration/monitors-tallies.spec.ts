import { NO_CALLS, type Tally } from '../../src/domain/monitoring/monitor';
import { HOUR, MINUTE, SECOND } from '../../src/domain/time/instant';
import { Database } from '../../src/platform/database/database';
import { Readiness } from '../../src/platform/health/readiness';
import { MonitorTimer } from '../../src/services/monitors/monitor-timer';
import { RunMonitors } from '../../src/services/monitors/run-monitors';
import { sliceOf, TalliesRepository } from '../../src/services/monitors/tallies.repository';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, consent, freshNumber, openBank, runCampaign } from '../support/bank';
import { holdLock, queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { Proof } from '../support/proofs/proof';
import type { Random } from '../support/proofs/random';
import { mapping, post, putMapping, vendorCall } from '../support/results';

const NOW = '2026-11-20T10:00:00+08:00';
const START = Date.parse(NOW);
const proof = new Proof('tallies against a count by hand', { test: 60, soak: 90 });

interface Told {
  type: string;
  after: number;
  more?: Record<string, unknown>;
}

/** Reports that a dialer may send of one call; each says by hand what it should count as. */
const STORIES: readonly { told: Told[]; counts: (keyof Tally)[] }[] = [
  { told: [], counts: ['unreported'] },
  { told: [{ type: 'not_placed', after: 0 }], counts: [] },
  {
    told: [
      { type: 'placed', after: 0 },
      { type: 'failed', after: 5, more: { cause: 'busy' } },
    ],
    counts: [],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'disclosure_played', after: 4 },
      { type: 'ended', after: 60, more: { seconds: 57, cause: 'done' } },
    ],
    counts: ['answered', 'spoken'],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'disclosure_played', after: 4 },
      { type: 'transcript', after: 9, more: { speaker: 'customer', text: '以后别再打了' } },
      { type: 'ended', after: 12, more: { seconds: 9, cause: 'done' } },
    ],
    counts: ['answered', 'spoken', 'refused'],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'refused', after: 9, more: { kind: 'not_interested' } },
      { type: 'ended', after: 12, more: { seconds: 9, cause: 'done' } },
    ],
    counts: ['answered', 'spoken', 'undisclosed'],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'dtmf', after: 9, more: { digits: '9' } },
    ],
    counts: ['answered', 'refused'],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'disclosure_played', after: 4 },
      { type: 'transcript', after: 9, more: { speaker: 'customer', text: '我要去银保监会投诉你们' } },
    ],
    counts: ['answered', 'complained'],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'ended', after: 30, more: { seconds: 27, cause: 'silent' } },
    ],
    counts: ['answered', 'spoken', 'undisclosed', 'abandoned'],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'transcript', after: 4, more: { speaker: 'customer', text: '喂' } },
      { type: 'ended', after: 5, more: { seconds: 2, cause: 'dropped' } },
    ],
    counts: ['answered', 'spoken', 'undisclosed', 'abandoned'],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'machine_detected', after: 4, more: { kind: 'voicemail' } },
      { type: 'ended', after: 8, more: { seconds: 5, cause: 'voicemail' } },
    ],
    counts: [],
  },
  {
    told: [
      { type: 'answered', after: 3 },
      { type: 'machine_detected', after: 4, more: { kind: 'voicemail' } },
      { type: 'refused', after: 6 },
      { type: 'ended', after: 8, more: { seconds: 5, cause: 'done' } },
    ],
    counts: ['answered', 'spoken', 'undisclosed', 'refused'],
  },
];

describe('the tallies of the monitors', () => {
  let app: TestApp;
  let second: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: NOW });
    second = await startApp({ now: NOW, database: app.database, dataDir: app.dataDir });
    bank = await openBank(app);
  });
  afterAll(async () => {
    await second.close();
    await app.close();
  });

  const advance = (ms: number): void => {
    app.clock.advance(ms);
    second.clock.advance(ms);
  };
  const run = (where = app) => where.nest.get(RunMonitors, { strict: false }).run(app.clock.now());
  const summed = async (): Promise<Record<string, Tally>> => {
    const rows = await queryRows<Tally & { campaign_id: string }>(
      app.database,
      `SELECT campaign_id, ${Object.keys(NO_CALLS)
        .map((name) => `sum(${name})::int AS ${name}`)
        .join(', ')}
FROM monitor_tallies GROUP BY campaign_id`,
    );
    return Object.fromEntries(rows.map(({ campaign_id: id, ...tally }) => [id, tally]));
  };

  /** Each report at most twice, by either process, in any order. */
  async function tell(
    random: Random,
    callId: string,
    decidedAt: string,
    told: readonly Told[],
  ): Promise<void> {
    const reports = random.shuffled(
      told.flatMap((report) => (random.below(3) === 0 ? [report, report] : [report])),
    );
    for (const { type, after, more } of reports) {
      const where = random.below(2) === 0 ? app : second;
      const at = new Date(Date.parse(decidedAt) + after * SECOND).toISOString();
      await expectStatus(
        200,
        where.as(bank.dialer.key ?? '').post(`/v1/calls/${callId}/events`, { type, at, ...more }),
      );
    }
  }

  it(
    'are what a count by hand gives, whatever comes twice, late or in another order, however often they are made',
    () =>
      proof.run(async (random) => {
        await runCampaign(bank, { id: 'counted' });
        const expected: Tally = { ...NO_CALLS };
        const late: (() => Promise<void>)[] = [];
        for (let index = 0; index < proof.count; index++) {
          const to = freshNumber();
          await consent(bank, { number: to });
          const { callId, decidedAt, outcome } = await ask(bank, to, { campaignId: 'counted' });
          expect(outcome).toBe('allow');
          const story = STORIES[index % STORIES.length] ?? { told: [], counts: [] };
          expected.allows += 1;
          expected.due += 1;
          for (const counted of story.counts) expected[counted] += 1;
          // Nobody reports of the future.
          advance(70 * SECOND);
          const telling = () => tell(random, callId, decidedAt, story.told);
          // What is said late is counted late; but a slot is given back in time only.
          if (random.below(4) === 0 && story.told[0]?.type !== 'not_placed') late.push(telling);
          else await telling();
          if (random.below(10) === 0) await run(random.below(2) === 0 ? app : second);
        }
        for (const telling of late) await telling();
        advance(4 * HOUR);
        await run();
        const { counted } = await summed();
        expect(counted).toEqual(expected);
        await run(second);
        expect((await summed())['counted']).toEqual(expected);
      }),
    proof.timeout,
  );

  it('count what a vendor reports after the call, what it means and what nobody understands', async () => {
    app.clock.set(START);
    second.clock.set(START);
    await putMapping(bank, mapping());
    const report = (session: string, phone: string, more: Record<string, unknown>) => ({
      session,
      phone,
      result: 'OK',
      begin: '2026-11-20 10:00:00',
      end: '2026-11-20 10:00:40',
      seconds: 40,
      ...more,
    });
    const calls = [await vendorCall(bank), await vendorCall(bank), await vendorCall(bank)];
    advance(MINUTE);
    const bodies = calls.map(({ session, to }, index) =>
      report(
        session,
        to,
        [{ level: 'never heard' }, { level: 'A', tags: ['lawyer'] }, { level: 'X' }][index] ?? {},
      ),
    );
    await post(bank.vendorDialer, [...bodies, report('no-session-of-ours', freshNumber(), { level: 'A' })]);
    // A second report of a call, later and understood, hides nothing and adds nothing.
    advance(4 * MINUTE);
    const [first] = calls;
    await post(bank.vendorDialer, [report(first?.session ?? '', first?.to ?? '', { level: 'A' })]);
    await run();
    const tallies = await summed();
    expect(tallies[bank.vendorCampaignId]).toMatchObject({
      allows: 3,
      answered: 3,
      complained: 1,
      refused: 1,
      results: 3,
      unmapped: 1,
    });
    expect(tallies['']).toBeUndefined();
  });

  it('are made by one process at a time', async () => {
    const held = await holdLock(
      app.database,
      `SELECT pg_advisory_xact_lock(hashtextextended('monitors', 0))`,
    );
    expect(await run(second)).toBeUndefined();
    await held.release();
    expect(await run(second)).toEqual([]);
  });

  it('are made of the present before the past of a long absence', async () => {
    advance(10 * HOUR);
    const now = app.clock.now();
    const tallies = app.nest.get(TalliesRepository, { strict: false });
    const due = await app.nest.get(Database, { strict: false }).transaction(async (tx) => {
      await tallies.tally(tx, sliceOf(now), now);
      return tallies.dueSlices(tx, sliceOf(now) - 10 * HOUR, now, 3);
    });
    expect(due).toContain(sliceOf(now));
  });

  it('are made of the rest where one slice cannot be counted', async () => {
    advance(15 * MINUTE);
    await runCampaign(bank, { id: 'spoilt' });
    const to = freshNumber();
    await consent(bank, { number: to });
    await ask(bank, to, { campaignId: 'spoilt' });
    const bad = sliceOf(app.clock.now());
    await queryRows(
      app.database,
      `ALTER TABLE monitor_slices ADD CONSTRAINT ck_spoilt CHECK (slice <> to_timestamp(${bad / SECOND})) NOT VALID`,
    );
    try {
      expect(await run()).toEqual([]);
      const slices = await queryRows<{ slice: Date }>(app.database, 'SELECT slice FROM monitor_slices');
      const made = slices.map(({ slice }) => slice.getTime());
      expect(made).toContain(bad - 15 * MINUTE);
      expect(made).not.toContain(bad);
      expect(app.logged.some((line) => line.includes('could not be counted'))).toBe(true);
    } finally {
      await queryRows(app.database, 'ALTER TABLE monitor_slices DROP CONSTRAINT ck_spoilt');
    }
  });

  it('are missed where they were not made for ten minutes, which stops no decision', async () => {
    const third = await startApp({
      now: new Date(app.clock.now()).toISOString(),
      database: app.database,
      dataDir: app.dataDir,
      env: { ROLE: 'all', MONITOR_SECONDS: '300' },
    });
    try {
      const monitors = async () => {
        const readiness = third.nest.get(Readiness, { strict: false });
        const { ready, checks } = await readiness['probe']();
        return [ready, checks.find(({ name }) => name === 'monitors')?.status];
      };
      third.clock.advance(10 * MINUTE);
      expect(await monitors()).toEqual([true, 'ok']);
      third.clock.advance(MINUTE);
      expect(await monitors()).toEqual([true, 'warning']);
      expect(await third.metrics()).toContain('quietline_monitors_age_seconds 660');
      await third.nest.get(MonitorTimer, { strict: false }).run();
      expect(await monitors()).toEqual([true, 'ok']);
    } finally {
      await third.close();
    }
  });

  it('forget what no window reaches', async () => {
    advance(32 * 24 * HOUR + MINUTE);
    await run();
    expect(await summed()).toEqual({});
  });
});
