import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import type { GatewayProcess } from '../support/gateway-process';
import { recount } from '../support/proofs/history-recount';
import { inLanes } from '../support/proofs/in-lanes';
import { Proof } from '../support/proofs/proof';
import type { Random } from '../support/proofs/random';
import { RecordAudit } from '../support/proofs/record-audit';
import { consentOf, RemoteBank } from '../support/processes/remote-bank';

const LANES = 12;
const ALERT = 'alert';
const proof = new Proof('races of a wish and decisions on two processes', { test: 200, soak: 10_000 });

/**
 * Both a wish and a decision lock the row of the person, read the database's clock, draw their number of the outbox,
 * and hold the lock until they have committed. So of the two, the one with the greater number took the lock after the
 * other's commit; numbers never tie, as readings of a clock do. An allow with a greater number than a wish that binds
 * it is a broken promise; a refusal for the wish with a smaller one would be a wish that bound before it was written.
 */
const ORDER = `
SELECT c.call_id, c.outcome, c.codes, d.seq < w.seq AS "decidedFirst", c.decided_at <= s.recorded_at AS "readFirst",
  s.recorded_at <= c.decided_at AS "readLater"
FROM suppressions s
JOIN calls c USING (subject_id)
JOIN outbox_witness w ON w.event_id = s.event_id
JOIN outbox_witness d ON d.event_id = c.event_id`;

interface Ordered {
  call_id: string;
  outcome: string;
  codes: string[];
  decidedFirst: boolean;
  readFirst: boolean;
  readLater: boolean;
}

interface Decided {
  outcome: string;
  reasons: { code: string }[];
}

interface Race {
  numbers: string[];
  wish: Record<string, unknown>;
  campaignId: string;
}

describe('a wish and decisions that race on two processes', () => {
  let database: TestDatabase;
  let bank: RemoteBank;
  let gateways: [GatewayProcess, GatewayProcess];
  let lastCall = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    bank = await RemoteBank.make();
    await bank.open(database, [{ id: ALERT, purpose: 'fraud_alert' }]);
    gateways = await Promise.all([bank.start(database.url), bank.start(database.url)]);
  }, 120_000);
  afterAll(async () => {
    await bank.close();
    await database.drop();
  });

  const ask = async (process: number, to: string, campaignId: string): Promise<Decided> => {
    const answer = await bank
      .as('dialer', () => gateways[process] ?? gateways[0])
      .post<Decided>('/v1/calls/authorize', {
        to,
        campaignId,
        callerId: bank.callerId,
        external: { callId: `race-${lastCall++}` },
      });
    if (answer.status !== 200) throw new Error(`No decision: ${answer.status} ${answer.text}`);
    return answer.body;
  };

  const wish = async (process: number, body: Record<string, unknown>): Promise<void> => {
    const answer = await bank
      .as('care', () => gateways[process] ?? gateways[0])
      .post('/v1/suppressions', { source: 'customer', reason: 'Said so.', ...body });
    if (answer.status !== 201) throw new Error(`No wish: ${answer.status} ${answer.text}`);
  };

  /** A known number; a person with two numbers, who is named by the wish; a number that nobody has seen before. */
  async function prepare(index: number): Promise<Race> {
    const marketing = bank.as('marketing', () => gateways[index % 2] ?? gateways[0]);
    const number = freshNumber();
    if (index % 4 === 0) {
      const wished = { number, purposes: ['marketing', 'fraud_alert'] };
      return { numbers: [number], wish: wished, campaignId: ALERT };
    }
    if (index % 4 === 1) {
      const customerId = `customer-${index}`;
      const numbers = [number, freshNumber()];
      await bank.as('officer', () => gateways[0]).put(`/v1/people/${customerId}`, { numbers });
      await consentOf(marketing, { customerId });
      return { numbers, wish: { customerId }, campaignId: bank.campaignId };
    }
    await consentOf(marketing, { number });
    return { numbers: [number], wish: { number }, campaignId: bank.campaignId };
  }

  async function race(index: number, random: Random): Promise<void> {
    const { numbers, wish: wished, campaignId } = await prepare(index);
    const runners = [
      () => wish(random.below(2), wished),
      ...[0, 1, 0].map((process) => () => ask(process, random.pick(numbers), campaignId)),
    ];
    await Promise.all(random.shuffled(runners).map((run) => run()));
    // The wish has been acknowledged: no process may be behind it.
    for (const process of [0, 1]) {
      const { outcome, reasons } = await ask(process, random.pick(numbers), campaignId);
      expect([outcome, reasons.map((reason) => reason.code)]).toEqual([
        'deny',
        expect.arrayContaining(['SUPPRESSED']),
      ]);
    }
  }

  it(
    'never end with an allow whose lock was taken after the wish had committed',
    () =>
      proof.run(async (random) => {
        await inLanes(proof.count, LANES, (index) => race(index, random));
        const rows = await queryRows<Ordered>(database, ORDER);
        expect(rows).toHaveLength(proof.count * 5);
        const wrong = rows.filter(
          ({ outcome, codes, decidedFirst }) =>
            decidedFirst === codes.includes('SUPPRESSED') || (outcome === 'allow' && !decidedFirst),
        );
        expect(wrong).toEqual([]);
        // The clock was read under the same lock: it agrees wherever it can tell the two apart.
        expect(rows.filter((row) => !(row.decidedFirst ? row.readFirst : row.readLater))).toEqual([]);
        // Both ways of ending must have been met, or nothing raced.
        const allowed = rows.filter((row) => row.outcome === 'allow').length;
        expect([allowed > 0, allowed < proof.count]).toEqual([true, true]);
      }),
    proof.timeout,
  );

  it('leaves a whole record, and nobody was allowed twice', async () => {
    expect((await recount(database.superuserUrl)).faults).toEqual([]);
    expect(await RecordAudit.faults(database.superuserUrl, bank.kekFile)).toEqual([]);
  }, 600_000);
});
