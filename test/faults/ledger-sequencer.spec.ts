import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../src/platform/database/database';
import { EvidenceWriter } from '../../src/platform/evidence/evidence-writer';
import { openInstallation } from '../../src/platform/installation/open-installation';
import { createLogger } from '../../src/platform/observability/logger';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { type GatewayProcess, startGateway } from '../support/gateway-process';
import { eventually } from '../support/proofs/eventually';
import { Random } from '../support/proofs/random';

const WRITERS = 8;
const EVENTS_A_WRITER = 150;
const TAKEOVER_MS = 10_000;
const ORIGIN = 'quietline.test/ledger';

interface Gap {
  index: string;
  event_id: string;
}

/** Real processes, and writers whose transactions end in another order than they began. */
describe('the sequencer of the ledger', () => {
  let database: TestDatabase;
  let dataDir: string;
  let writing: Database;
  let evidence: EvidenceWriter;
  const processes: GatewayProcess[] = [];
  const random = new Random(20_261_120);

  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-ledger-'));
    writing = new Database({ url: database.url, poolSize: WRITERS + 2 }, createLogger('silent'));
    const config = { kekFile: join(dataDir, 'key-encryption-key'), ledgerOrigin: ORIGIN };
    evidence = new EvidenceWriter((await openInstallation(writing, config, Date.now())).keyring);
  });
  afterAll(async () => {
    for (const one of processes) one.signal('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
    await writing.onApplicationShutdown();
    await rm(dataDir, { recursive: true, force: true });
    await database.drop();
  });

  async function start(): Promise<GatewayProcess> {
    const started = await startGateway({
      ROLE: 'ledger',
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '4',
      // The ledger needs no broker.
      KAFKA_BROKERS: '127.0.0.1:1',
      DATA_DIR: dataDir,
      LEDGER_ORIGIN: ORIGIN,
      BOOTSTRAP_ADMIN_KEY: 'admin-of-the-sequencer',
    });
    processes.push(started);
    return started;
  }

  async function leads({ url }: GatewayProcess): Promise<boolean> {
    const text = await fetch(`${url}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    return text.includes('quietline_lease_held{lease="ledger"} 1');
  }

  /** One event a transaction, which stays open for a while: later places commit before earlier ones. */
  async function write(): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < EVENTS_A_WRITER; index++) {
      const stays = random.below(random.chance(0.1) ? 300 : 10);
      const isDropped = random.chance(0.05);
      await writing
        .transaction(async (tx) => {
          const made = await evidence.record(tx, [
            { type: 'entity.changed.v1', at: Date.now(), partitionKey: 'a', clear: {}, payload: { index } },
          ]);
          await delay(stays);
          if (isDropped) throw new Error('Rolled back on purpose.');
          ids.push(...made);
        })
        .catch((error: Error) => {
          if (!isDropped) throw error;
        });
    }
    return ids;
  }

  const sequenced = (): Promise<Gap[]> =>
    queryRows<Gap>(database, 'SELECT index, event_id FROM ledger_entries ORDER BY index');

  it('gives every event exactly one index, without a gap, however it is killed', async () => {
    let [first, second] = [await start(), await start()];
    await eventually('one of them leads', async () => (await leads(first)) || leads(second));
    let over = false;
    const written = Promise.all(Array.from({ length: WRITERS }, write)).finally(() => (over = true));
    let kills = 0;
    const takeovers: number[] = [];
    while (!over || kills < 2) {
      if (await leads(second)) [first, second] = [second, first];
      if (!(await leads(first))) continue;
      first.signal('SIGKILL');
      kills += 1;
      const since = performance.now();
      const standby = second;
      await eventually('the standby leads', () => leads(standby), TAKEOVER_MS);
      takeovers.push(performance.now() - since);
      first = await start();
    }
    const ids = (await written).flat();
    await eventually('the queue is empty', async () => {
      const [row] = await queryRows<{ left: number }>(
        database,
        'SELECT count(*)::int AS left FROM ledger_queue',
      );
      return row?.left === 0;
    });
    const entries = await sequenced();
    expect(entries.map(({ index }) => Number(index))).toEqual(entries.map((_, position) => position));
    expect(new Set(entries.map(({ event_id }) => event_id)).size).toBe(entries.length);
    const events = await queryRows<{ event_id: string }>(database, 'SELECT event_id FROM events');
    expect(entries.map(({ event_id }) => event_id).sort()).toEqual(
      events.map(({ event_id }) => event_id).sort(),
    );
    const known = new Set(entries.map(({ event_id }) => event_id));
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(2);
    expect(Math.max(...takeovers)).toBeLessThan(TAKEOVER_MS);
  }, 180_000);

  it('hands over at once when it is stopped, and is ready while it stands by', async () => {
    const living: GatewayProcess[] = [];
    for (const one of processes) {
      if (
        await fetch(`${one.url}/health/live`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        living.push(one);
    }
    expect(living).toHaveLength(2);
    const flags = await Promise.all(living.map(leads));
    const [leading, standby] = flags[0] === true ? [living[0], living[1]] : [living[1], living[0]];
    if (leading === undefined || standby === undefined) throw new Error('There are not two of them.');
    const ready = await fetch(`${standby.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.text()).toContain('Standing by: another process leads.');
    leading.signal('SIGTERM');
    const since = performance.now();
    await eventually('the standby leads', () => leads(standby), 3_000);
    expect(await leading.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - since).toBeLessThan(TAKEOVER_MS);
  }, 30_000);
});
