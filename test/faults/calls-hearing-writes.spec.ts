import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import type { Breakage } from '../contract/faulty-database';
import { contradictions } from '../integration/people-town';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, consent, freshNumber, openBank } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { type Answer, expectStatus, type HttpCaller } from '../support/http';
import { RecordingDatabase } from '../support/proofs/recording-database';

const NOW = '2026-11-23T02:00:00Z';

interface Write {
  url: string;
  body: unknown;
  as: 'dialer' | 'care';
}

let dataDir: string;
let database: TestDatabase;
let recording: RecordingDatabase;
let app: TestApp;
let bank: Bank;
let second: TestApp | undefined;
let lastCustomer = 0;

const TABLES = [
  'subjects',
  'numbers',
  'people_numbers',
  'suppressions',
  'preferences',
  'consent_events',
  'call_events',
  'flags',
  'flag_resolutions',
];

/** All that is kept, read past the product, and how many events there are of each type. */
async function traces(): Promise<{ rows: unknown; events: Record<string, number>; orphans: number }> {
  const tables = TABLES.map(
    (name) => `'${name}', (SELECT json_agg(r::text ORDER BY r::text) FROM ${name} r)`,
  );
  const [row] = await queryRows<{ rows: unknown; events: Record<string, number>; orphans: number }>(
    database,
    `
SELECT json_build_object(${tables.join(', ')}) AS rows,
  (SELECT coalesce(json_object_agg(type, count), '{}') FROM (SELECT type, count(*)::int FROM events GROUP BY type) t) AS events,
  (SELECT count(*)::int FROM outbox o LEFT JOIN events e USING (event_id) WHERE e.event_id IS NULL) AS orphans`,
  );
  if (row === undefined) throw new Error('Nothing was read.');
  return row;
}

async function start(): Promise<void> {
  recording = new RecordingDatabase({ url: database.url, poolSize: 6 }, createLogger('silent'));
  app = await startApp({ database, dataDir, now: NOW, providers: [{ token: Database, value: recording }] });
}

/** Whoever it was before a crash, asking the process that runs now. */
const callerOf = (as: Write['as']): HttpCaller =>
  app.as((as === 'dialer' ? bank.dialer : bank.cast.care).key ?? '');
const consentTo = (number: string): Promise<void> =>
  consent({ cast: { ...bank.cast, marketing: app.as(bank.cast.marketing.key ?? '') } }, { number });
const send = ({ as, url, body }: Write): Promise<Answer<unknown>> => callerOf(as).post(url, body);

async function inCall(...reports: object[]): Promise<string> {
  const to = freshNumber();
  await consentTo(to);
  const { callId } = await ask({ ...bank, dialer: callerOf('dialer') }, to);
  for (const report of [{ type: 'answered' }, ...reports]) {
    await expectStatus(200, callerOf('dialer').post(`/v1/calls/${callId}/events`, { at: NOW, ...report }));
  }
  return callId;
}

const said = (text: string): object => ({ type: 'transcript', speaker: 'customer', text });
const reporting = async (report: object, ...before: object[]): Promise<Write> => ({
  as: 'dialer',
  url: `/v1/calls/${await inCall(...before)}/events`,
  body: { at: NOW, ...report },
});

interface Case {
  name: string;
  statements: string[];
  events: Record<string, number>;
  prepare(): Promise<Write>;
}

/** What workers write in the meantime, whatever is asked. */
const BACKGROUND = /^(job|webhook|sms|result|import|link)-/;
const REPORT = ['evidence-record', 'call-report-append', 'subject-save-slots'];
const CASES: Case[] = [
  {
    name: 'a refusal that is heard',
    statements: [...REPORT, 'subject-save-rows', 'wish-insert', 'own-words-said'],
    events: { 'call.transcript.v1': 1, 'wish.recorded.v1': 1 },
    prepare: () => reporting(said('以后别再打了')),
  },
  {
    name: 'a pause that is heard',
    statements: [...REPORT, 'subject-save-rows'],
    events: { 'call.transcript.v1': 1 },
    prepare: () => reporting(said('我现在在开会')),
  },
  {
    name: 'a vulnerable person',
    statements: [...REPORT, 'subject-save-rows', 'wish-insert', 'flag-insert'],
    events: { 'call.transcript.v1': 1, 'wish.recorded.v1': 1, 'flag.raised.v1': 1 },
    prepare: () => reporting(said('我妈妈昨天去世了')),
  },
  {
    name: 'a stranger',
    statements: [...REPORT, 'subject-save-rows', 'wish-insert', 'flag-insert'],
    events: { 'call.transcript.v1': 1, 'wish.recorded.v1': 1, 'flag.raised.v1': 1 },
    prepare: () => reporting(said('你打错了 这里没有这个人')),
  },
  {
    name: 'the end of a call in which nobody came who was asked for',
    statements: [...REPORT, 'subject-save-rows', 'preference-insert'],
    events: { 'call.ended.v1': 1, 'preference.recorded.v1': 1 },
    prepare: () => reporting({ type: 'ended', seconds: 9 }, { type: 'human_requested' }),
  },
  {
    name: 'a number that is not the customer’s',
    statements: [
      'consent-insert',
      'people-admit',
      'subject-admit-numbers',
      'people-save-subjects',
      'people-move-numbers',
      'people-close-claims',
      'people-open-claims',
      'evidence-record',
      'subject-save-rows',
      'wish-insert',
      'flag-insert',
    ],
    events: {
      'consent.withdrawn.v1': 1,
      'person.changed.v1': 1,
      'wish.recorded.v1': 1,
      'flag.raised.v1': 1,
    },
    prepare: async () => {
      const [mine, strangers] = [freshNumber(), freshNumber()];
      const { body } = await app
        .as(bank.cast.officer.key ?? '')
        .put<{ personId: string }>(`/v1/people/H-${lastCustomer++}`, { numbers: [mine, strangers] });
      await consentTo(strangers);
      const url = `/v1/people/${body.personId}/wrong-number`;
      return { as: 'care', url, body: { number: strangers, reason: 'Not mine.' } };
    },
  },
];

function expectWritten(
  before: Awaited<ReturnType<typeof traces>>,
  after: typeof before,
  { events }: Case,
): void {
  const more: Record<string, number> = {};
  for (const [type, count] of Object.entries(after.events)) {
    if (count !== before.events[type]) more[type] = count - (before.events[type] ?? 0);
  }
  expect(more).toEqual(events);
  expect(after.orphans).toBe(0);
}

describe('what is heard, when its write breaks', () => {
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-hearing-'));
    database = await createTestDatabase();
    await start();
    bank = await openBank(app);
  });
  afterAll(async () => {
    await second?.nest.close();
    await app.nest.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it.each(CASES)(
    '$name: all of it or nothing, and told again when it is reported again',
    async (write) => {
      const first = await write.prepare();
      const written = await recording.writesOf(() => expectStatus(200, send(first)));
      const statements = written.filter((name) => !BACKGROUND.test(name));
      expect([...statements].sort()).toEqual([...write.statements].sort());
      const last = statements.at(-1) ?? '';
      const breakages: [string, Breakage][] = [
        ...statements.map((name): [string, Breakage] => [name, 'failed']),
        [last, 'failed but stored'],
        [last, 'crash before'],
        [last, 'crash after'],
      ];
      for (const [statement, how] of breakages) {
        const request = await write.prepare();
        const before = await traces();
        recording.break(statement, how);
        const broken = await send(request);
        expect([statement, how, broken.status >= 500, recording.met.get(statement)]).toEqual([
          statement,
          how,
          true,
          1,
        ]);
        recording.met.clear();
        const stored = how === 'failed but stored' || how === 'crash after';
        const left = await traces();
        if (stored) expectWritten(before, left, write);
        else expect(left).toEqual(before);
        if (recording.isDead) {
          await app.nest.close();
          await start();
        }
        const standing = await traces();
        const again = await send(request);
        // Parting a second time has nothing left to part; a report is answered as it was.
        const parted = stored && request.url.endsWith('wrong-number');
        expect([statement, how, again.status]).toEqual([statement, how, parted ? 409 : 200]);
        if (stored) expect(await traces()).toEqual(standing);
        else expectWritten(standing, await traces(), write);
      }
      expect(await contradictions(app)).toEqual([]);
    },
    120_000,
  );

  it('the same words at two processes at once are heard once, and told alike', async () => {
    second = await startApp({ database, dataDir, now: NOW });
    for (let round = 0; round < 10; round++) {
      // A refusal and a vulnerable person in turn.
      const heard = CASES[round % 2 === 0 ? 0 : 2];
      if (heard === undefined) throw new Error('No such case.');
      const { url, body } = await heard.prepare();
      const before = await traces();
      const dialers = [callerOf('dialer'), second?.as(bank.dialer.key ?? '')];
      const answers = await Promise.all(
        [0, 1, 0, 1].map((index) => expectStatus(200, (dialers[index] ?? bank.dialer).post(url, body))),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expectWritten(before, await traces(), heard);
    }
    expect(await contradictions(app)).toEqual([]);
  }, 60_000);
});
