import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import type { GatewayProcess } from '../support/gateway-process';
import { CallLoad, type Decided, type Question } from '../support/processes/call-load';
import { EmbeddedDatabase } from '../support/processes/embedded-database';
import { eventually } from '../support/proofs/eventually';
import { recount } from '../support/proofs/history-recount';
import { inLanes } from '../support/proofs/in-lanes';
import { Proof } from '../support/proofs/proof';
import type { Random } from '../support/proofs/random';
import { RecordAudit } from '../support/proofs/record-audit';
import type { RemoteCaller } from '../support/processes/remote-caller';
import { consentOf, RemoteBank } from '../support/processes/remote-bank';

const counts = { test: 2, soak: 20 };
const gatewayKills = new Proof('kill -9 of the gateway under load', counts);
const plainKills = new Proof('kill -9 of the gateway and the database it started, under load', {
  test: 1,
  soak: 20,
});
const databaseKills = new Proof('kill -9 of the whole database under load', counts);

const CONSENTED = 40;
const UNKNOWN = 10;
const RETRIED = 200;
const RETRIES_AT_ONCE = 8;
const STARTING = 120_000;

interface Problem {
  status: number;
  code: string;
}

/** One bank under load, and what must be true of it after every kill. */
class Ground {
  readonly dialer: RemoteCaller;
  readonly nobody: RemoteCaller;
  private readonly marketing: RemoteCaller;
  private process: GatewayProcess | undefined;
  private current: CallLoad | undefined;
  private loads = 0;

  constructor(
    readonly bank: RemoteBank,
    private readonly database: () => Promise<TestDatabase>,
  ) {
    const present = (): GatewayProcess => this.gateway;
    this.dialer = bank.as('dialer', present);
    this.marketing = bank.as('marketing', present);
    this.nobody = bank.as(undefined, present);
  }

  get gateway(): GatewayProcess {
    if (this.process === undefined) throw new Error('No gateway was started yet.');
    return this.process;
  }

  async start(databaseUrl?: string): Promise<void> {
    this.process = await this.bank.start(databaseUrl);
  }

  async kill(): Promise<void> {
    this.gateway.signal('SIGKILL');
    await this.gateway.ended;
  }

  /** Numbers of its own each time, most of them with a consent, some never seen. */
  async load(random: Random): Promise<CallLoad> {
    const consented = Array.from({ length: CONSENTED }, freshNumber);
    await inLanes(CONSENTED, 8, (index) => consentOf(this.marketing, { number: consented[index] ?? '' }));
    const numbers = [...consented, ...Array.from({ length: UNKNOWN }, freshNumber)];
    const load = new CallLoad(this.dialer, numbers, this.bank, random, `load-${this.loads++}`);
    this.current = load;
    load.start();
    await load.goesOn(20 + random.below(150));
    return load;
  }

  /** Also when a test has failed: dialers that go on would keep the process. */
  async close(): Promise<void> {
    await this.current?.stop();
    await this.bank.close();
  }

  /** Every acknowledged decision is there as it was acknowledged, and everything opens, and no cap was exceeded. */
  async expectNothingLost(load: CallLoad): Promise<void> {
    const database = await this.database();
    const asked = load.acknowledged.map(({ answer }) => answer.callId);
    const rows = await queryRows<{ call_id: string; outcome: string; at: number }>(
      database,
      `SELECT call_id, outcome, (extract(epoch FROM decided_at) * 1000)::float8 AS at FROM calls WHERE call_id = ANY ($1::uuid[])`,
      [asked],
    );
    const stored = new Map(
      rows.map((row) => [row.call_id, `${row.outcome} ${new Date(row.at).toISOString()}`]),
    );
    const lost = load.acknowledged.filter(
      ({ answer }) => stored.get(answer.callId) !== `${answer.outcome} ${answer.decidedAt}`,
    );
    expect(lost.map(({ answer }) => answer.callId)).toEqual([]);
    // The audit opens every payload and compares it with its row: what the row says, the sealed record says.
    expect(await RecordAudit.faults(database.superuserUrl, this.bank.kekFile)).toEqual([]);
    expect((await recount(database.superuserUrl)).faults).toEqual([]);
  }

  /** A question without an answer, asked again, gets one answer: of before, or of now, and then the same again. */
  async expectOneAnswerEach(load: CallLoad): Promise<void> {
    // The first of them were under way when the kill came: only they may have been stored.
    const open = load.open.slice(0, RETRIED);
    const answered = new Set<string>();
    await inLanes(open.length, RETRIES_AT_ONCE, async (index) => {
      const told = [await this.again(open[index]), await this.again(open[index])];
      expect(told[0]).toBe(told[1]);
      answered.add(told[0] ?? '');
    });
    expect(answered.size).toBe(open.length);
  }

  /** The id of the one call that this question is about. */
  private async again(question: Question | undefined): Promise<string> {
    const { status, body } = await this.dialer.post<Decided & Problem>('/v1/calls/authorize', question);
    // One that was stored, unheard, and has ended since: nobody may dial on it, and it stays the one answer.
    if (status === 409) expect(body.code).toBe('AUTHORIZATION_ENDED');
    else expect(status).toBe(200);
    return body.callId;
  }
}

describe('a gateway that is killed', () => {
  let database: TestDatabase;
  let ground: Ground;
  beforeAll(async () => {
    database = await createTestDatabase();
    ground = new Ground(await RemoteBank.make(), () => Promise.resolve(database));
    await ground.bank.open(database);
    await ground.start(database.url);
  }, STARTING);
  afterAll(async () => {
    await ground.close();
    await database.drop();
  });

  it(
    'loses nothing that it acknowledged, exceeds no cap, and answers a retry once',
    () =>
      gatewayKills.run(async (random) => {
        for (let kill = 0; kill < gatewayKills.count; kill++) {
          const load = await ground.load(random);
          await ground.kill();
          await load.stop();
          expect(load.open.length).toBeGreaterThan(0);
          await ground.start(database.url);
          await ground.expectNothingLost(load);
          await ground.expectOneAnswerEach(load);
        }
        await ground.expectNothingLost(await stopped(await ground.load(random)));
      }),
    gatewayKills.timeout,
  );
});

describe('a gateway with a database of its own', () => {
  let ground: Ground;
  beforeAll(async () => {
    const bank = await RemoteBank.make();
    const embedded = new EmbeddedDatabase(bank.dataDir);
    ground = new Ground(bank, () => embedded.now());
    await ground.start();
    await bank.open(await embedded.now());
  }, STARTING);
  afterAll(async () => {
    await ground.close();
  });

  it(
    'loses nothing when it is killed with it',
    () =>
      plainKills.run(async (random) => {
        for (let kill = 0; kill < plainKills.count; kill++) {
          const load = await ground.load(random);
          await ground.kill();
          await load.stop();
          expect(load.acknowledged.length).toBeGreaterThan(0);
          await ground.start();
          await ground.expectNothingLost(load);
          await ground.expectOneAnswerEach(load);
        }
      }),
    plainKills.timeout,
  );

  it(
    'says 503 while the database is killed, works again by itself, and has lost nothing',
    () =>
      databaseKills.run(async (random) => {
        const embedded = new EmbeddedDatabase(ground.bank.dataDir);
        const { pid } = ground.gateway;
        for (let kill = 0; kill < databaseKills.count; kill++) {
          const load = await ground.load(random);
          await embedded.killUntil(Promise.all([unreadiness(ground), refusal(ground)]));
          await eventually(
            'it is ready again',
            async () => (await ground.nobody.get('/health/ready')).status === 200,
          );
          await load.goesOn(30);
          await load.stop();
          // The load met nothing but answers and clean refusals: the process itself was never away.
          expect([...load.undecided.keys()]).toEqual(['503 application/problem+json']);
          expect(ground.gateway.pid).toBe(pid);
          await ground.expectNothingLost(load);
          await ground.expectOneAnswerEach(load);
        }
      }),
    databaseKills.timeout,
  );

  it('wrote no number of anybody to its log meanwhile', () => {
    expect(ground.bank.output()).not.toMatch(/139\d{8}/);
  });
});

async function stopped(load: CallLoad): Promise<CallLoad> {
  await load.stop();
  return load;
}

/** Until `/health/ready` says that nothing can be decided, as a problem. */
async function unreadiness({ nobody }: Ground): Promise<void> {
  await eventually('it says that it is not ready', async () => {
    const { status, contentType, body } = await nobody.get<Problem>('/health/ready');
    if (status === 200) return false;
    expect([status, contentType.split(';')[0], body.code]).toEqual([
      503,
      'application/problem+json',
      'DECISION_UNAVAILABLE',
    ]);
    expect((await nobody.get('/health/live')).status).toBe(200);
    return true;
  });
}

/** Until a question is answered with "not decided: do not dial". */
async function refusal({ dialer, bank }: Ground): Promise<void> {
  let last = 0;
  await eventually('a question is not decided', async () => {
    const { status, contentType, body } = await dialer.post<Problem>('/v1/calls/authorize', {
      to: freshNumber(),
      campaignId: bank.campaignId,
      callerId: bank.callerId,
      external: { callId: `probe-${process.pid}-${Date.now()}-${last++}` },
    });
    if (status === 200) return false;
    expect([status, contentType.split(';')[0], body.code]).toEqual([
      503,
      'application/problem+json',
      'DECISION_UNAVAILABLE',
    ]);
    return true;
  });
}
