import fc from 'fast-check';
import type { Actor } from '../../src/contracts/actor';
import { Database, type Tx } from '../../src/platform/database/database';
import { ImportLedger } from '../../src/services/imports/import-ledger';
import { type Chunk, type ImportKind, type ReadRow, specOf } from '../../src/services/imports/import';
import { ImportsRepository } from '../../src/services/imports/imports.repository';
import { ConsentsImport } from '../../src/services/imports/kinds/consents-import';
import { PeopleImport } from '../../src/services/imports/kinds/people-import';
import { faultOf, readChunks } from '../../src/services/imports/read-chunks';
import { readRows } from '../../src/services/imports/reading/read-rows';
import { type Job, type JobCounts, type JobError, type JobRun, NO_COUNTS } from '../../src/services/jobs/job';
import {
  type ConsentRow,
  ConsentRowsPort,
  PeopleRowsPort,
  type PersonRow,
} from '../../src/services/people/bulk/rows.port';
import { WithdrawConsent } from '../../src/services/people/consents/withdraw-consent';
import { SubjectsPort, WishesPort } from '../../src/services/people/subjects.port';
import { startApp, type TestApp } from '../support/app';
import { openBank } from '../support/bank';
import { ImportsTown } from './imports-town';
import { contradictions, OFFICER } from './people-town';

const NOW = '2026-11-23T02:00:00Z';
const DAY = 86_400_000;
const SIZES = { customers: 6, numbers: 7 };
const LISTER: Actor = { ...OFFICER, clientId: '00000000-0000-7000-8000-00000000000c' };

interface PersonLine {
  customer: number;
  /** As the list before had it, whatever stands in `numbers`. */
  keepsNumbers: boolean;
  numbers: number[];
  ageBand: string;
  timeZone: string;
  subdivision: string;
}

interface ConsentLine {
  of: { number: number } | { customer: number };
  purposes: string;
  scope: string;
  channels: string;
  attributes: string;
  grantedAt: string;
  expiresAt: string;
  reference: string;
}

type Load = { kind: 'people'; lines: PersonLine[] } | { kind: 'consents'; lines: ConsentLine[] };
interface Before {
  act: 'wish' | 'wrong number' | 'withdrawal' | 'call';
  number: number;
  /** How long ago the call was decided. */
  at: number;
}
type Story = { before: Before[]; load: Load }[];

const number = fc.nat({ max: SIZES.numbers - 1 });
const customer = fc.nat({ max: SIZES.customers - 1 });
const when = (days: number): string => new Date(Date.parse(NOW) + days * DAY).toISOString();

const personLine: fc.Arbitrary<PersonLine> = fc.record({
  customer,
  keepsNumbers: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  // The last is nobody's number.
  numbers: fc.uniqueArray(fc.nat({ max: SIZES.numbers }), { maxLength: 2 }),
  ageBand: fc.constantFrom('', '', '18_64', '65plus', 'old'),
  timeZone: fc.constantFrom('', '', 'Asia/Shanghai', 'Mars/Olympus'),
  subdivision: fc.constantFrom('', 'CN-NX'),
});

const consentLine: fc.Arbitrary<ConsentLine> = fc.record({
  of: fc.oneof(fc.record({ number: fc.nat({ max: SIZES.numbers }) }), fc.record({ customer })),
  purposes: fc.constantFrom('marketing', 'marketing;share_to_third_party', 'nonsense'),
  scope: fc.constantFrom('entity', 'group'),
  channels: fc.constantFrom('voice_ai', 'voice_ai;sms'),
  attributes: fc.constantFrom('express', 'express;written'),
  grantedAt: fc.constantFrom(when(0), when(-3), when(-300), when(2)),
  expiresAt: fc.constantFrom('', '', when(400), when(-400)),
  reference: fc.constantFrom('', '1'),
});

const before: fc.Arbitrary<Before> = fc.record({
  act: fc.constantFrom('wish', 'wrong number', 'withdrawal', 'call'),
  number,
  at: fc.nat({ max: 1_000 }),
});

const load: fc.Arbitrary<Load> = fc.oneof(
  fc.record({
    kind: fc.constant('people' as const),
    lines: fc.array(personLine, { minLength: 1, maxLength: 7 }),
  }),
  fc.record({
    kind: fc.constant('consents' as const),
    lines: fc.array(consentLine, { minLength: 1, maxLength: 9 }),
  }),
);

/** First some people come to be, some of them with a number of others; some of the loads come a second time, as they are. */
const story: fc.Arbitrary<Story> = fc
  .tuple(
    fc.uniqueArray(personLine, { maxLength: SIZES.customers, selector: (line) => line.customer }),
    fc.array(fc.record({ before: fc.array(before, { maxLength: 2 }), load, again: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([first, more]) => {
    const loads = more.flatMap(({ again, ...step }) => (again ? [step, { ...step, before: [] }] : [step]));
    return kept([{ before: [], load: { kind: 'people', lines: first } }, ...loads]);
  });

/** Customers who keep their numbers are listed with those that they had in the last list. */
function kept(steps: Story): Story {
  const had = new Map<number, number[]>();
  return steps.map(({ before: acts, load: { kind, lines } }) => {
    if (kind === 'consents') return { before: acts, load: { kind, lines } };
    const listed = lines.map((line) => {
      const numbers = (line.keepsNumbers ? had.get(line.customer) : undefined) ?? line.numbers;
      if (!numbers.includes(SIZES.numbers)) had.set(line.customer, numbers);
      return { ...line, numbers };
    });
    return { before: acts, load: { kind, lines: listed } };
  });
}

/** What a load says became of its rows. */
interface Outcome {
  counts: JobCounts;
  errors: [number, string, string][];
}

type AnyRow = PersonRow | ConsentRow;

describe('lists stored in sets', () => {
  let app: TestApp;
  let database: Database;
  beforeAll(async () => {
    app = await startApp({ now: NOW });
    await openBank(app);
    database = app.nest.get(Database);
  });
  afterAll(() => app.close());

  const jobOf = (town: ImportsTown, kind: Load['kind']): Job => ({
    id: `00000000-0000-7000-8000-${String(town.name).padStart(12, '0')}`,
    kind: `${kind}.import`,
    lane: 'test',
    state: 'running',
    actor: LISTER,
    createdAt: Date.parse(NOW),
    spec: { subject: kind, source: `town ${town.name}`, format: 'csv', charset: 'UTF-8', mode: 'delta' },
    progress: 0,
    counts: NO_COUNTS,
    errors: [],
  });

  async function chunksOf<T>(kind: ImportKind<T>, job: Job, text: string, size: number): Promise<Chunk<T>[]> {
    const bytes = (async function* () {
      yield await Promise.resolve(Buffer.from(text, 'utf8'));
    })();
    const portions = readRows(bytes, { format: 'csv', charset: 'UTF-8' }, kind.columns);
    const chunks: Chunk<T>[] = [];
    for await (const chunk of readChunks(portions, kind.reader(job), { line: 0, size })) chunks.push(chunk);
    return chunks;
  }

  const outcome = (counts: JobCounts, errors: readonly JobError[]): Outcome => ({
    counts,
    errors: errors.map(({ line, code, detail }): Outcome['errors'][number] => [line, code, detail]).sort(),
  });

  /** As a job does it, without the job. */
  async function inSets<T>(kind: ImportKind<T>, job: Job, text: string, size: number): Promise<Outcome> {
    let { counts, errors } = job as { counts: JobCounts; errors: readonly JobError[] };
    const run: JobRun = {
      job,
      stopping: false,
      step: async (work) => {
        const update = await database.transaction(work);
        counts = update.counts ?? counts;
        errors = update.errors ?? errors;
      },
    };
    const ledger = new ImportLedger(job, { phase: 'store', line: 0, done: [], total: 1 });
    for (const chunk of await chunksOf(kind, job, text, size)) await kind.store(run, chunk, ledger);
    return outcome(counts, errors);
  }

  /** Each row as if it had been sent alone, in the order of the file. */
  async function oneByOne<T extends AnyRow>(kind: ImportKind<T>, job: Job, text: string): Promise<Outcome> {
    const counts = { ...NO_COUNTS };
    const errors: JobError[] = [];
    const tried = new Set<string>();
    for (const chunk of await chunksOf(kind, job, text, 1_000)) {
      counts.read += chunk.read;
      errors.push(...chunk.faults);
      for (const row of chunk.rows) {
        const [held] = await database.transaction((tx) => kind.known(tx, specOf(job).source, [row]));
        const key = row.fingerprint.toString('hex');
        // A consent that was refused is not asked for again by the next row that says the same.
        const isRepeated = job.kind === 'consents.import' && tried.has(key);
        tried.add(key);
        if (held === true || isRepeated) counts.duplicate += 1;
        else {
          try {
            await database.transaction((tx) => writeOne(tx, job, row));
            counts.accepted += 1;
          } catch (error) {
            errors.push({ line: row.line, ...faultOf(error) });
          }
        }
      }
    }
    return outcome({ ...counts, rejected: errors.length }, errors);
  }

  async function writeOne(tx: Tx, job: Job, row: ReadRow<AnyRow>): Promise<void> {
    const { item, fingerprint } = row;
    if ('customerId' in item) return app.nest.get(PeopleRowsPort).put(tx, item, job.actor);
    const wordId = await app.nest.get(ConsentRowsPort).grant(tx, item, job.actor);
    const of = { subject: 'consents' as const, source: specOf(job).source, jobId: job.id };
    const shown = Buffer.alloc(1);
    await app.nest.get(ImportsRepository).addMembers(tx, of, [{ fingerprint, wordId, shown }]);
  }

  async function happens(town: ImportsTown, step: Before): Promise<void> {
    const target = { number: town.number(step.number) };
    const said = { target, reason: 'said so', actor: OFFICER };
    await database.transaction(async (tx) => {
      if (step.act === 'wish') await app.nest.get(WishesPort).recordWish(tx, { ...said, source: 'customer' });
      else if (step.act === 'wrong number') {
        await app.nest.get(WishesPort).recordWish(tx, { ...said, source: 'wrong_person' });
      } else if (step.act === 'withdrawal') {
        await app.nest.get(WithdrawConsent).withdraw(tx, { target, kind: 'withdrawn', actor: OFFICER });
      } else await call(tx, town, step);
    });
  }

  /** A token that can be redeemed when the list comes. */
  async function call(tx: Tx, town: ImportsTown, step: { number: number; at: number }): Promise<void> {
    const subjects = app.nest.get(SubjectsPort);
    const { own } = await subjects.lockReach(tx, { number: town.number(step.number) });
    const decidedAt = Date.parse(NOW) - step.at;
    const times = { decidedAt, expiresAt: decidedAt + 30_000 };
    const slot = { callId: `call-${step.number}-${step.at}`, campaignId: 'spring-card', ...times };
    if (own.slots.some(({ callId }) => callId === slot.callId)) return;
    await subjects.saveSlots(tx, own.id, [...own.slots, { ...slot, purpose: 'marketing' }]);
  }

  const rowOf = (cells: readonly string[]): string => cells.map((cell) => `${cell}\n`).join('');
  /** Behind the numbers of the town is one that cannot be anybody's. */
  const spelled = (town: ImportsTown, index: number): string =>
    index === SIZES.numbers ? '12' : town.number(index);

  function fileOf(town: ImportsTown, { kind, lines }: Load): string {
    if (kind === 'people') {
      return `customerId,numbers,ageBand,timeZone,subdivision\n${rowOf(
        lines.map(({ customer: who, numbers, ...known }) =>
          [
            town.customer(who),
            numbers.map((index) => spelled(town, index)).join(';'),
            known.ageBand,
            known.timeZone,
            known.subdivision,
          ].join(','),
        ),
      )}`;
    }
    const head = 'number,customerId,purposes,scope,scopeId,channels,attributes,grantedAt,expiresAt,reference';
    return `${head},textVersion,textSha256,source\n${rowOf(
      lines.map(({ of, ...line }) =>
        [
          'number' in of ? `${spelled(town, of.number)},` : `,${town.customer(of.customer)}`,
          line.purposes,
          line.scope,
          line.scope === 'entity' ? 'bank' : '',
          line.channels,
          line.attributes,
          line.grantedAt,
          line.expiresAt,
          line.reference,
          `terms-3,${'a'.repeat(64)},app`,
        ].join(','),
      ),
    )}`;
  }

  const kindOf = ({ kind }: Load): ImportKind<PersonRow> | ImportKind<ConsentRow> =>
    kind === 'people' ? app.nest.get(PeopleImport) : app.nest.get(ConsentsImport);

  /** How often each way of writing was gone, so that a run that compares nothing cannot pass. */
  const ways = { putNew: 0, putKnown: 0, grantNew: 0, grantKnown: 0 };

  function watch(): () => void {
    const people = app.nest.get(PeopleRowsPort);
    const consents = app.nest.get(ConsentRowsPort);
    const counted = <T>(way: keyof typeof ways, outcomes: T[], isWritten: (outcome: T) => boolean): T[] => {
      ways[way] += outcomes.filter(isWritten).length;
      return outcomes;
    };
    const spies = [
      ...(['putNew', 'putKnown'] as const).map((way) => {
        const real = people[way].bind(people);
        return jest
          .spyOn(people, way)
          .mockImplementation(async (tx, rows, actor) => counted(way, await real(tx, rows, actor), Boolean));
      }),
      ...(['grantNew', 'grantKnown'] as const).map((way) => {
        const real = consents[way].bind(consents);
        return jest
          .spyOn(consents, way)
          .mockImplementation(async (tx, rows, actor) =>
            counted(way, await real(tx, rows, actor), (one) => one !== undefined && 'id' in one),
          );
      }),
    ];
    return () => spies.forEach((spy) => spy.mockRestore());
  }

  it('leave behind what each row alone would have left, whatever was there and whatever the list', async () => {
    const unwatch = watch();
    try {
      await fc.assert(
        fc.asyncProperty(story, fc.constantFrom(3, 500), async (steps, size) => {
          const [sets, single] = [new ImportsTown(app, SIZES), new ImportsTown(app, SIZES)];
          for (const step of steps) {
            for (const act of step.before) for (const town of [sets, single]) await happens(town, act);
            const kind = kindOf(step.load) as ImportKind<AnyRow>;
            const stored = await inSets(
              kind,
              jobOf(sets, step.load.kind),
              fileOf(sets, step.load),
              step.load.kind === 'people' ? size : 500,
            );
            const said = await oneByOne(kind, jobOf(single, step.load.kind), fileOf(single, step.load));
            expect(stored).toEqual(said);
          }
          const [left, expected] = [await sets.left(), await single.left()];
          for (const [what, rows] of Object.entries(expected)) {
            expect([what, renamed(left[what] ?? [], sets)]).toEqual([what, renamed(rows, single)]);
          }
        }),
        { numRuns: 60, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
      );
    } finally {
      unwatch();
    }
    expect(await contradictions(app)).toEqual([]);
    expect(Object.entries(ways).filter(([, times]) => times < 3)).toEqual([]);
  }, 120_000);

  const renamed = (rows: readonly unknown[], town: ImportsTown): string[] =>
    rows.map((row) => String(row).replaceAll(`town ${town.name}`, 'the town')).sort();
});
