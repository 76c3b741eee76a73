import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Service, SERVICES } from '../../src/contracts/serving';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { describeWithKafka } from '../support/describe-with-kafka';
import { type GatewayProcess, startGateway } from '../support/gateway-process';
import { sharedBroker, topicPrefix } from '../support/kafka';
import { eventually } from '../support/proofs/eventually';

/** Nobody listens there. */
const NO_BROKER = '127.0.0.1:1';
const STOP_MS = 10_000;

interface Report {
  ready?: boolean;
  checks: { name: string; status: string }[];
}

/** Real processes, one of each role and no other. */
describe('a process of a single role', () => {
  let database: TestDatabase;
  let dataDir: string;
  let running: GatewayProcess | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-roles-'));
  });
  afterEach(async () => {
    running?.signal('SIGKILL');
    await running?.ended;
    running = undefined;
  });
  afterAll(async () => {
    await rm(dataDir, { recursive: true, force: true });
    await database.drop();
  });

  async function start(role: Service, brokers: string): Promise<GatewayProcess> {
    running = await startGateway({
      ROLE: role,
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '4',
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: topicPrefix(),
      KAFKA_PARTITIONS: '2',
      DATA_DIR: dataDir,
      LEDGER_ORIGIN: 'quietline.test/ledger',
      BOOTSTRAP_ADMIN_KEY: 'admin-of-single-roles',
    });
    return running;
  }

  async function readiness({ url }: GatewayProcess): Promise<{ status: number; checks: Report['checks'] }> {
    const answer = await fetch(`${url}/health/ready`);
    return { status: answer.status, checks: ((await answer.json()) as Report).checks };
  }

  async function drains(process: GatewayProcess): Promise<void> {
    const since = performance.now();
    process.signal('SIGTERM');
    expect(await process.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - since).toBeLessThan(STOP_MS);
  }

  it.each(SERVICES.filter((role) => role !== 'jobs'))(
    '%s starts alone and is ready without a broker, and stops in time',
    async (role) => {
      const alone = await start(role, NO_BROKER);
      const { status, checks } = await readiness(alone);
      expect(status).toBe(200);
      expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['database', 'migrations']));
      await drains(alone);
    },
    60_000,
  );

  it('jobs starts without a broker, is not ready, says why, and stops in time', async () => {
    const alone = await start('jobs', NO_BROKER);
    const { status, checks } = await readiness(alone);
    expect(status).toBe(503);
    expect(checks.filter((check) => check.status === 'fault').map(({ name }) => name)).toEqual(['kafka']);
    await drains(alone);
  }, 60_000);

  it.each([
    [{ ROLE: 'jobs' }, /^quietline: ROLE=jobs needs DATABASE_URL and KAFKA_BROKERS: .*$/],
    [
      { ROLE: 'gateway', DATABASE_URL: 'postgresql://q@127.0.0.1:1/q' },
      /^quietline: ROLE=gateway needs KAFKA_BROKERS: .*$/,
    ],
    [{ ROLE: 'dialer' }, /^quietline: ROLE must be one of .*$/],
  ])('is refused where %j is impossible, in one line', async (env, line) => {
    const failure = await startGateway({ DATA_DIR: dataDir, ...env }).then(
      () => 'It started.',
      (error: Error) => error.message,
    );
    const [head, ...said] = failure.trim().split('\n');
    expect(head).toBe('The gateway ended with 2:');
    expect(said).toEqual([expect.stringMatching(line)]);
  });

  it('is refused where its database belongs to another installation, in one line', async () => {
    const failure = await startGateway({
      ROLE: 'audit',
      DATABASE_URL: database.url,
      KAFKA_BROKERS: NO_BROKER,
      DATA_DIR: dataDir,
      LEDGER_ORIGIN: 'elsewhere.test/ledger',
    }).then(
      () => 'It started.',
      (error: Error) => error.message,
    );
    // Beside the line of the log that has its trace.
    const lines = failure
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    expect(lines).toEqual(['The gateway ended with 1:', expect.stringContaining('elsewhere.test/ledger')]);
  });

  describeWithKafka('with a broker', () => {
    it('jobs becomes ready, and stops in time', async () => {
      const { brokers } = await sharedBroker();
      const alone = await start('jobs', brokers);
      const ready = await eventually('jobs is ready', async () => {
        const { status, checks } = await readiness(alone);
        return status === 200 && checks;
      });
      expect(ready).toContainEqual({ name: 'kafka', status: 'ok' });
      await drains(alone);
    }, 120_000);
  });
});
