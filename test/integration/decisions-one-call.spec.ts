import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Answered, codesOf, consent, freshNumber, question } from '../support/bank';
import { expectStatus } from '../support/http';
import { recount } from '../support/proofs/history-recount';
import { Proof } from '../support/proofs/proof';
import { startTwoApps, type TwoApps } from '../support/proofs/two-apps';

/** A Wednesday, ten in the morning in Shanghai. The clocks stand still, so that no authorization ends meanwhile. */
const TEN = '2026-07-01T10:00:00+08:00';
const AT_ONCE = 200;
const TURNS = 30;

const CASES = [
  { instances: 1, numbers: 1 },
  { instances: 1, numbers: 3 },
  { instances: 2, numbers: 1 },
  { instances: 2, numbers: 3 },
].map((each) => ({
  ...each,
  proof: new Proof(`${AT_ONCE} questions at once: ${each.numbers} number(s), ${each.instances} instance(s)`, {
    test: 2,
    soak: 100,
  }),
}));

describe('many questions at once for one person', () => {
  let apps: TwoApps;
  beforeAll(async () => {
    apps = await startTwoApps(TEN);
  });
  afterAll(() => apps.close());

  /** A person with these numbers and a consent. */
  async function person(numbers: readonly string[]): Promise<void> {
    const customerId = `customer-${numbers[0] ?? ''}`;
    await expectStatus(
      201,
      apps.bank.cast.officer.put(`/v1/people/${customerId.replace('+', '')}`, { numbers }),
    );
    await consent(apps.bank, { customerId: customerId.replace('+', '') });
  }

  it.each(CASES)(
    '$numbers number(s), $instances instance(s): one allow, and for all others a call in progress',
    ({ instances, numbers, proof }) =>
      proof.run(async (random) => {
        const askers = [apps.bank.dialer, apps.atSecond(apps.bank.dialer)].slice(0, instances);
        for (let round = 0; round < proof.count; round++) {
          const own = Array.from({ length: numbers }, freshNumber);
          await person(own);
          const answers = await Promise.all(
            Array.from({ length: AT_ONCE }, async () => {
              const asker = random.pick(askers);
              const body = question(apps.bank, random.pick(own));
              // Within one turn they would all be one batch.
              for (let turn = random.below(TURNS); turn > 0; turn--) await nextTurn();
              return expectStatus<Answered>(200, asker.post('/v1/calls/authorize', body));
            }),
          );
          const refused = answers.filter((answer) => answer.outcome !== 'allow');
          expect(refused).toHaveLength(AT_ONCE - 1);
          expect(new Set(refused.map((answer) => `${answer.outcome} ${codesOf(answer).join()}`))).toEqual(
            new Set(['defer CALL_IN_PROGRESS']),
          );
        }
      }),
    CASES[0]?.proof.timeout,
  );

  it('leaves a whole record of every answer, and nothing else', async () => {
    const asked = AT_ONCE * CASES.reduce((sum, { proof }) => sum + proof.count, 0);
    const rounds = asked / AT_ONCE;
    expect(await recount(apps.database.superuserUrl)).toEqual({
      decisions: asked,
      allowed: rounds,
      faults: [],
    });
    expect(await apps.faults()).toEqual([]);
  });
});
