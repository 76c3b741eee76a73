import { randomUUID } from 'node:crypto';
import type { E164 } from '../../src/domain/phone/e164';
import { Database } from '../../src/platform/database/database';
import { OwnWordsPort } from '../../src/services/people/subjects.port';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { conversations, iso, TEN, type Told, WORDS } from '../support/calls/conversations';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

describe('what was heard, late and in any order, and by many at once', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const { customer, inCall, end, nextDay, flagsOf } = conversations(() => bank);

  it('writes the wish of a transcript that comes after the end, and tells a finished call nothing', async () => {
    const { to, callId } = await inCall();
    await end(callId);
    const said = iso(TEN);
    app.clock.advance(600_000);
    expect(await customer(callId, WORDS.refuse_permanent, { at: said })).toEqual([]);
    expect(codesOf(await nextDay(to))).toContain('SUPPRESSED');
  });

  it('a refusal that is reported late counts by when it was said: a later START has lifted it, an earlier one not', async () => {
    const opted = async (saidAt: number): Promise<string[]> => {
      const { to, callId } = await inCall();
      await end(callId);
      app.clock.set(TEN + 600_000);
      const words = app.nest.get(OwnWordsPort, { strict: false });
      const actor = {
        clientId: bank.cast.carrier.id,
        name: 'SMS',
        kind: 'system',
        roles: ['carrier'],
      } as const;
      await app.nest
        .get(Database)
        .transaction((tx) =>
          words.optIn(tx, { target: { number: to as E164 }, saidAt, eventId: randomUUID(), actor }),
        );
      await customer(callId, WORDS.refuse_permanent, { at: iso(TEN + 120_000) });
      return codesOf(await nextDay(to));
    };
    expect(await opted(TEN + 180_000)).not.toContain('SUPPRESSED');
    expect(await opted(TEN + 60_000)).toContain('SUPPRESSED');
  });

  it('is the same in any order of arrival', async () => {
    const words = [WORDS.refuse_now, WORDS.vulnerable, WORDS.refuse_permanent, WORDS.continue];
    const ends: string[][] = [];
    for (const order of [words, [...words].reverse(), [2, 0, 3, 1].map((index) => words[index] ?? '')]) {
      const { to, callId } = await inCall();
      for (const text of order) await customer(callId, text);
      const { directives } = await expectStatus<{ directives: Told[] }>(
        200,
        bank.dialer.get(`/v1/calls/${callId}`),
      );
      expect(directives.map(({ type }) => type)).toEqual(['end_call']);
      await end(callId);
      ends.push(codesOf(await nextDay(to)));
      expect((await flagsOf(callId)).map(({ kind }) => kind)).toEqual(['vulnerable']);
    }
    expect(new Set(ends.map((codes) => [...codes].sort().join())).size).toBe(1);
  });

  it('keeps what was said sealed, and what was heard beside it', async () => {
    const { callId } = await inCall();
    await customer(callId, WORDS.vulnerable);
    const rows = await queryRows<{ type: string; code: string | null }>(
      app.database,
      'SELECT type, code FROM call_events WHERE call_id = $1 ORDER BY recorded_at, event_id',
      [callId],
    );
    expect(rows).toEqual([
      { type: 'answered', code: null },
      { type: 'transcript', code: 'vulnerable' },
    ]);
    const clear = await queryRows(
      app.database,
      `SELECT event_id FROM events WHERE clear::text LIKE '%去世%' OR encode(sealed, 'escape') LIKE '%去世%'`,
    );
    expect(clear).toEqual([]);
    const [flag] = await flagsOf(callId);
    const { items } = await expectStatus<{ items: { type: string; record: Record<string, unknown> }[] }>(
      200,
      bank.cast.officer.get(`/v1/people/${flag?.personId}/timeline`),
    );
    const transcript = items.find(({ type }) => type === 'call.transcript.v1');
    expect(transcript?.record['heard']).toMatchObject({
      label: 'vulnerable',
      recogniser: expect.any(String),
      rules: expect.any(Array),
    });
    expect(app.logged.join('\n')).not.toContain('去世');
  });

  it('gives each of 200 calls at once its own directives, in the answer to its own report', async () => {
    const kinds = ['refuse_permanent', 'human_request', 'ai_question', 'not_interested', 'continue'] as const;
    const expected: Record<(typeof kinds)[number], string[]> = {
      refuse_permanent: ['confirm_opt_out', 'end_call'],
      human_request: ['transfer_to_human'],
      ai_question: ['play_disclosure'],
      not_interested: ['end_call'],
      continue: [],
    };
    const calls: { callId: string; kind: (typeof kinds)[number] }[] = [];
    for (let index = 0; index < 200; index++) {
      const kind = kinds[index % kinds.length] ?? 'continue';
      const to = freshNumber();
      await consent(bank, { number: to });
      calls.push({ callId: (await ask(bank, to)).callId, kind });
    }
    const told = await Promise.all(calls.map(({ callId, kind }) => customer(callId, WORDS[kind])));
    expect(told).toEqual(calls.map(({ kind }) => expected[kind]));
  }, 120_000);
});
