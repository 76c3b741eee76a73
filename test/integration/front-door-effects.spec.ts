import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InboundTopic } from '../../src/contracts/inbound-topics';
import type { InboundRecord } from '../../src/platform/bus/inbound';
import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { BREAKAGES, FaultyDatabase } from '../contract/faulty-database';
import { startApp, type TestApp } from '../support/app';
import { type Bank, ask, consent, freshNumber, openBank, question } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { left, noteWhatLeaves, recordOf, take } from '../support/inbound';

const TEN = '2026-11-20T10:00:00+08:00';
const PEOPLE = 'people.changes.in.v1';

interface Letter {
  id: string;
  state: string;
  reason: string;
  parkedBehind?: string;
}

describe('what the institution writes to Kafka', () => {
  let database: TestDatabase;
  let dataDir: string;
  let app: TestApp;
  let other: TestApp;
  let faulty: FaultyDatabase;
  let bank: Bank;
  let made = 0;

  const startFaulty = async (): Promise<void> => {
    const log = createLogger('silent', { write: () => undefined });
    faulty = new FaultyDatabase(
      { url: database.url, poolSize: 8, applicationName: 'quietline-test' } as never,
      log,
    );
    other = await startApp({
      now: TEN,
      database,
      dataDir,
      providers: [{ token: Database, value: faulty }],
    });
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-door-'));
    app = await startApp({ now: TEN, database, dataDir });
    await startFaulty();
    bank = await openBank(app);
    await noteWhatLeaves(app);
  });
  afterAll(async () => {
    await other.close();
    await app.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const record = (type: string, data: unknown, key: string, topic: InboundTopic = PEOPLE): InboundRecord =>
    recordOf(topic, { id: `e-${made++}`, type, data, key });
  const customer = (): string => `C-${made++}`;
  const person = (customerId: string, number: string) =>
    record('person.put.v1', { customerId, numbers: [number] }, customerId);
  const wish = (customerId: string) =>
    record('wish.add.v1', { customerId, reason: 'Asked at the branch.' }, customerId);
  const grant = (customerId: string) =>
    record(
      'consent.grant.v1',
      {
        customerId,
        purposes: ['marketing'],
        channels: ['voice_ai'],
        scope: { kind: 'entity', id: 'bank' },
        attributes: { express: true },
        grantedAt: '2026-03-01T10:00:00+08:00',
        evidence: { textVersion: 'terms-3', textSha256: 'a'.repeat(64), source: 'app' },
      },
      customerId,
    );
  const letters = async (): Promise<Letter[]> =>
    (await expectStatus(200, bank.cast.officer.get<{ items: Letter[] }>('/v1/inbound-letters?state=waiting')))
      .items;
  const codesFor = async (to: string): Promise<string[]> =>
    (await ask(bank, to)).reasons.map(({ code }) => code);
  const countOf = async (type: string): Promise<number> =>
    (
      await queryRows<{ n: number }>(database, 'SELECT count(*)::int AS n FROM events WHERE type = $1', [
        type,
      ])
    )[0]?.n ?? 0;

  /** Whoever reads events meanwhile may be in the way: then nothing was done, and it is done again. */
  const insist = async (sql: string): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        await queryRows(database, sql);
        return;
      } catch (error) {
        if (tries >= 20) throw error;
      }
    }
  };
  const giveUpWith = (code: string) =>
    insist(
      `
CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'Given up on purpose.' USING ERRCODE = '${code}'; END $$;
CREATE TRIGGER give_up BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.type = 'wish.recorded.v1')
EXECUTE FUNCTION give_up()`,
    );
  const goOn = () => insist('DROP TRIGGER give_up ON events; DROP FUNCTION give_up()');

  it('ends as the same requests by REST do, offered again and to two processes', async () => {
    const [to, id] = [freshNumber(), customer()];
    const records = [person(id, to), grant(id)];
    await Promise.all([take(app, records), take(other, records)]);
    await take(app, records);
    expect((await ask(bank, to)).outcome).toBe('allow');
    const refusals = [
      record('preference.put.v1', { customerId: id, noAiVoice: true }, id),
      record('consent.withdraw.v1', { customerId: id, method: 'branch' }, id),
      wish(id),
    ];
    const before = await countOf('wish.recorded.v1');
    for (let length = 1; length <= refusals.length; length++) {
      await Promise.all([take(app, refusals.slice(0, length)), take(other, refusals.slice(0, length))]);
    }
    expect(await countOf('wish.recorded.v1')).toBe(before + 1);
    const [byRest, restId] = [freshNumber(), customer()];
    const { officer, care } = bank.cast;
    await expectStatus(201, officer.put(`/v1/people/${restId}`, { numbers: [byRest] }));
    await consent(bank, { customerId: restId }, { channels: ['voice_ai'] });
    await expectStatus(201, care.post('/v1/preferences', { customerId: restId, noAiVoice: true }));
    await expectStatus(201, care.post('/v1/consents/withdraw', { customerId: restId, method: 'branch' }));
    await expectStatus(201, care.post('/v1/suppressions', { customerId: restId, reason: 'Asked.' }));
    expect((await codesFor(to)).filter((code) => code !== 'CALL_IN_PROGRESS').sort()).toEqual(
      (await codesFor(byRest)).sort(),
    );
  });

  it('parks what depends on a poison record, takes refusals and other keys at once, and replays in order', async () => {
    const [to, id, bystander] = [freshNumber(), customer(), customer()];
    const poison = record('person.put.v1', { customerId: id, numbers: [to], nickname: to }, id);
    const free = wish(bystander);
    const lot = [person(id, to), poison, grant(id), wish(id), person(id, freshNumber()), free];
    await take(app, lot);
    await take(other, lot);
    // The refusal binds although something before it waits.
    expect(await codesFor(to)).toContain('SUPPRESSED');
    const waiting = (await letters()).reverse();
    expect(waiting.map(({ reason, parkedBehind }) => [reason, parkedBehind])).toEqual([
      ['INVALID UNKNOWN_MEMBER at /nickname', undefined],
      ['PARKED', waiting[0]?.id],
      ['PARKED', waiting[0]?.id],
    ]);
    const rows = await queryRows(database, 'SELECT l::text AS row FROM inbound_letters l');
    expect(JSON.stringify(rows)).not.toContain(to.slice(-8));
    const [first, second] = waiting;
    const { admin, officer, marketing } = bank.cast;
    await expectStatus(403, marketing.post(`/v1/inbound-letters/${first?.id ?? ''}/replay`));
    await expectStatus(409, admin.post(`/v1/inbound-letters/${second?.id ?? ''}/replay`));
    const again = await expectStatus(200, admin.post(`/v1/inbound-letters/${first?.id ?? ''}/replay`));
    expect(again).toMatchObject({ handled: [], failed: { id: first?.id } });
    await expectStatus(403, admin.post(`/v1/inbound-letters/${first?.id ?? ''}/discard`, { reason: 'No.' }));
    const given = await expectStatus(
      200,
      officer.post(`/v1/inbound-letters/${first?.id ?? ''}/discard`, {
        reason: 'The CRM sent a wrong member.',
      }),
    );
    expect(given).toEqual({ handled: waiting.slice(1).map((letter) => letter.id) });
    expect(await letters()).toEqual([]);
    expect(
      await queryRows(
        database,
        `SELECT 1 FROM inbound_letters WHERE state <> 'waiting' AND sealed IS NOT NULL`,
      ),
    ).toEqual([]);
    expect((await left(app, 'inbound.letter_discarded.v1'))[0]?.clear['letterId']).toBe(first?.id);
    // What was given up, and what was done, is not done again.
    const grants = await countOf('consent.granted.v1');
    await Promise.all([take(app, lot), take(other, lot)]);
    expect(await letters()).toEqual([]);
    expect(await countOf('consent.granted.v1')).toBe(grants);
  });

  it('takes messages, each once, and keeps what is none apart', async () => {
    const from = freshNumber();
    const sms = (messageId: string, more: Record<string, unknown> = {}) =>
      record(
        'sms.message.v1',
        { messageId, from, to: '95588', text: '退订', receivedAt: TEN, ...more },
        from,
        'sms.inbound.v1',
      );
    const lot = [sms('m-1', { text: 7 }), sms('m-2'), sms('m-2')];
    const before = await countOf('wish.recorded.v1');
    await Promise.all([take(app, lot), take(other, lot)]);
    await take(app, lot);
    expect(await countOf('wish.recorded.v1')).toBe(before + 1);
    expect(await codesFor(from)).toContain('SUPPRESSED');
    expect((await letters()).map(({ reason }) => reason)).toEqual(['INVALID TYPE at /text']);
    await queryRows(database, 'DELETE FROM inbound_letters');
  });

  it('takes reports of calls by either id, and says what the voice must do', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const external = { callId: `x-${made++}` };
    await take(app, [
      recordOf('call.requests.v1', {
        id: `q-${made++}`,
        type: 'call.request.v1',
        time: TEN,
        data: question(bank, to, { external }),
      }),
    ]);
    const report = (type: string, more: Record<string, unknown> = {}) =>
      record(
        'call.event.v1',
        { externalCallId: external.callId, type, at: TEN, ...more },
        external.callId,
        'call.events.in.v1',
      );
    const lot = [
      report('placed'),
      report('answered'),
      report('transcript', { speaker: 'customer', text: '以后别再打了' }),
    ];
    await Promise.all([take(app, lot), take(other, lot)]);
    await take(app, lot);
    const told = await left(app, 'call.directive.v1');
    const last = told.at(-1);
    expect(told.map(({ attributes }) => attributes?.['requestid']).sort()).toEqual(
      [lot[1], lot[2]].map((one) => one?.headers['ce_id']).sort(),
    );
    expect((last?.clear['directives'] as { type: string }[]).map(({ type }) => type)).toEqual([
      'confirm_opt_out',
      'end_call',
    ]);
    expect(await codesFor(to)).toContain('SUPPRESSED');
    expect(await countOf('call.transcript.v1')).toBe(1);
  });

  it('takes a refusal from a clock that runs ahead, as of now', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const { callId } = await ask(bank, to);
    const refusal = record(
      'call.event.v1',
      { callId, type: 'refused', at: '2026-11-20T10:00:06+08:00' },
      callId,
      'call.events.in.v1',
    );
    await Promise.all([take(app, [refusal]), take(other, [refusal])]);
    expect(await letters()).toEqual([]);
    expect(await codesFor(to)).toContain('SUPPRESSED');
    const told = await left(app, 'call.refused.v1');
    expect(told.filter(({ clear }) => clear['callId'] === callId).map(({ clear }) => clear['at'])).toEqual([
      Date.parse(TEN),
    ]);
  });

  it.each(['57014', '40P01', '55P03'])(
    'keeps a record that always ends with %s, so that its partition goes on, and replays it',
    async (code) => {
      const [to, id] = [freshNumber(), customer()];
      await take(app, [person(id, to)]);
      await giveUpWith(code);
      const lot = [wish(id), person(customer(), freshNumber())];
      for (let offer = 1; offer < 5; offer++) {
        await expect(take(app, lot)).rejects.toThrow();
        expect(await letters()).toEqual([]);
      }
      await take(app, lot);
      const [letter, ...others] = await letters();
      expect(others).toEqual([]);
      expect(letter?.reason).toContain(code);
      await goOn();
      const path = `/v1/inbound-letters/${letter?.id ?? ''}/replay`;
      expect(await expectStatus(200, bank.cast.admin.post(path))).toEqual({ handled: [letter?.id] });
      expect(await codesFor(to)).toContain('SUPPRESSED');
    },
  );

  it('keeps nothing for a failure that no record brings about, however often it is offered', async () => {
    const [to, id] = [freshNumber(), customer()];
    const lot = [person(id, to), wish(id)];
    await giveUpWith('53300');
    for (let offer = 0; offer < 10; offer++) await expect(take(app, lot)).rejects.toThrow();
    await goOn();
    await take(app, lot);
    expect(await letters()).toEqual([]);
    expect(await codesFor(to)).toContain('SUPPRESSED');
  });

  it.each(
    ['inbound-enter', 'inbound-keep', 'decision-write', 'event-answer-take', 'evidence-record'].flatMap(
      (statement) => BREAKAGES.map((how) => [statement, how] as const),
    ),
  )('keeps everything once where %s is %s', async (statement, how) => {
    const [to, id, third] = [freshNumber(), customer(), freshNumber()];
    const lots = [
      [person(id, to), record('wish.add.v1', { customerId: id }, id), grant(id), wish(id)],
      ['good', 'bad'].map((quality) =>
        recordOf('call.requests.v1', {
          id: `f-${made++}`,
          type: quality === 'good' ? 'call.request.v1' : 'call.request.v9',
          time: TEN,
          data: question(bank, third),
        }),
      ),
    ];
    await queryRows(database, 'TRUNCATE left_events');
    faulty.break(statement, how);
    for (const lot of lots) {
      await take(other, lot).catch(() => undefined);
    }
    expect(faulty.met.get(statement) ?? 0).toBeGreaterThan(0);
    faulty.met.clear();
    if (faulty.isDead) {
      await other.close().catch(() => undefined);
      await startFaulty();
    }
    for (const lot of lots) {
      await take(other, lot);
      await take(app, lot);
    }
    const events = await left(
      app,
      'person.changed.v1',
      'wish.recorded.v1',
      'inbound.letter_kept.v1',
      'call.decided.v1',
      'call.request.rejected.v1',
    );
    expect(events.map(({ type }) => type).sort()).toEqual([
      'call.decided.v1',
      'call.request.rejected.v1',
      // The one that means nothing, and the consent that waits for it.
      'inbound.letter_kept.v1',
      'inbound.letter_kept.v1',
      'person.changed.v1',
      'wish.recorded.v1',
    ]);
    await queryRows(database, 'DELETE FROM inbound_letters');
  });
});
