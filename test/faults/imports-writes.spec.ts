import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobStore } from '../../src/platform/blobs/blob-store';
import { Database } from '../../src/platform/database/database';
import { uuidV7 } from '../../src/platform/ids/uuid-v7';
import { createLogger } from '../../src/platform/observability/logger';
import type { ImportKind, ImportSubject } from '../../src/services/imports/import';
import { ImportTools } from '../../src/services/imports/import-jobs';
import { ImportWork } from '../../src/services/imports/import-work';
import { ConsentsImport } from '../../src/services/imports/kinds/consents-import';
import { PeopleImport } from '../../src/services/imports/kinds/people-import';
import { SuppressionsImport } from '../../src/services/imports/kinds/suppressions-import';
import { ActiveRun } from '../../src/services/jobs/active-run';
import { type Job, NO_COUNTS } from '../../src/services/jobs/job';
import { JobsRepository } from '../../src/services/jobs/jobs.repository';
import { SettingsCache } from '../../src/services/settings/settings-cache';
import { type Breakage, FaultyDatabase } from '../contract/faulty-database';
import { contradictions, OFFICER } from '../integration/people-town';
import { type TestApp, startApp } from '../support/app';
import { freshNumber, openBank } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';

const NOW = '2026-11-23T02:00:00Z';
const LEASE_MS = 60_000;

interface Case {
  name: string;
  subject: ImportSubject;
  /** Named statements that the storing is made of. */
  statements: string[];
  /** The load whose storing breaks, with whatever must be loaded before. */
  files(): { before?: [ImportSubject, string]; file: string };
  rows: number;
  /** What the whole of it adds to each table, and which events. */
  adds: Record<string, number>;
  events: Record<string, number>;
}

let lastCustomer = 0;
const freshCustomer = (): string => `W-${lastCustomer++}`;
const several = <T>(make: () => T): T[] => Array.from({ length: 4 }, make);
const lines = (head: string, rows: readonly string[]): string => [head, ...rows, ''].join('\n');

const people = (customers: readonly [string, string][], more = ''): string =>
  lines(
    'customerId,numbers,ageBand',
    customers.map(([id, numbers]) => `${id},${numbers},${more}`),
  );
const wishes = (targets: readonly string[]): string => lines('number,customerId,reason', targets);
const consents = (targets: readonly string[]): string =>
  lines(
    'number,customerId,purposes,channels,scope,attributes,grantedAt,textVersion,textSha256,source',
    targets.map((target) => `${target},marketing,voice_ai,group,express,${NOW},1,${'c'.repeat(64)},app`),
  );
const strangers = (): string[] => [
  ...several(() => `${freshNumber()},`),
  ...several(() => `,${freshCustomer()}`),
];
const known = (): { targets: string[]; customers: [string, string][] } => {
  const customers = several((): [string, string] => [freshCustomer(), freshNumber()]);
  const targets = customers.flatMap(([id, number], index) => [index % 2 === 0 ? `,${id}` : `${number},`]);
  return { targets, customers };
};

const CASES: Case[] = [
  {
    name: 'customers whom nobody knows',
    subject: 'people',
    statements: ['bulk-admit-people', 'bulk-admit-claims', 'evidence-record-batch', 'job-update'],
    files: () => ({ file: people(several(() => [freshCustomer(), freshNumber()])) }),
    rows: 4,
    adds: { people: 4, subjects: 4, numbers: 4, subject_numbers: 4, people_numbers: 4 },
    events: { 'person.changed.v1': 4 },
  },
  {
    name: 'customers of whom something else is known',
    subject: 'people',
    statements: ['subject-save-rows', 'evidence-record-batch', 'job-update'],
    files: () => {
      const { customers } = known();
      return { before: ['people', people(customers)], file: people(customers, '65plus') };
    },
    rows: 4,
    adds: {},
    events: { 'person.changed.v1': 4 },
  },
  {
    name: 'consents of whoever was not known',
    subject: 'consents',
    statements: [
      'bulk-admit-people',
      'bulk-admit-numbers',
      'evidence-record-batch',
      'bulk-consent-insert',
      'import-members-add',
      'job-update',
    ],
    files: () => ({ file: consents(strangers()) }),
    rows: 8,
    adds: {
      people: 4,
      subjects: 8,
      numbers: 4,
      subject_numbers: 4,
      consent_events: 8,
      import_members: 8,
    },
    events: { 'consent.granted.v1': 8 },
  },
  {
    name: 'consents of customers',
    subject: 'consents',
    statements: [
      'subject-save-rows',
      'evidence-record-batch',
      'bulk-consent-insert',
      'import-members-add',
      'job-update',
    ],
    files: () => {
      const { customers, targets } = known();
      return { before: ['people', people(customers)], file: consents(targets) };
    },
    rows: 4,
    adds: { consent_events: 4, import_members: 4 },
    events: { 'consent.granted.v1': 4 },
  },
  {
    name: 'wishes of whoever was not known',
    subject: 'suppressions',
    statements: [
      'bulk-admit-people',
      'bulk-admit-numbers',
      'evidence-record-batch',
      'bulk-wish-insert',
      'import-members-add',
      'job-update',
    ],
    files: () => ({ file: wishes(strangers().map((target) => `${target},said so`)) }),
    rows: 8,
    adds: {
      people: 4,
      subjects: 8,
      numbers: 4,
      subject_numbers: 4,
      suppressions: 8,
      import_members: 8,
    },
    events: { 'wish.recorded.v1': 8 },
  },
  {
    name: 'wishes of customers',
    subject: 'suppressions',
    statements: [
      'subject-save-rows',
      'evidence-record-batch',
      'bulk-wish-insert',
      'import-members-add',
      'job-update',
    ],
    files: () => {
      const { customers, targets } = known();
      return {
        before: ['people', people(customers)],
        file: wishes(targets.map((target) => `${target},said so`)),
      };
    },
    rows: 4,
    adds: { suppressions: 4, import_members: 4 },
    events: { 'wish.recorded.v1': 4 },
  },
];

const TABLES = [
  'people',
  'subjects',
  'numbers',
  'subject_numbers',
  'people_numbers',
  'suppressions',
  'consent_events',
  'import_members',
];

interface Traces {
  rows: Record<string, string[] | null>;
  events: Record<string, number>;
  orphans: number;
}

let dataDir: string;
let database: TestDatabase;
let faulty: FaultyDatabase;
let app: TestApp;

async function start(): Promise<void> {
  faulty = new FaultyDatabase({ url: database.url, poolSize: 6 }, createLogger('silent'));
  app = await startApp({ database, dataDir, now: NOW, providers: [{ token: Database, value: faulty }] });
}

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

function gained(before: Traces, after: Traces): Pick<Case, 'adds' | 'events'> {
  const more = (from: number | undefined, to: number): [] | [number] =>
    from === to ? [] : [to - (from ?? 0)];
  const adds = TABLES.flatMap((name) =>
    more(before.rows[name]?.length ?? 0, after.rows[name]?.length ?? 0).map((n) => [name, n] as const),
  );
  const events = Object.entries(after.events)
    // A process that starts makes its first client.
    .filter(([type]) => type !== 'import.finished.v1' && type !== 'client.created.v1')
    .flatMap(([type, count]) => more(before.events[type], count).map((n) => [type, n] as const));
  return { adds: Object.fromEntries(adds), events: Object.fromEntries(events) };
}

const kindOf = (subject: ImportSubject): ImportKind<unknown> =>
  app.nest.get<ImportKind<unknown>>(
    { suppressions: SuppressionsImport, people: PeopleImport, consents: ConsentsImport }[subject],
  );

/** A job whose file has been checked and granted; of a kind that the runner of this process does not know. */
async function uploaded(subject: ImportSubject, file: string, source: string): Promise<Job> {
  const bytes = Buffer.from(file, 'utf8');
  const { id: blobId } = await app.nest.get(BlobStore).put(
    (async function* () {
      yield await Promise.resolve(bytes);
    })(),
  );
  const at = Date.parse(NOW);
  const spec = { subject, source, mode: 'delta', format: 'csv', charset: 'UTF-8', dryRun: false };
  const [id, kind] = [uuidV7(at), `broken-${lastCustomer++}`];
  const job: Job = {
    ...{ id, kind, lane: kind, state: 'queued', actor: OFFICER, createdAt: at, spec, blobId },
    ...{ progress: 0, counts: NO_COUNTS, errors: [] },
  };
  await app.nest.get(Database).transaction((tx) => app.nest.get(JobsRepository).insert(tx, job));
  await queryRows(
    database,
    `UPDATE jobs SET checkpoint = '{"phase":"store","line":0,"done":[],"total":1}' WHERE id = '${id}'`,
  );
  return job;
}

/** As the runner does it, once; a holder that died is another one. */
async function attempt({ id, kind, spec }: Job): Promise<void> {
  const [repository, db] = [app.nest.get(JobsRepository), app.nest.get(Database)];
  await queryRows(database, `UPDATE jobs SET lease_until = clock_timestamp() WHERE id = '${id}'`);
  const by = { holder: uuidV7(Date.parse(NOW)), kinds: [kind], leaseMs: LEASE_MS };
  const claim = await db.transaction((tx) => repository.claim(tx, by));
  if (claim === undefined) throw new Error('There is no such job.');
  const run = new ActiveRun(claim, repository, db, LEASE_MS, () => app.nest.get(SettingsCache).fresh());
  try {
    await new ImportWork(kindOf(spec['subject'] as ImportSubject), app.nest.get(ImportTools)).run(run);
  } finally {
    run.close();
  }
}

const jobNow = async ({ id }: Job): Promise<Pick<Job, 'state' | 'counts'>> => {
  const [job] = await queryRows<Job>(database, 'SELECT state, counts FROM jobs WHERE id = $1', [id]);
  return { state: job?.state ?? 'failed', counts: job?.counts ?? NO_COUNTS };
};

describe('loads whose storing breaks', () => {
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-imports-faults-'));
    database = await createTestDatabase();
    await start();
    await openBank(app);
  });
  afterAll(async () => {
    await app.nest.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it.each(CASES)(
    '$name: all of it or nothing, and once when it goes on',
    async ({ subject, statements, files, rows, adds, events }) => {
      const last = statements.at(-1) ?? '';
      const breakages: [string, Breakage][] = [
        ...statements.map((name): [string, Breakage] => [name, 'failed']),
        [last, 'failed but stored'],
        // Somebody else goes on with it in any case; that another process does is tried where most is written.
        ...(adds['people'] === undefined
          ? []
          : [['evidence-record-batch', 'crash after'] as [string, Breakage]]),
      ];
      for (const [statement, how] of breakages) {
        const { before: first, file } = files();
        if (first !== undefined) await attempt(await uploaded(...first, 'before'));
        const job = await uploaded(subject, file, `source ${lastCustomer}`);
        const before = await traces();
        faulty.met.clear();
        faulty.break(statement, how);
        await expect(attempt(job)).rejects.toThrow();
        expect([statement, how, faulty.met.get(statement)]).toEqual([statement, how, 1]);

        const stored = how === 'failed but stored' || how === 'crash after';
        const left = await traces();
        if (stored) expect(gained(before, left)).toEqual({ adds, events });
        else expect(left).toEqual(before);
        if (faulty.isDead) {
          await app.nest.close();
          await start();
        }
        await attempt(job);
        const after = await traces();
        expect([statement, how, gained(before, after)]).toEqual([statement, how, { adds, events }]);
        expect(after.orphans).toBe(0);
        const counts = { read: rows, accepted: rows, duplicate: 0, rejected: 0 };
        expect(await jobNow(job)).toEqual({ state: 'succeeded', counts });
      }
      expect(await contradictions(app)).toEqual([]);
    },
    120_000,
  );

  it('a list of everything goes on behind whatever was stored of it', async () => {
    const { customers } = known();
    const [[mover, had], [, taken], staying] = customers as [
      [string, string],
      [string, string],
      [string, string],
    ];
    await attempt(await uploaded('people', people(customers), 'before'));
    const list = people([
      [freshCustomer(), freshNumber()],
      staying,
      [mover, freshNumber()],
      [freshCustomer(), taken],
      [freshCustomer(), had],
      [freshCustomer(), '12'],
    ]).replace(`${staying.join(',')},`, `${staying.join(',')},65plus`);
    const job = await uploaded('people', list, 'everything');
    const before = await traces();
    const STEPS: [string, Breakage][] = [
      ['bulk-admit-claims', 'failed but stored'],
      ['subject-save-rows', 'failed'],
      ['subject-save-rows', 'failed but stored'],
      ['people-save-subjects', 'failed'],
      ['people-open-claims', 'failed but stored'],
      ['evidence-record', 'failed'],
    ];
    for (const [statement, how] of STEPS) {
      faulty.met.clear();
      faulty.break(statement, how);
      await expect(attempt(job)).rejects.toThrow();
      expect([statement, how, faulty.met.get(statement)]).toEqual([statement, how, 1]);
    }
    await attempt(job);
    const counts = { read: 6, accepted: 5, duplicate: 0, rejected: 1 };
    expect(await jobNow(job)).toEqual({ state: 'succeeded', counts });
    // The mover parts from a number, two come to have one that somebody had: a household, and the row it is on.
    expect(gained(before, await traces()).events).toEqual({
      'person.changed.v1': 6,
      'person.merged.v1': 1,
    });
    expect(await contradictions(app)).toEqual([]);
  });
});
