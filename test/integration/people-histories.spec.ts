import fc from 'fast-check';
import { ApprovalsService } from '../../src/services/approvals/approvals.service';
import { ReleaseWish } from '../../src/services/people/wishes/release-wish';
import { startApp, type TestApp } from '../support/app';
import { queryRows } from '../support/database-rows';
import { type Act, histories, NUMBERS, TownModel } from './people-model';
import { contradictions, OFFICER, RealTown } from './people-town';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

async function liveIn(acts: readonly Act[]): Promise<{ town: RealTown; model: TownModel }> {
  const town = new RealTown(app);
  const model = new TownModel();
  for (const act of acts) {
    await town.do(act);
    model.do(act);
  }
  return { town, model };
}

describe('people and numbers in the database', () => {
  it('have on the row that a decision locks what the model says, after any history', async () => {
    await fc.assert(
      fc.asyncProperty(histories(12), async (acts) => {
        const { town, model } = await liveIn(acts);
        for (let number = 0; number < NUMBERS; number++) {
          const row = await town.rowOf(number);
          const expected = model.expected(number);
          const wishes = await Promise.all((row?.facts.wishes ?? []).map((wish) => town.labelOf(wish.id)));
          expect(new Set(wishes)).toEqual(expected.wishes);
          const grants = (row?.facts.grants ?? []).map((grant) => town.labels.get(grant.id));
          expect(new Set(grants)).toEqual(expected.grants);
          const calls = new Set((row?.slots ?? []).map((slot) => Number(slot.callId.slice(5))));
          expect([...expected.calls].filter((call) => !calls.has(call))).toEqual([]);
        }
        expect(await contradictions(app)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 300_000);

  it('are freed of a wish everywhere by its release, after any history', async () => {
    const approvals = app.nest.get(ApprovalsService);
    const releases = app.nest.get(ReleaseWish);
    const other = { ...OFFICER, clientId: '00000000-0000-7000-8000-00000000000b' };
    await fc.assert(
      fc.asyncProperty(histories(10), fc.nat(), async (acts, choice) => {
        const { town } = await liveIn(acts);
        const rows = await Promise.all(Array.from({ length: NUMBERS }, (_, number) => town.rowOf(number)));
        const bound = [...new Set(rows.flatMap((row) => row?.facts.wishes ?? []).map((wish) => wish.id))];
        const id = bound[choice % Math.max(1, bound.length)];
        if (id === undefined) return;
        const words = { reason: 'asked again', evidence: { said: 'yes' } };
        const { approvalId } = await town.database.transaction((tx) => releases.ask(tx, id, words, OFFICER));
        await town.database.transaction((tx) =>
          approvals.decide(tx, approvalId, other, { state: 'approved' }),
        );
        const left = await queryRows(
          app.database,
          `SELECT s.id FROM subjects s, json_array_elements(s.facts->'wishes') w WHERE w->>'id' = $1`,
          [id],
        );
        expect(left).toEqual([]);
        expect(await contradictions(app)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }, 300_000);
});
