import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventType } from '../../src/contracts/topics';
import { BusMetrics } from '../../src/platform/bus/bus-metrics';
import { type BusOptions, DEFAULT_BUS_OPTIONS } from '../../src/platform/bus/bus-options';
import type { BusEvent, Consumer, EventBus } from '../../src/platform/bus/event-bus';
import { Inbox } from '../../src/platform/bus/inbox';
import { OutboxLeases } from '../../src/platform/bus/outbox-leases';
import { OutboxQueue } from '../../src/platform/bus/outbox-queue';
import { OutboxRelay } from '../../src/platform/bus/outbox-relay';
import { Database, type Tx } from '../../src/platform/database/database';
import { bucketOf } from '../../src/platform/evidence/bucket';
import { EvidenceWriter } from '../../src/platform/evidence/evidence-writer';
import { INSTALLATION_KEYS, type InstallationKey, Keyring } from '../../src/platform/keys/keyring';
import { createLogger, type Log } from '../../src/platform/observability/logger';
import { Metrics } from '../../src/platform/observability/metrics';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { FaultyDatabase } from './faulty-database';

export const TYPE: EventType = 'wish.recorded.v1';

export const FAST: BusOptions = {
  ...DEFAULT_BUS_OPTIONS,
  tries: 3,
  backoffMs: () => 10,
  leaseMs: 600,
  rememberMs: 1_500,
  pollMs: { busy: 2, idle: 10 },
  drainMs: 3_000,
};

/** What every adapter is made from. */
export interface BusParts {
  database: Database;
  inbox: Inbox;
  metrics: BusMetrics;
  log: Log;
  options: BusOptions;
}

/** One implementation of the port, as the contract suite opens it. */
export interface BusAdapter {
  name: string;
  /** Before each test: nothing of earlier ones is handed over any more. */
  forget?(): void;
  open(parts: BusParts): EventBus;
}

/** One process that empties the outbox: its bus, its relay, and the way to its failures. */
export interface BusProcess {
  bus: EventBus;
  relay: OutboxRelay;
  leases: OutboxLeases;
  database: FaultyDatabase;
  inbox: Inbox;
  metrics: Metrics;
  said: { fields: object; message: string }[];
  stop(): Promise<void>;
  /** As kill -9: from here on nothing it does reaches the database. */
  kill(): Promise<void>;
}

export interface DeadLetter {
  event_id: string;
  parked_behind: string | null;
  attempts: number;
  reason: string;
}

/** One database with writers that keep the rules of writers, and any number of processes on it. */
export class BusStage {
  private readonly processes = new Set<BusProcess>();
  private readonly subjects = new Map<string, { id: string; wrappingKey: Buffer }>();

  private constructor(
    private readonly owned: TestDatabase,
    private readonly adapter: BusAdapter,
    /** For writers and for checks; never faulty. */
    readonly database: Database,
    private readonly keyring: Keyring,
    private readonly writer: EvidenceWriter,
  ) {}

  static async open(adapter: BusAdapter): Promise<BusStage> {
    const owned = await createTestDatabase();
    const database = new Database({ url: owned.url, poolSize: 12 }, createLogger('silent'));
    await database.query(
      `INSERT INTO installation (instance_id, ledger_origin, installed_at) VALUES ($1, 'localhost/ledger', now())`,
      [randomUUID()],
    );
    await database.query('CREATE TABLE keys (id uuid PRIMARY KEY, n int NOT NULL)');
    await database.query(
      'CREATE TABLE effects (seq bigserial PRIMARY KEY, consumer text, event_id uuid, key uuid, n int)',
    );
    const keys = Object.fromEntries(INSTALLATION_KEYS.map((key) => [key, randomBytes(32)]));
    const keyring = new Keyring(randomBytes(32), keys as Record<InstallationKey, Buffer>);
    return new BusStage(owned, adapter, database, keyring, new EvidenceWriter(keyring));
  }

  /** For checks that use nothing of ours. */
  get url(): string {
    return this.owned.url;
  }

  /** Between tests: every process is stopped and the queue is as if nothing had ever been recorded. */
  async reset(): Promise<void> {
    await Promise.all([...this.processes].map((process) => process.stop()));
    await this.database.query(
      'TRUNCATE keys, effects, outbox, ledger_queue, inbox, dead_letters, outbox_relays RESTART IDENTITY',
    );
    await this.database.query('UPDATE outbox_leases SET holder = NULL, expires_at = NULL');
    this.adapter.forget?.();
  }

  async close(): Promise<void> {
    await this.reset();
    await this.database.onApplicationShutdown();
    await this.owned.drop();
  }

  start(
    consumers: readonly Consumer[],
    overrides: Partial<BusOptions> = {},
    prepare?: (database: FaultyDatabase) => void,
  ): BusProcess {
    const process = this.open({ ...FAST, ...overrides });
    prepare?.(process.database);
    for (const consumer of consumers) process.bus.subscribe(consumer);
    process.relay.start();
    return process;
  }

  /** A process whose relay does not run yet. */
  open(options: BusOptions = FAST): BusProcess {
    const said: BusProcess['said'] = [];
    const say = (fields: object, message: string): void => void said.push({ fields, message });
    const log: Log = { debug: say, info: say, warn: say, error: say };
    const database = new FaultyDatabase({ url: this.owned.url, poolSize: 8 }, log);
    const metrics = new Metrics();
    const busMetrics = new BusMetrics(metrics, database);
    const inbox = new Inbox(database);
    const leases = new OutboxLeases(database, options);
    const bus = this.adapter.open({ database, inbox, metrics: busMetrics, log, options });
    const relay = new OutboxRelay(new OutboxQueue(database), leases, bus, busMetrics, log, options);
    const end = async (): Promise<void> => {
      if (!this.processes.delete(process)) return;
      database.releaseAll();
      await relay.stop();
      await bus.stop();
      await database.onApplicationShutdown();
    };
    const kill = async (): Promise<void> => {
      database.die();
      await end();
    };
    const process = { bus, relay, leases, database, inbox, metrics, said, stop: end, kill };
    this.processes.add(process);
    return process;
  }

  /**
   * Records the next event of a key: its number `n` counts the key's events in the order of their commits. `open` is
   * awaited between the writes and the commit.
   */
  async write(key: string, type: string = TYPE, open?: () => Promise<void>): Promise<string> {
    const subject = this.subjectOf(key);
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<{ n: number }>({
        text: 'INSERT INTO keys VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = keys.n + 1 RETURNING n',
        values: [subject.id],
      });
      const [id] = await this.writer.record(tx, [
        {
          type,
          at: Date.now(),
          subject,
          partitionKey: subject.id,
          clear: { n: row?.n ?? 0 },
          payload: { words: 'never leaves' },
        },
      ]);
      if (id === undefined) throw new Error('Nothing was recorded.');
      await open?.();
      return id;
    });
  }

  /** Several of one key, one after the other. */
  async writeAll(key: string, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push(await this.write(key));
    return ids;
  }

  subjectOf(key: string): { id: string; wrappingKey: Buffer } {
    let subject = this.subjects.get(key);
    if (subject === undefined) {
      subject = { id: randomUUID(), wrappingKey: this.keyring.newSubjectKey() };
      this.subjects.set(key, subject);
    }
    return subject;
  }

  /** Gives a key that was never used a subject in the bucket of another. */
  putTogether(key: string, with_: string): void {
    const bucket = bucketOf(this.subjectOf(with_).id);
    while (bucketOf(this.subjectOf(key).id) !== bucket) this.subjects.delete(key);
  }

  /**
   * The numbers that a consumer's effects have for a key, in the order they were stored. Waits for as many: a bus may
   * accept events long before it hands them over.
   */
  async effects(consumer: string, key: string, atLeast = 0): Promise<number[]> {
    return this.rows(atLeast, async () => {
      const rows = await this.database.query<{ n: number }>(
        'SELECT n FROM effects WHERE consumer = $1 AND key = $2 ORDER BY seq',
        [consumer, this.subjectOf(key).id],
      );
      return rows.map((row) => row.n);
    });
  }

  async deadLetters(atLeast = 0): Promise<DeadLetter[]> {
    return this.rows(atLeast, () =>
      this.database.query<DeadLetter>(
        'SELECT event_id, parked_behind, attempts, reason FROM dead_letters ORDER BY seq',
      ),
    );
  }

  private async rows<T>(atLeast: number, read: () => Promise<T[]>): Promise<T[]> {
    await until(async () => (await read()).length >= atLeast, `there are ${atLeast} rows`).catch(
      () => undefined,
    );
    return read();
  }

  /** Sessions of this database that wait for somebody's lock. */
  async lockWaits(): Promise<number> {
    const rows = await this.database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length;
  }

  async count(table: 'outbox' | 'inbox' | 'effects' | 'events' | 'dead_letters'): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    return row?.count ?? NaN;
  }

  async emptied(): Promise<void> {
    await until(async () => (await this.count('outbox')) === 0, 'the outbox is empty');
  }
}

/** A consumer that stores what it was handed; `before` may fail, wait or count. */
export function recorder(
  name: string,
  options: {
    types?: readonly EventType[];
    before?: (event: BusEvent, n: number) => unknown;
    after?: (event: BusEvent, n: number) => unknown;
  } = {},
): Consumer {
  return {
    name,
    types: options.types ?? [TYPE],
    async handle(tx: Tx, event: BusEvent): Promise<void> {
      const { n } = JSON.parse(event.data) as { n: number };
      await options.before?.(event, n);
      await tx.query({
        name: `record-${name}`,
        text: 'INSERT INTO effects (consumer, event_id, key, n) VALUES ($1, $2, $3, $4)',
        values: [name, event.id, event.partitionkey, n],
      });
      await options.after?.(event, n);
    },
  };
}

/** Asks again until it is so. */
export async function until(
  is: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await is())) {
    if (performance.now() > deadline) throw new Error(`It never came about that ${what}.`);
    await delay(5);
  }
}

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** A promise that the test resolves. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
