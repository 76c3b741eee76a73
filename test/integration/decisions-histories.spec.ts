import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app';
import { type Bank, consent, freshNumber, openBank } from '../support/bank';
import { HISTORY_COMMANDS, type History, lookAtAll, START } from '../support/proofs/call-commands';
import { CallModel } from '../support/proofs/call-model';
import { Proof } from '../support/proofs/proof';

const LONGEST = 25;
/** From this count on a run must have met even what is rare. */
const MANY = 1_000;

const proof = new Proof('random histories of one person against a model', { test: 200, soak: 10_000 });

describe('any history of a person’s calls', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: new Date(START).toISOString() });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  it(
    'is never over a cap, and never full beyond what was reported or presumed',
    () =>
      proof.run(async () => {
        const met = new Map<string, number>();
        const begin = async () => {
          app.clock.set(START);
          const to = freshNumber();
          await consent(bank, { number: to });
          const real: History = { bank, to, met, asked: new Map(), told: [] };
          return { model: new CallModel(), real };
        };
        const histories = fc.commands(HISTORY_COMMANDS, { maxCommands: LONGEST, size: 'max' });
        const property = fc.asyncProperty(histories, async (commands) => {
          let last: Awaited<ReturnType<typeof begin>> | undefined;
          await fc.asyncModelRun(async () => (last = await begin()), commands);
          if (last !== undefined) await lookAtAll(last.model, last.real);
        });
        await fc.assert(property, { numRuns: proof.count, seed: proof.seed });
        // A run that never met one of these would prove nothing of it.
        const needed = proof.count < MANY ? MUST_BE_MET : [...MUST_BE_MET, ...RARE];
        for (const what of needed) expect([what, met.get(what) ?? 0]).not.toEqual([what, 0]);
      }),
    proof.timeout,
  );
});

const MUST_BE_MET = [
  'allow',
  'defer CALL_IN_PROGRESS',
  'defer FREQUENCY_CAP',
  'defer OUTSIDE_HOURS',
  'full: 3 attempts in 1 d',
  'full: 10 attempts in 30 d',
  'full: 1 answered in 1 d',
  'flag CONTRADICTION',
  'flag UNAUTHORIZED_CALL',
  'redeem redeemed',
  'redeem used',
  'report refused',
  'report again',
  'retry answered',
  'retry ended',
];
const RARE = ['redeem late', 'redeem void', 'flag FOREIGN_CLIENT', 'flag LATE_NOT_PLACED'];
