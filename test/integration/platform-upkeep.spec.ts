import type { Instant } from '../../src/domain/time/instant';
import { Database } from '../../src/platform/database/database';
import { Readiness } from '../../src/platform/health/readiness';
import { createLogger } from '../../src/platform/observability/logger';
import { Metrics } from '../../src/platform/observability/metrics';
import { DatabaseUpkeep } from '../../src/platform/upkeep/database-upkeep';
import { Upkeep } from '../../src/platform/upkeep/upkeep';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { holdLock, queryRows } from '../support/database-rows';

const NOW = Date.parse('2026-11-20T02:00:00Z');
const APPEND_ONLY = [
  'call_events',
  'calls',
  'consent_events',
  'events',
  'flag_repeats',
  'flag_resolutions',
  'flags',
  'ledger_entries',
  'monitor_crossings',
  'monitor_limits',
  'opt_in_times',
  'opt_in_words',
  'preference_withdrawals',
  'preferences',
  'results_mappings',
  'sms_message_times',
  'sms_messages',
  'stop_lifts',
  'stops',
  'suppression_releases',
  'suppression_words',
  'suppressions',
  'vendor_findings',
  'vendor_label_alarms',
  'vendor_result_effects',
  'vendor_result_outcomes',
  'vendor_results',
  'words_set_aside',
];

describe('upkeep of the database', () => {
  let owned: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    owned = await createTestDatabase();
    database = new Database({ url: owned.url, poolSize: 4 }, createLogger('silent'));
  });
  afterAll(async () => {
    await database.onApplicationShutdown();
    await owned.drop();
  });

  const make = (parent: string, since: string): Promise<unknown[]> =>
    database.query('SELECT ensure_monthly_partitions($1, $2, 0)', [parent, since]);
  const partitionsOf = async (parent: string): Promise<string[]> =>
    (
      await database.query<{ name: string }>(
        'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
        [parent],
      )
    ).map(({ name }) => name);

  it('lets nobody empty what is append-only, nor any month of it', async () => {
    const guarded = await database.query<{ name: string }>(
      `SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger
       WHERE tgfoid = 'refuse_change'::regproc AND tgtype & 1 = 1 AND tgparentid = 0`,
    );
    expect(guarded.map(({ name }) => name).sort()).toEqual([...APPEND_ONLY].sort());
    await make('events', '2031-05-01T00:00:00Z');
    for (const table of APPEND_ONLY) {
      for (const part of [table, ...(await partitionsOf(table))]) {
        await expect(database.query(`TRUNCATE ${part} CASCADE`)).rejects.toThrow(/ is append-only$/);
        await expect(queryRows(owned, `TRUNCATE ${part} CASCADE`)).rejects.toThrow(/ is append-only$/);
      }
    }
  });

  it.each(['events', 'calls', 'call_events'])(
    'makes the months of %s beside whoever reads and writes it',
    async (parent) => {
      const before = await partitionsOf(parent);
      const work = await holdLock(owned, `LOCK TABLE ${parent} IN ROW EXCLUSIVE MODE`);
      try {
        await make(parent, '2031-07-15T12:00:00Z');
      } finally {
        await work.release();
      }
      expect(await partitionsOf(parent)).toEqual([...before, `${parent}_2031_07`].sort());
      const shape = await database.query<{ of: string; parts: string[] }>(
        `SELECT c.relname AS of, array_agg(pg_get_constraintdef(k.oid) ORDER BY pg_get_constraintdef(k.oid)) AS parts
         FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
         WHERE c.relname IN ($1, $2) GROUP BY 1`,
        [parent, `${parent}_2031_07`],
      );
      expect(shape[0]?.parts).toEqual(shape[1]?.parts);
      const loose = await database.query(
        `SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = $1::regclass AND NOT c.relispartition`,
        [`${parent}_2031_07`],
      );
      expect(loose).toEqual([]);
    },
  );

  it('keeps changes out of a month that it made', async () => {
    await make('events', '2031-08-01T00:00:00Z');
    await database.query(
      `INSERT INTO events (event_id, type, recorded_at, clear, sealed, wrapped_key, entry)
       VALUES (uuid_v7_floor('2031-08-09T00:00:00Z'), 't', now(), '{}', '', '', '')`,
    );
    for (const change of ['DELETE FROM events_2031_08', `UPDATE events SET type = 'u'`]) {
      await expect(database.query(change)).rejects.toThrow(/ is append-only$/);
    }
  });

  it('gives up soon where it would keep others waiting, and waits for nobody where nothing is missing', async () => {
    await make('calls', '2031-09-01T00:00:00Z');
    const other = await holdLock(owned, 'LOCK TABLE calls IN SHARE ROW EXCLUSIVE MODE');
    try {
      await make('calls', '2031-09-01T00:00:00Z');
      await expect(make('calls', '2031-10-01T00:00:00Z')).rejects.toThrow('a lock was not free in time');
    } finally {
      await other.release();
    }
    expect(await partitionsOf('calls')).not.toContain('calls_2031_10');
    await make('calls', '2031-10-01T00:00:00Z');
    expect(await partitionsOf('calls')).toContain('calls_2031_10');
  });

  it('is safe when many make the same month at once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => make('events', '2031-11-01T00:00:00Z')));
    expect(await partitionsOf('events')).toContain('events_2031_11');
  });

  it('forgets lapsed answers in slices, also when something else failed', async () => {
    await database.query(
      `INSERT INTO idempotency_keys (scope, fingerprint, created_at, expires_at)
       SELECT decode(md5(n::text), 'hex'), '', $1::timestamptz, $1::timestamptz - (n - 1) * interval '1 s'
       FROM generate_series(0, 25000) n`,
      [new Date(NOW)],
    );
    const said: string[] = [];
    const say = (_fields: object, message: string): void => void said.push(message);
    const log = { debug: say, info: say, warn: say, error: say };
    const clock = { now: (): Instant => NOW };
    const upkeep = new Upkeep({ isOurs: () => Promise.resolve(true) }, log, new Metrics());
    await new DatabaseUpkeep(database, new Readiness(), upkeep, clock, { role: 'all' }).onModuleInit();
    const slices: number[] = [];
    const asked = database.query.bind(database);
    const query = jest.spyOn(database, 'query').mockImplementation(async (sql: string, params) => {
      if (sql.includes('ensure_monthly_partitions')) throw new Error('No partitions.');
      const rows = await asked(sql, params);
      slices.push(rows.length);
      return rows;
    });
    for (const task of ['partitions', 'idempotency-keys']) await upkeep.run(task);
    query.mockRestore();
    expect(slices).toEqual([10_000, 10_000, 5_000]);
    // The one that lapses in a second.
    expect(await database.query('SELECT 1 FROM idempotency_keys')).toHaveLength(1);
    expect(said).toEqual(['Upkeep failed; tried again in an hour.']);
  });
});
