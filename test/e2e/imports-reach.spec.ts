import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { load } from '../support/imports';

const TEN = '2026-07-01T10:00:00+08:00';

interface Row {
  kind: string;
  wishes: unknown;
  voided: number;
}

/** Of each of two alike families: A has two numbers, one of which B has, too; B has one more; nobody has the last. */
interface Family {
  own: string;
  shared: string;
  other: string;
  nobodys: string;
  a: string;
  b: string;
}

describe('a row of a list', () => {
  let app: TestApp;
  let bank: Bank;
  let last = 0;
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  async function family(): Promise<Family> {
    const [own, shared, other, nobodys] = Array.from({ length: 4 }, freshNumber) as [
      string,
      string,
      string,
      string,
    ];
    const [a, b] = [`A-${last}`, `B-${last}`];
    last += 1;
    await expectStatus(201, bank.cast.officer.put(`/v1/people/${a}`, { numbers: [own, shared] }));
    await expectStatus(201, bank.cast.officer.put(`/v1/people/${b}`, { numbers: [shared, other] }));
    for (const customerId of [a, b]) await consent(bank, { customerId });
    await consent(bank, { number: nobodys });
    // Everybody who can be rung has a token when the word comes.
    for (const number of [own, other, nobodys]) expect((await ask(bank, number)).outcome).toBe('allow');
    return { own, shared, other, nobodys, a, b };
  }

  /** What stands on the row of each number, without what differs between two words that say the same. */
  async function rowsOf({ own, shared, other, nobodys }: Family): Promise<Row[]> {
    const rows: Row[] = [];
    for (const number of [own, shared, other, nobodys]) {
      const { personId } = await expectStatus(
        200,
        bank.cast.officer.post<{ personId: string }>('/v1/people/lookup', { number }),
      );
      const [row] = await queryRows<Row>(
        app.database,
        `SELECT kind, (SELECT json_agg(json_build_array(w->'scope', w->'channels', w->'purposes', w->'source'))
             FROM json_array_elements(facts->'wishes') w) AS wishes,
           (SELECT count(*)::int FROM json_array_elements(slots) s WHERE s->>'voidedAt' IS NOT NULL) AS voided
         FROM subjects WHERE id = $1`,
        [personId],
      );
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  it.each<[string, (of: Family) => { number: string } | { customerId: string }]>([
    ['a number of one person', ({ own }) => ({ number: own })],
    ['a number of two people', ({ shared }) => ({ number: shared })],
    ['a customer who shares a number', ({ b }) => ({ customerId: b })],
    ['a number of nobody', ({ nobodys }) => ({ number: nobodys })],
  ])('reaches as far, and voids as much, as the same word said alone: %s', async (_, targetOf) => {
    const [alone, listed] = [await family(), await family()];
    const body = { channels: ['voice_ai'], source: 'import', reason: 'Said so.' };
    await expectStatus(201, bank.cast.officer.post('/v1/suppressions', { ...targetOf(alone), ...body }));
    const target = targetOf(listed);
    const [name, value] = Object.entries(target)[0] as [string, string];
    // Among others, known and unknown, in one chunk.
    const file = `${name},channels\n${value},voice_ai\n`;
    const others = `number,channels\n${freshNumber()},voice_ai\n${freshNumber()},voice_ai\n`;
    await load(bank.cast.marketing, 'suppressions', `source=others-${last}`, others);
    const job = await load(bank.cast.marketing, 'suppressions', `source=family-${last}`, file);
    expect(job.counts.accepted).toBe(1);
    const expected = await rowsOf(alone);
    expect(await rowsOf(listed)).toEqual(expected);
    expect(expected.some(({ voided }) => voided > 0)).toBe(true);
  });

  it('of one person’s several rows in one file, all stand', async () => {
    const { own, a, shared } = await family();
    const file = `number,customerId,channels\n${own},,voice_ai\n,${a},sms\n${shared},,voice_human\n${freshNumber()},,\n`;
    const job = await load(bank.cast.marketing, 'suppressions', 'source=several', file);
    expect(job.counts).toMatchObject({ accepted: 4, rejected: 0 });
    const { wishes } = await expectStatus(
      200,
      bank.cast.officer.post<{ wishes: string[] }>('/v1/people/lookup', { number: own }),
    );
    expect(wishes).toHaveLength(3);
    expect(codesOf(await ask(bank, own))).toContain('SUPPRESSED');
  });
});
