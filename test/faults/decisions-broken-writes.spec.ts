import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { type Breakage, BREAKAGES } from '../contract/faulty-database';
import { startApp, type TestApp } from '../support/app';
import { ask, type Answered, type Bank, consent, freshNumber, openBank, question } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import type { Answer, ProblemBody } from '../support/http';
import { Proof } from '../support/proofs/proof';
import { RecordAudit } from '../support/proofs/record-audit';
import { RecordingDatabase } from '../support/proofs/recording-database';

const TEN = '2026-07-01T10:00:00+08:00';
const AT_ONCE = 20;

type Sent = Answer<Partial<Answered> & Partial<ProblemBody>>;

/** Something that writes. */
interface Act {
  name: string;
  /** Makes the ground for it, and gives what sends it: the same request each time. */
  prepare(bank: Bank): Promise<(bank: Bank) => Promise<Sent>>;
  /** Status of the answer to a retry after the first was stored and nobody heard so, and what that writes. */
  again: number;
  retryWrites?: Counts;
}
type Counts = Record<string, number>;

const allowed = async (bank: Bank): Promise<Answered & { to: string }> => {
  const to = freshNumber();
  await consent(bank, { number: to });
  return { ...(await ask(bank, to)), to };
};

const report = (name: string, body: Record<string, unknown>): Act => ({
  name,
  again: 200,
  prepare: async (before) => {
    const { callId } = await allowed(before);
    return (bank) => bank.dialer.post(`/v1/calls/${callId}/events`, { at: TEN, ...body });
  },
});

const ACTS: Act[] = [
  {
    name: 'a decision about a known number',
    again: 200,
    prepare: async (before) => {
      const to = freshNumber();
      await consent(before, { number: to });
      const body = question(before, to);
      return (bank) => bank.dialer.post('/v1/calls/authorize', body);
    },
  },
  {
    name: 'a decision about a number that nobody has seen',
    again: 200,
    prepare: (before) => {
      const body = question(before, freshNumber());
      return Promise.resolve((bank) => bank.dialer.post('/v1/calls/authorize', body));
    },
  },
  {
    name: 'a decision about no number at all',
    again: 200,
    prepare: (before) => {
      const body = question(before, '110', { region: 'CN' });
      return Promise.resolve((bank) => bank.dialer.post('/v1/calls/authorize', body));
    },
  },
  report('a report that the call was placed', { type: 'placed' }),
  report('a report that it was not', { type: 'not_placed' }),
  report('a report of its end', { type: 'ended', seconds: 3, eventId: 'e-1' }),
  report('a refusal during the call', { type: 'refused' }),
  report('the opt-out key', { type: 'dtmf', digits: '9' }),
  report('“not interested”', { type: 'refused', kind: 'not_interested' }),
  {
    name: 'a redemption',
    // Once is once: whoever did not hear the answer does not connect the call. That it was tried again is on record.
    again: 409,
    retryWrites: { events: 1, queued: 1 },
    prepare: async (before) => {
      const { authorization, to } = await allowed(before);
      const body = { token: authorization?.token, to, callerId: before.callerId };
      return (bank) => bank.cast.carrier.post('/v1/authorizations/redeem', body);
    },
  },
];

const proofs = new Map(
  ACTS.map(({ name }) => [name, new Proof(`each write breaks: ${name}`, { test: 1, soak: 3 })]),
);

/** How much there is of everything that an act may write. */
const COUNTS = `
SELECT (SELECT count(*)::int FROM calls) AS calls, (SELECT count(*)::int FROM call_keys) AS keys,
  (SELECT count(*)::int FROM events) AS events, (SELECT count(*)::int FROM outbox_witness) AS queued,
  (SELECT count(*)::int FROM call_events) AS reports, (SELECT count(*)::int FROM subjects) AS subjects,
  (SELECT count(*)::int FROM numbers) AS numbers, (SELECT count(*)::int FROM suppressions) AS wishes,
  (SELECT coalesce(sum(json_array_length(slots)), 0)::int FROM subjects) AS slots,
  (SELECT coalesce(sum(json_array_length(facts -> 'wishes') + json_array_length(facts -> 'cooldowns')), 0)::int
    FROM subjects) AS words`;

describe('a write that breaks', () => {
  let dataDir: string;
  let database: TestDatabase;
  let faulty: RecordingDatabase;
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-broken-writes-'));
    database = await createTestDatabase();
    await RecordAudit.witness(database.url);
    await start();
    bank = await openBank(app);
  });
  afterAll(async () => {
    await app.nest.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    faulty = new RecordingDatabase({ url: database.url, poolSize: 6 }, createLogger('silent'));
    app = await startApp({ database, dataDir, now: TEN, providers: [{ token: Database, value: faulty }] });
  }

  /** After a crash: another process, the same clients. */
  async function startAgain(): Promise<void> {
    await app.nest.close();
    await start();
    const again = (caller: { key: string | undefined; id: string }) =>
      app.as(caller.key ?? '').named(caller.id);
    const { dialer, cast } = bank;
    const parts = Object.entries(cast).map(([part, caller]) => [part, again(caller)]);
    bank = { ...bank, app, dialer: again(dialer), cast: Object.fromEntries(parts) as Bank['cast'] };
  }

  async function counts(): Promise<Counts> {
    const [row] = await queryRows<Counts>(database, COUNTS);
    if (row === undefined) throw new Error('Nothing was counted.');
    return row;
  }
  const wholeness = () => RecordAudit.faults(database.superuserUrl, join(dataDir, 'key-encryption-key'));
  const difference = (before: Counts, after: Counts): Counts =>
    Object.fromEntries(Object.entries(after).map(([what, count]) => [what, count - (before[what] ?? 0)]));

  /** The act unbroken: what it writes by, and what there is more of afterwards. */
  async function learn(act: Act): Promise<{ writes: string[]; effect: Counts }> {
    const send = await act.prepare(bank);
    const before = await counts();
    const writes = await faulty.writesOf(() => send(bank));
    return { writes, effect: difference(before, await counts()) };
  }

  async function breakOnce(act: Act, statement: string, how: Breakage, effect: Counts): Promise<void> {
    const stored = how === 'failed but stored' || how === 'crash after';
    const nothing = difference(effect, effect);
    const send = await act.prepare(bank);
    const before = await counts();
    faulty.break(statement, how);
    const broken = await send(bank);
    const left = difference(before, await counts());
    const context = [act.name, statement, how];
    expect([...context, broken.status >= 500, left]).toEqual([...context, true, stored ? effect : nothing]);
    expect([...context, await wholeness()]).toEqual([...context, []]);

    if (faulty.isDead) await startAgain();
    const standing = await counts();
    const first = await firstCall(standing);
    const again = await send(bank);
    const added = difference(standing, await counts());
    expect([...context, again.status, added]).toEqual([
      ...context,
      stored ? act.again : 200,
      stored ? { ...nothing, ...act.retryWrites } : effect,
    ]);
    if (stored && effect['calls'] === 1) expect([...context, again.body.callId]).toEqual([...context, first]);
    expect([...context, await wholeness()]).toEqual([...context, []]);
  }

  /** The call that was decided last. */
  async function firstCall(of: Counts): Promise<string | undefined> {
    const [row] = await queryRows<{ call_id: string }>(
      database,
      `SELECT c.call_id FROM calls c JOIN outbox_witness w USING (event_id) ORDER BY w.seq DESC LIMIT 1`,
    );
    return of['calls'] === 0 ? undefined : row?.call_id;
  }

  it.each(ACTS)(
    'of $name: all of it or nothing, and one answer to whoever asks again',
    (act) =>
      proofOf(act).run(async () => {
        const { writes, effect } = await learn(act);
        expect(writes).not.toEqual([]);
        for (const statement of writes) {
          for (const how of BREAKAGES) {
            // A process that dies is a slow thing to try: in a short run at the last write only.
            if (how.startsWith('crash') && proofOf(act).count === 1 && statement !== writes.at(-1)) continue;
            await breakOnce(act, statement, how, effect);
          }
        }
      }),
    120_000,
  );

  it.each(BREAKAGES)('of a whole batch, %s: each question has one call, and one answer', async (how) => {
    const bodies = [];
    for (let row = 0; row < AT_ONCE; row++) {
      const to = freshNumber();
      await consent(bank, { number: to });
      bodies.push(question(bank, to));
    }
    const before = await counts();
    faulty.break('decision-write', how);
    const first = await Promise.all(
      bodies.map((body) => bank.dialer.post<Answered>('/v1/calls/authorize', body)),
    );
    expect(await wholeness()).toEqual([]);
    if (faulty.isDead) await startAgain();
    const again = await Promise.all(
      bodies.map((body) => bank.dialer.post<Answered>('/v1/calls/authorize', body)),
    );
    expect(again.map((answer) => [answer.status, answer.body.outcome])).toEqual(
      bodies.map(() => [200, 'allow']),
    );
    first.forEach((answer, row) => {
      if (answer.status === 200) expect(again[row]?.text).toBe(answer.text);
      else expect(answer.status).toBeGreaterThanOrEqual(500);
    });
    const { calls, keys, slots } = difference(before, await counts());
    expect({ calls, keys, slots }).toEqual({ calls: AT_ONCE, keys: AT_ONCE, slots: AT_ONCE });
    expect(await wholeness()).toEqual([]);
  });

  function proofOf(act: Act): Proof {
    const proof = proofs.get(act.name);
    if (proof === undefined) throw new Error('An act has no proof.');
    return proof;
  }
});
