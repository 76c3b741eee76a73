import { PURPOSES } from '../../src/domain/decision/purpose';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

const MORNING = '2026-11-24T10:00:00+08:00';

let app: TestApp;
let bank: Bank;
beforeAll(async () => {
  app = await startApp({ now: MORNING });
  bank = await openBank(app);
});
afterAll(() => app.close());

interface Flag {
  kind: string;
  state: string;
  suppressionId?: string;
}

async function flagsOn(suppressionId: string): Promise<Flag[]> {
  const { items } = await expectStatus<{ items: Flag[] }>(200, bank.cast.officer.get('/v1/flags?limit=1000'));
  return items.filter((flag) => flag.suppressionId === suppressionId);
}

async function purposesOf(id: string): Promise<string[]> {
  const { purposes } = await expectStatus<{ purposes: string[] }>(
    200,
    bank.cast.officer.get(`/v1/suppressions/${id}`),
  );
  return [...purposes].sort();
}

const NOT_TO_A_STRANGER = PURPOSES.filter((purpose) => purpose !== 'emergency').sort();

describe('a word that somebody else passes on', () => {
  it('that a vendor reached the wrong person: everything said to the customer stops there, and somebody looks', async () => {
    const number = freshNumber();
    await consent(bank, { number });
    const { id } = await expectStatus<{ id: string }>(
      201,
      bank.vendorDialer.post('/v1/suppressions', { number, source: 'wrong_person', reason: '打错了' }),
    );
    expect(await purposesOf(id)).toEqual(NOT_TO_A_STRANGER);
    expect(await flagsOn(id)).toMatchObject([{ kind: 'wrong_person', state: 'open' }]);
    expect(codesOf(await ask(bank, number))).not.toEqual([]);
  });

  it.each([
    ['wrong_person', ['service'], NOT_TO_A_STRANGER, 'wrong_person'],
    ['vulnerable', undefined, ['marketing', 'survey'], 'vulnerable'],
    ['vulnerable', ['service'], ['marketing', 'service', 'survey'], 'vulnerable'],
    ['complaint', ['collection'], ['collection', 'marketing', 'survey'], 'complaint_threat'],
  ])('%s for %j: never less than the matter demands', async (source, purposes, expected, kind) => {
    const body = { number: freshNumber(), source, reason: 'because', purposes };
    const { id } = await expectStatus<{ id: string }>(201, bank.cast.care.post('/v1/suppressions', body));
    expect(await purposesOf(id)).toEqual(expected);
    expect((await flagsOn(id)).map((flag) => flag.kind)).toEqual([kind]);
  });

  it('is one word and one flag for one Idempotency-Key', async () => {
    const body = { number: freshNumber(), source: 'vulnerable', reason: 'because' };
    const send = () =>
      expectStatus<{ id: string }>(
        201,
        bank.cast.care.post('/v1/suppressions', body, { 'idempotency-key': '"once-and-no-more"' }),
      );
    const ids = [(await send()).id, (await send()).id];
    expect(new Set(ids).size).toBe(1);
    expect(await flagsOn(ids[0] ?? '')).toHaveLength(1);
  });

  it('keeps the flag in the record of whose word it is, after the wish', async () => {
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number: freshNumber(), source: 'complaint', reason: 'x' }),
    );
    const types = await queryRows<{ type: string }>(
      app.database,
      `SELECT type FROM events WHERE subject_id = (SELECT subject_id FROM numbers ORDER BY id DESC LIMIT 1)
       ORDER BY event_id`,
    );
    expect(types.map(({ type }) => type)).toEqual(['wish.recorded.v1', 'flag.raised.v1']);
  });

  it.each(['customer', 'officer', 'carrier_signal'])(
    'makes no work of a wish of the source %s',
    async (source) => {
      const body = { number: freshNumber(), source, reason: 'because' };
      const { id } = await expectStatus<{ id: string }>(
        201,
        bank.cast.officer.post('/v1/suppressions', body),
      );
      expect(await purposesOf(id)).toEqual(['marketing', 'survey']);
      expect(await flagsOn(id)).toEqual([]);
    },
  );
});
