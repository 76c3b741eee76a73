import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import type { GatewayProcess } from '../support/gateway-process';
import { CallLoad } from '../support/processes/call-load';
import { eventually } from '../support/proofs/eventually';
import { recount } from '../support/proofs/history-recount';
import { inLanes } from '../support/proofs/in-lanes';
import { Proof } from '../support/proofs/proof';
import { RecordAudit } from '../support/proofs/record-audit';
import { consentOf, RemoteBank } from '../support/processes/remote-bank';

const PEOPLE = 2_000;
const WISHES_EVERY = 500;
const proof = new Proof('decisions of a long load on two processes, counted again', {
  test: 2_000,
  soak: 100_000,
});

describe('a load that goes on', () => {
  let database: TestDatabase;
  let bank: RemoteBank;
  let gateways: [GatewayProcess, GatewayProcess];
  const loads: CallLoad[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    bank = await RemoteBank.make();
    await bank.open(database);
    gateways = await Promise.all([bank.start(database.url), bank.start(database.url)]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(loads.map((load) => load.stop()));
    await bank.close();
    await database.drop();
  });

  it(
    'leaves a whole record in which every decision agrees with what was known when it was made',
    () =>
      proof.run(async (random) => {
        const numbers = Array.from({ length: PEOPLE }, freshNumber);
        const marketing = bank.as('marketing', () => gateways[0]);
        await inLanes(PEOPLE, 16, (index) => consentOf(marketing, { number: numbers[index] ?? '' }));
        for (const [index, gateway] of gateways.entries()) {
          const dialer = bank.as('dialer', () => gateway);
          const load = new CallLoad(dialer, numbers, bank, random, `big-${index}`);
          loads.push(load);
          load.start();
        }
        const answered = (): number => loads.reduce((sum, load) => sum + load.acknowledged.length, 0);
        const care = bank.as('care', () => gateways[1]);
        while (answered() < proof.count) {
          const goal = answered() + WISHES_EVERY;
          await eventually('more answers', () => Promise.resolve(answered() >= goal), 120_000);
          const wish = { number: random.pick(numbers), source: 'customer', reason: 'Said so.' };
          expect((await care.post('/v1/suppressions', wish)).status).toBe(201);
        }
        await Promise.all(loads.map((load) => load.stop()));
        expect(loads.flatMap((load) => [...load.undecided])).toEqual([]);

        const { decisions, faults } = await recount(database.superuserUrl);
        expect(faults).toEqual([]);
        expect(decisions).toBe(answered());
        expect(await RecordAudit.faults(database.superuserUrl, bank.kekFile)).toEqual([]);
        await eventually('the outbox is empty', async () => {
          const [row] = await queryRows<{ left: number }>(
            database,
            'SELECT count(*)::int AS left FROM outbox',
          );
          return row?.left === 0;
        });
      }),
    proof.timeout,
  );
});
