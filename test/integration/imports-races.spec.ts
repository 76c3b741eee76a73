import type { E164 } from '../../src/domain/phone/e164';
import { Database, type Tx } from '../../src/platform/database/database';
import {
  type ConsentRow,
  ConsentRowsPort,
  PeopleRowsPort,
  type PersonRow,
} from '../../src/services/people/bulk/rows.port';
import { SubjectsPort, WishesPort } from '../../src/services/people/subjects.port';
import { startApp, type TestApp } from '../support/app';
import { freshNumber } from '../support/bank';
import { Random } from '../support/proofs/random';
import { contradictions, OFFICER } from './people-town';

const SAID_AT = '2026-03-01T10:00:00+08:00';

describe('sets of rows while others write about the same people', () => {
  let app: TestApp;
  let database: Database;
  let people: PeopleRowsPort;
  let consents: ConsentRowsPort;
  let last = 0;
  beforeAll(async () => {
    app = await startApp();
    database = app.nest.get(Database);
    people = app.nest.get(PeopleRowsPort);
    consents = app.nest.get(ConsentRowsPort);
  });
  afterAll(() => app.close());

  const customer = (): string => `R-${last++}`;
  const fresh = (): E164 => freshNumber() as E164;
  const person = (customerId: string, ...numbers: E164[]): PersonRow => ({ customerId, numbers, known: {} });
  const consent = (target: ConsentRow['target']): ConsentRow => ({
    target,
    body: {
      ...target,
      purposes: ['marketing'],
      channels: ['voice_ai'],
      scope: { kind: 'group' },
      attributes: { express: true },
      grantedAt: SAID_AT,
      evidence: { textVersion: '1', textSha256: 'c'.repeat(64), source: 'app' },
    },
    reference: '',
  });

  /** Does `work` while another transaction has made a number known and not yet committed, and waits for it. */
  async function whileAdmitted<T>(number: E164, work: (tx: Tx) => Promise<T>): Promise<T> {
    let commit = (): void => undefined;
    const committing = new Promise<void>((resolve) => (commit = resolve));
    let ready = (): void => undefined;
    const admitted = new Promise<void>((resolve) => (ready = resolve));
    const other = database.transaction(async (tx) => {
      await app.nest.get(SubjectsPort).admitNumbers(tx, [number]);
      ready();
      await committing;
    });
    await admitted;
    const working = database.transaction(async (tx) => {
      const [pid] = await tx.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
      void waiting(pid?.pid ?? 0).then(commit, commit);
      return work(tx);
    });
    // Whoever does not wait has gone by what cannot be seen yet, and the test must come to an end.
    working.then(commit, commit);
    const [result] = await Promise.all([working, other]);
    return result;
  }

  async function waiting(pid: number): Promise<void> {
    for (;;) {
      const rows = await database.query('SELECT 1 FROM pg_locks WHERE pid = $1 AND NOT granted', [pid]);
      if (rows.length > 0) return;
    }
  }

  it('leaves the customer whose number somebody else was faster with to the single way, and stores the others', async () => {
    const taken = fresh();
    const rows = [person(customer(), taken), person(customer(), fresh()), person(customer())];
    const written = await whileAdmitted(taken, (tx) => people.putNew(tx, rows, OFFICER));
    expect(written).toEqual([false, true, true]);
    for (const row of rows) await database.transaction((tx) => people.put(tx, row, OFFICER));
    expect(await database.transaction((tx) => people.unchanged(tx, rows))).toEqual([true, true, true]);
    expect(await contradictions(app)).toEqual([]);
  });

  it('leaves the consent of a number that somebody else was faster with, and stores the others', async () => {
    const taken = fresh();
    const rows = [consent({ number: taken }), consent({ customerId: customer() })];
    const outcomes = await whileAdmitted(taken, (tx) => consents.grantNew(tx, rows, OFFICER));
    expect(outcomes).toEqual([undefined, { id: expect.any(String) as string }]);
    const known = await database.transaction((tx) => consents.grantKnown(tx, rows.slice(0, 1), OFFICER));
    expect(known).toEqual([{ id: expect.any(String) as string }]);
    const [grants] = await database.query<{ n: number }>(
      `SELECT json_array_length(s.facts->'grants') AS n FROM numbers n JOIN subjects s ON s.id = n.subject_id
       ORDER BY n.id DESC LIMIT 1`,
    );
    expect(grants?.n).toBe(1);
  });

  it('lets nobody wait for each other for ever, and contradicts nothing', async () => {
    const random = new Random(7);
    const customers = Array.from({ length: 12 }, customer);
    const numbers = Array.from({ length: 14 }, fresh);
    const shuffled = <T>(items: readonly T[]): T[] => random.shuffled(items);
    const own = new Map(customers.map((id, index) => [id, numbers[index] ?? fresh()]));
    const asRow = (id: string): PersonRow => ({
      ...person(id, own.get(id) ?? fresh()),
      known: { ageBand: random.below(2) === 0 ? '18_64' : '65plus' },
    });
    const works: (() => Promise<unknown>)[] = [
      () => database.transaction((tx) => people.putNew(tx, shuffled(customers).map(asRow), OFFICER)),
      () => database.transaction((tx) => people.putKnown(tx, shuffled(customers).map(asRow), OFFICER)),
      () => {
        const rows = shuffled(customers).map((customerId) => consent({ customerId }));
        return database.transaction((tx) => consents.grantKnown(tx, rows, OFFICER));
      },
      () => {
        const rows = shuffled(numbers).map((number) => consent({ number }));
        return database.transaction((tx) => consents.grantNew(tx, rows, OFFICER));
      },
      // Somebody takes the number of another, or gives it back.
      () => {
        const id = random.pick(customers);
        const row = person(
          id,
          random.pick(numbers),
          ...(random.below(2) === 0 ? [random.pick(numbers)] : []),
        );
        const unlike = { ...row, numbers: [...new Set(row.numbers)] };
        return database.transaction((tx) => people.put(tx, unlike, OFFICER));
      },
      () => {
        const said = { source: 'customer' as const, reason: 'said so', actor: OFFICER };
        const target = { number: random.pick(numbers) };
        return database.transaction((tx) => app.nest.get(WishesPort).recordWish(tx, { target, ...said }));
      },
    ];
    const lanes = Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 25; round++) await random.pick(works)();
    });
    await Promise.all(lanes);
    expect(await contradictions(app)).toEqual([]);
  }, 60_000);
});
