import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import type { GatewayProcess } from '../support/gateway-process';
import type { Decided, Question } from '../support/processes/call-load';
import { eventually } from '../support/proofs/eventually';
import { Proof } from '../support/proofs/proof';
import { RecordAudit } from '../support/proofs/record-audit';
import { consentOf, RemoteBank } from '../support/processes/remote-bank';
import { RowLock } from '../support/proofs/row-lock';

const ACCEPTED = 40;
const ROUND_TRIPS = 5;
const proof = new Proof('SIGTERM under load', { test: 1, soak: 20 });

describe('a gateway that is told to stop while it decides', () => {
  let database: TestDatabase;
  let bank: RemoteBank;
  let gateway: GatewayProcess;
  let asked = 0;
  let answered = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    bank = await RemoteBank.make();
    await bank.open(database);
  }, 120_000);
  afterAll(async () => {
    await bank.close();
    await database.drop();
  });

  const dialer = () => bank.as('dialer', () => gateway);
  const nobody = () => bank.as(undefined, () => gateway);
  const question = (to: string): Question => ({
    to,
    campaignId: bank.campaignId,
    callerId: bank.callerId,
    external: { callId: `stop-${asked++}` },
  });

  const outcomeOf = async (to: string): Promise<string> => {
    const { status, body } = await dialer().post<Decided & { code?: string }>(
      '/v1/calls/authorize',
      question(to),
    );
    if (status === 200) answered += 1;
    return status === 200 ? body.outcome : `${status} ${body.code ?? ''}`;
  };

  async function stopOnce(): Promise<void> {
    gateway = await bank.start(database.url);
    const to = freshNumber();
    await consentOf(
      bank.as('marketing', () => gateway),
      { number: to },
    );
    const [subject] = await queryRows<{ subject_id: string }>(
      database,
      'SELECT subject_id FROM numbers ORDER BY id DESC LIMIT 1',
    );
    const lock = await RowLock.on(database, subject?.subject_id ?? '');
    // The first of them waits for the row; all others wait for it, or for a batch that waits.
    const accepted = Array.from({ length: ACCEPTED }, () => outcomeOf(to));
    await lock.waiting();
    // What was sent before is read before these are answered.
    for (let trip = 0; trip < ROUND_TRIPS; trip++)
      expect((await nobody().get('/health/live')).status).toBe(200);

    const since = performance.now();
    gateway.signal('SIGTERM');
    await eventually(
      'it says that it is stopping',
      async () => (await nobody().get('/health/ready')).status === 503,
    );
    expect(await outcomeOf(to)).toBe('503 DECISION_UNAVAILABLE');
    await lock.release();
    const outcomes = await Promise.all(accepted);
    expect(outcomes.filter((outcome) => outcome === 'allow')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'defer')).toHaveLength(ACCEPTED - 1);
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - since).toBeLessThan(10_000);
  }

  it(
    'answers what it accepted, refuses what is new, and exits 0 within ten seconds',
    () =>
      proof.run(async () => {
        for (let stop = 0; stop < proof.count; stop++) await stopOnce();
        // Nothing was decided that nobody was told of.
        const [row] = await queryRows<{ calls: number }>(
          database,
          'SELECT count(*)::int AS calls FROM calls',
        );
        expect(row?.calls).toBe(answered);
        expect(await RecordAudit.faults(database.superuserUrl, bank.kekFile)).toEqual([]);
      }),
    proof.timeout,
  );
});
