import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app';
import { type Answered, type Bank, codesOf, consent, freshNumber, openBank, question } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { Proof } from '../support/proofs/proof';
import { sms, SMS_ENV, type Sms, SmsProvider } from '../support/sms-provider';

const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
const MINUTE = 60_000;
const at = (ms: number): string => new Date(NOW + ms).toISOString();

let database: TestDatabase;
let first: TestApp;
let second: TestApp;
let bank: Bank;
let providers: SmsProvider[];
const providerAt = (index: number): SmsProvider => {
  const provider = providers[index % 2];
  if (provider === undefined) throw new Error('There are two gateways.');
  return provider;
};
beforeAll(async () => {
  database = await createTestDatabase();
  first = await startApp({ database, now: MORNING, env: SMS_ENV });
  second = await startApp({ database, dataDir: first.dataDir, now: MORNING, env: SMS_ENV });
  bank = await openBank(first);
  providers = [first, second].map((app) => SmsProvider.of(app));
});
afterAll(async () => {
  await second.close();
  await first.close();
  await database.drop();
});

/** A word and the minute of its receipt. */
interface Word {
  kind: 'STOP' | 'START';
  minute: number;
}
/** The minute at which the person gave consent anew. */
const CONSENT = 5;

/** What RULINGS 19 says of words, whatever their order: the last one counts, of two at once the STOP. */
function model(words: readonly Word[]): { suppressed: boolean; consents: boolean } {
  const last = Math.max(...words.map(({ minute }) => minute));
  const lastStop = Math.max(...words.filter(({ kind }) => kind === 'STOP').map(({ minute }) => minute));
  return {
    suppressed: words.some(({ kind, minute }) => kind === 'STOP' && minute === last),
    consents: lastStop < CONSENT,
  };
}

const received = (minute: number): string => at((minute - 60) * MINUTE);

async function person(): Promise<string> {
  const number = freshNumber();
  await consent(bank, { number }, { grantedAt: received(CONSENT) });
  return number;
}

async function state(number: string): Promise<string[]> {
  const { external: _, ...preview } = question(bank, number);
  return codesOf(await expectStatus<Answered>(200, bank.dialer.post('/v1/calls/preview', preview)));
}

async function check(number: string, words: readonly Word[]): Promise<void> {
  const codes = await state(number);
  const { suppressed, consents } = model(words);
  expect({ words, suppressed: codes.includes('SUPPRESSED') }).toEqual({ words, suppressed });
  if (!suppressed) {
    expect({ words, withdrawn: codes.includes('CONSENT_WITHDRAWN') }).toEqual({
      words,
      withdrawn: !consents,
    });
  }
}

const messageOf = (number: string, { kind, minute }: Word): Sms => sms(number, kind, received(minute));

const arbitraryWords = fc.array(
  fc.record({
    kind: fc.constantFrom('STOP' as const, 'START' as const),
    minute: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 7 },
);

describe('words of one person that arrive in any order', () => {
  const proof = new Proof('SMS words in any order, doubled, on two gateways', { test: 40, soak: 2_000 });

  it(
    'end in the state of the one received last',
    () =>
      proof.run(async () => {
        await fc.assert(
          fc.asyncProperty(
            arbitraryWords,
            fc.infiniteStream(fc.nat()),
            fc.boolean(),
            async (words, chance, atOnce) => {
              const number = await person();
              const pick = (end: number): number => (chance.next().value ?? 0) % end;
              const messages = words.map((word) => messageOf(number, word));
              const deliveries = [...messages, ...messages.filter(() => pick(2) === 0)]
                .map((message) => ({ message, rank: pick(1_000) }))
                .sort((a, b) => a.rank - b.rank);
              const deliver = ({ message }: { message: Sms }) => providerAt(pick(2)).push(message);
              if (atOnce) await Promise.all(deliveries.map(deliver));
              else for (const delivery of deliveries) await deliver(delivery);
              await check(number, words);
            },
          ),
          { numRuns: proof.count, seed: proof.seed },
        );
      }),
    proof.timeout,
  );

  const four: Word[] = [
    { kind: 'STOP', minute: 1 },
    { kind: 'START', minute: 2 },
    { kind: 'STOP', minute: 3 },
    { kind: 'START', minute: 3 },
  ];
  it.each(permutations([0, 1, 2, 3]).map((order) => [order.join(' ')]))(
    'a STOP and a START at one instant stop, in the order %s',
    async (order) => {
      const number = await person();
      const messages = four.map((word) => messageOf(number, word));
      for (const index of order.split(' ').map(Number)) {
        const message = messages[index];
        if (message !== undefined) await providerAt(index).push(message);
      }
      expect(await state(number)).toContain('SUPPRESSED');
    },
  );

  it('the same message a hundred times around a START is one wish, and comes to what was received last', async () => {
    for (const [stopAt, startAt] of [
      [1, 2],
      [2, 1],
      [2, 2],
    ] as const) {
      const number = await person();
      const stop = messageOf(number, { kind: 'STOP', minute: stopAt });
      const start = messageOf(number, { kind: 'START', minute: startAt });
      const deliveries = [...Array.from({ length: 100 }, () => stop), start, start, start];
      deliveries.sort(() => Math.random() - 0.5);
      const answers = await Promise.all(deliveries.map((message, index) => providerAt(index).push(message)));
      expect(answers.filter((answer) => answer.action === 'opted_out').length % 100).toBe(0);
      await check(number, [
        { kind: 'STOP', minute: stopAt },
        { kind: 'START', minute: startAt },
      ]);
      const [row] = await queryRows<{ wishes: string }>(
        database,
        `SELECT count(*) AS wishes FROM suppressions s
         JOIN suppression_words w ON w.suppression_id = s.id
         WHERE s.subject_id = (SELECT subject_id FROM numbers ORDER BY id DESC LIMIT 1)`,
      );
      expect(row?.wishes).toBe('1');
    }
  });

  it('count for a person, from whichever of the person’s numbers they come', async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-two', { numbers: [one, two] }));
    await providerAt(0).push(sms(one, 'START', received(5)));
    await providerAt(1).push(sms(two, 'STOP', received(4)));
    for (const number of [one, two]) expect(await state(number)).not.toContain('SUPPRESSED');
    await providerAt(1).push(sms(two, 'STOP', received(6)));
    for (const number of [one, two]) expect(await state(number)).toContain('SUPPRESSED');
  });

  it('count for who they became: of a number that a customer claims later', async () => {
    const number = freshNumber();
    await providerAt(0).push(sms(number, 'START', received(5)));
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-later', { numbers: [number] }));
    await providerAt(0).push(sms(number, 'STOP', received(4)));
    expect(await state(number)).not.toContain('SUPPRESSED');
    await providerAt(0).push(sms(number, 'STOP', received(6)));
    expect(await state(number)).toContain('SUPPRESSED');
    await providerAt(0).push(sms(number, 'START', received(7)));
    expect(await state(number)).not.toContain('SUPPRESSED');
  });

  it('of one member of a family lift nothing that another said', async () => {
    const [shared, own] = [freshNumber(), freshNumber()];
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-mother', { numbers: [shared, own] }));
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-father', { numbers: [shared] }));
    await providerAt(0).push(sms(shared, 'STOP', received(1)));
    await providerAt(0).push(sms(own, 'START', received(2)));
    expect(await state(own)).toContain('SUPPRESSED');
    expect(await state(shared)).toContain('SUPPRESSED');
    await providerAt(0).push(sms(shared, 'START', received(3)));
    expect(await state(shared)).not.toContain('SUPPRESSED');
    expect(await state(own)).not.toContain('SUPPRESSED');
  });
});

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
