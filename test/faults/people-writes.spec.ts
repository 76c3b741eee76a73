import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { type Breakage, FaultyDatabase } from '../contract/faulty-database';
import { contradictions } from '../integration/people-town';
import { type Cast, makeCast, startApp, type TestApp } from '../support/app';
import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { type Answer, expectStatus, type HttpCaller } from '../support/http';

const NOW = '2026-11-23T02:00:00Z';

interface Request {
  as: 'care' | 'marketing' | 'officer' | 'otherOfficer';
  method: 'PUT' | 'POST';
  url: string;
  body: unknown;
}

interface Case {
  name: string;
  /** Named statements that the write is made of, besides its record. */
  statements: string[];
  /** What the whole write records. */
  events: Record<string, number>;
  /** Brings things to where the write can be made. */
  prepare(): Promise<Request>;
}

/** All that is known of people, and what was recorded, read past the product. */
interface Traces {
  rows: unknown;
  events: Record<string, number>;
  orphans: number;
}

let dataDir: string;
let database: TestDatabase;
let faulty: FaultyDatabase;
let app: TestApp;
let cast: Cast;
let lastKey = 0;
let lastCustomer = 0;

/** Whoever it was before a crash, asking the process that runs now. */
const as = (role: Request['as']): HttpCaller => app.as(cast[role].key ?? '');
const freshCustomer = (): string => `F-${lastCustomer++}`;
const wishOf = (who: object): object => ({ ...who, source: 'customer', reason: 'no more' });

const put = async (customerId: string, ...numbers: string[]): Promise<void> => {
  const { status } = await as('officer').put(`/v1/people/${customerId}`, { numbers });
  expect(status).toBeLessThan(300);
};
const say = (path: string, body: object): Promise<{ id: string }> =>
  expectStatus(201, as('care').post(`/v1/${path}`, body));

async function asked(path: string): Promise<Request> {
  const words = { reason: 'asked again', evidence: { said: 'yes' } };
  const { approvalId } = await expectStatus<{ approvalId: string }>(202, as('officer').post(path, words));
  return { as: 'otherOfficer', method: 'POST', url: `/v1/approvals/${approvalId}/approve`, body: {} };
}

const CASES: Case[] = [
  {
    name: 'a wish by a number never seen',
    statements: ['subject-admit-numbers', 'subject-save-rows', 'wish-insert'],
    events: { 'wish.recorded.v1': 1 },
    prepare: async () =>
      Promise.resolve({
        as: 'care',
        method: 'POST',
        url: '/v1/suppressions',
        body: wishOf({ number: freshNumber() }),
      }),
  },
  {
    name: 'a wish by a customer never seen',
    statements: ['people-admit', 'subject-save-rows', 'wish-insert'],
    events: { 'wish.recorded.v1': 1 },
    prepare: async () =>
      Promise.resolve({
        as: 'care',
        method: 'POST',
        url: '/v1/suppressions',
        body: wishOf({ customerId: freshCustomer() }),
      }),
  },
  {
    name: 'a wish that reaches five rows',
    statements: ['subject-save-rows', 'wish-insert'],
    events: { 'wish.recorded.v1': 1 },
    prepare: async () => {
      const [shared, other] = [freshNumber(), freshNumber()];
      const [one, two] = [freshCustomer(), freshCustomer()];
      await put(one, shared, other);
      await put(two, shared);
      await put(freshCustomer(), other);
      return { as: 'care', method: 'POST', url: '/v1/suppressions', body: wishOf({ number: shared }) };
    },
  },
  {
    name: 'a consent',
    statements: ['subject-save-rows', 'consent-insert'],
    events: { 'consent.granted.v1': 1 },
    prepare: async () =>
      Promise.resolve({
        as: 'marketing',
        method: 'POST',
        url: '/v1/consents',
        body: {
          number: freshNumber(),
          purposes: ['marketing'],
          channels: ['voice_ai'],
          scope: { kind: 'group' },
          attributes: { express: true },
          grantedAt: NOW,
          evidence: { textVersion: '1', textSha256: 'c'.repeat(64), source: 'app' },
        },
      }),
  },
  {
    name: 'a withdrawal',
    statements: ['subject-save-rows', 'consent-insert'],
    events: { 'consent.withdrawn.v1': 1 },
    prepare: async () =>
      Promise.resolve({
        as: 'care',
        method: 'POST',
        url: '/v1/consents/withdraw',
        body: { number: freshNumber(), method: 'hotline' },
      }),
  },
  {
    name: 'a preference',
    statements: ['subject-save-rows', 'preference-insert'],
    events: { 'preference.recorded.v1': 1 },
    prepare: async () =>
      Promise.resolve({
        as: 'care',
        method: 'POST',
        url: '/v1/preferences',
        body: { number: freshNumber(), noAiVoice: true },
      }),
  },
  {
    name: 'a new person with a number that somebody refused by',
    statements: [
      'people-admit',
      'subject-admit-numbers',
      'people-save-subjects',
      'people-move-numbers',
      'people-open-claims',
    ],
    events: { 'person.changed.v1': 1, 'person.merged.v1': 1 },
    prepare: async () => {
      const number = freshNumber();
      await say('suppressions', wishOf({ number }));
      const numbers = [number, freshNumber()];
      return { as: 'officer', method: 'PUT', url: `/v1/people/${freshCustomer()}`, body: { numbers } };
    },
  },
  {
    name: 'a person who comes to share a number',
    statements: ['people-save-subjects', 'people-move-numbers', 'people-open-claims'],
    events: { 'person.changed.v1': 2 },
    prepare: async () => {
      const number = freshNumber();
      await put(freshCustomer(), number);
      await say('suppressions', wishOf({ number }));
      return {
        as: 'officer',
        method: 'PUT',
        url: `/v1/people/${freshCustomer()}`,
        body: { numbers: [number] },
      };
    },
  },
  {
    name: 'a person who parts from a number',
    statements: [
      'people-save-subjects',
      'people-move-numbers',
      'people-close-claims',
      'people-carry-wish',
      'people-carry-preference',
    ],
    events: { 'person.changed.v1': 1, 'wish.recorded.v1': 1, 'preference.recorded.v1': 1 },
    prepare: async () => {
      const customerId = freshCustomer();
      const kept = freshNumber();
      await put(customerId, kept, freshNumber());
      await say('suppressions', wishOf({ customerId }));
      await say('preferences', { customerId, noAiVoice: true });
      return {
        as: 'officer',
        method: 'PUT',
        url: `/v1/people/${customerId}`,
        body: { numbers: [kept] },
      };
    },
  },
  {
    name: 'a release that is granted',
    statements: ['subject-save-rows', 'wish-release-insert'],
    events: { 'wish.released.v1': 1, 'approval.approved.v1': 1 },
    prepare: async () => {
      const { id } = await say('suppressions', wishOf({ number: freshNumber() }));
      return asked(`/v1/suppressions/${id}/release`);
    },
  },
  {
    name: 'a preference that is withdrawn',
    statements: ['subject-save-rows', 'preference-withdrawal-insert'],
    events: { 'preference.withdrawn.v1': 1, 'approval.approved.v1': 1 },
    prepare: async () => {
      const { id } = await say('preferences', { number: freshNumber(), language: 'zh-CN' });
      return asked(`/v1/preferences/${id}/withdraw`);
    },
  },
];

const TABLES = [
  'subjects',
  'numbers',
  'subject_numbers',
  'people',
  'people_numbers',
  'suppressions',
  'suppression_releases',
  'preferences',
  'preference_withdrawals',
  'consent_events',
  'approvals',
  'idempotency_keys',
];

async function traces(): Promise<Traces> {
  const tables = TABLES.map(
    (name) => `'${name}', (SELECT json_agg(r::text ORDER BY r::text) FROM ${name} r)`,
  );
  const [row] = await queryRows<Traces>(
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
  faulty = new FaultyDatabase({ url: database.url, poolSize: 6 }, createLogger('silent'));
  app = await startApp({ database, dataDir, now: NOW, providers: [{ token: Database, value: faulty }] });
}

const send = ({ as: role, method, url, body }: Request, key: string): Promise<Answer<unknown>> =>
  as(role).send(method, url, body, { 'idempotency-key': `"${key}"` });

function expectWritten(before: Traces, after: Traces, { events }: Case): void {
  const more: Record<string, number> = {};
  for (const [type, count] of Object.entries(after.events)) {
    if (count !== before.events[type]) more[type] = count - (before.events[type] ?? 0);
  }
  expect(more).toEqual(events);
  expect(after.orphans).toBe(0);
  expect(after.rows).not.toEqual(before.rows);
}

describe('writes about people that break', () => {
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-people-faults-'));
    database = await createTestDatabase();
    await start();
    cast = await makeCast(app);
  });
  afterAll(async () => {
    await app.nest.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it.each(CASES)(
    '$name: all of it or nothing, and once when it is asked for again',
    async (write) => {
      const last = write.statements.at(-1) ?? '';
      const breakages: [string, Breakage][] = [
        ...[...write.statements, 'evidence-record'].map((name): [string, Breakage] => [name, 'failed']),
        [last, 'failed but stored'],
        ['evidence-record', 'crash before'],
        [last, 'crash after'],
      ];
      for (const [statement, how] of breakages) {
        const request = await write.prepare();
        const before = await traces();
        const key = `key-${lastKey++}`;
        faulty.break(statement, how);
        const broken = await send(request, key);
        const met = faulty.met.get(statement);
        expect([statement, how, broken.status >= 500, met]).toEqual([statement, how, true, 1]);
        faulty.met.clear();

        const stored = how === 'failed but stored' || how === 'crash after';
        const left = await traces();
        if (stored) expectWritten(before, left, write);
        else expect(left).toEqual(before);

        if (faulty.isDead) {
          await app.nest.close();
          await start();
        }
        const standing = await traces();
        const again = await send(request, key);
        expect([statement, how, again.status < 300]).toEqual([statement, how, true]);
        const done = await traces();
        if (stored) expect(done).toEqual(standing);
        else expectWritten(standing, done, write);
      }
      expect(await contradictions(app)).toEqual([]);
    },
    120_000,
  );

  it('a reading whose record cannot be written shows nothing', async () => {
    const number = freshNumber();
    await say('suppressions', wishOf({ number }));
    for (const path of ['people/lookup', 'suppressions/search', 'preferences/search', 'consents/search']) {
      faulty.break('evidence-record', 'failed');
      const answer = await as('officer').post(`/v1/${path}`, { number });
      expect([path, answer.status, answer.body.code]).toEqual([path, 500, 'INTERNAL']);
    }
  });
});
