import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { startApp, type TestApp } from '../support/app';
import { type Answered, ask, type Bank, consent, freshNumber, openBank, question } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

const TEN = '2026-11-20T10:00:00+08:00';
const sha256 = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
const canonical = (value: unknown): string => canonicalize(value) ?? '';

describe('what requests are known again by', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  const stored = async (): Promise<string[]> => {
    const rows = await queryRows<{ hash: Buffer }>(
      app.database,
      `SELECT request AS hash FROM call_keys UNION ALL SELECT dedupe FROM call_events
       UNION ALL SELECT fingerprint FROM idempotency_keys`,
    );
    return rows.map(({ hash }) => hash.toString('hex'));
  };
  /** As a version before this one wrote it; history is append-only for everybody else. */
  const rewrite = (sql: string, values: unknown[]) => queryRows(app.database, sql, values);
  const inCall = async (): Promise<Answered> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    return ask(bank, to);
  };
  const press = (callId: string) => ({
    url: `/v1/calls/${callId}/events`,
    body: { type: 'dtmf', at: TEN, digits: '1' },
  });

  it('cannot be tried out by whoever reads the tables, and is the same all the same', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const asked = { ...question(bank, to), external: { callId: 'keyed-1' } };
    const first = await expectStatus<Answered>(200, bank.dialer.post('/v1/calls/authorize', asked));
    const { url, body } = press(first.callId);
    for (let twice = 0; twice < 2; twice++) await expectStatus(200, bank.dialer.post(url, body));
    const wish = { number: to, source: 'customer', reason: 'Hotline.' };
    const care = bank.cast.care;
    const wishes = [1, 2].map(() => care.post('/v1/suppressions', wish, { 'idempotency-key': '"w-1"' }));
    const [one] = await Promise.all(wishes);
    const again = await care.post('/v1/suppressions', wish, { 'idempotency-key': '"w-1"' });
    expect([one?.status, again.status]).toEqual([201, 201]);
    const other = await care.post(
      '/v1/suppressions',
      { ...wish, reason: 'Else.' },
      { 'idempotency-key': '"w-1"' },
    );
    expect(other.body.code).toBe('IDEMPOTENCY_MISMATCH');

    const hashes = await stored();
    expect(hashes.length).toBeGreaterThanOrEqual(3);
    const guesses = [canonical(asked), canonical(body), `POST\n/v1/suppressions\n${canonical(wish)}`];
    for (const guess of guesses) expect(hashes).not.toContain(sha256(guess).toString('hex'));
    const events = await queryRows(app.database, 'SELECT 1 FROM call_events WHERE call_id = $1', [
      first.callId,
    ]);
    expect(events).toHaveLength(1);
  });

  it('is still known where it was written before the hashes were keyed', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const asked = { ...question(bank, to), external: { callId: 'keyed-2' } };
    const first = await expectStatus<Answered>(200, bank.dialer.post('/v1/calls/authorize', asked));
    await rewrite('UPDATE call_keys SET request = $2 WHERE call_id = $1', [
      first.callId,
      sha256(canonical(asked)),
    ]);
    const retried = await expectStatus<Answered>(200, bank.dialer.post('/v1/calls/authorize', asked));
    expect(retried.callId).toBe(first.callId);
    const changed = await bank.dialer.post('/v1/calls/authorize', { ...asked, voice: 'human' });
    expect(changed.body.code).toBe('IDEMPOTENCY_MISMATCH');

    const { callId } = await inCall();
    const { url, body } = press(callId);
    await expectStatus(200, bank.dialer.post(url, body));
    await rewrite(
      `WITH off AS MATERIALIZED (SELECT set_config('session_replication_role', 'replica', false) AS was)
       UPDATE call_events SET dedupe = $2 FROM off WHERE call_id = $1 AND was = 'replica'`,
      [callId, sha256(canonical(body))],
    );
    await expectStatus(200, bank.dialer.post(url, body));
    const events = await queryRows(app.database, 'SELECT 1 FROM call_events WHERE call_id = $1', [callId]);
    expect(events).toHaveLength(1);

    const wish = { number: to, source: 'customer', reason: 'Hotline.' };
    const keyed = { 'idempotency-key': '"w-2"' };
    const made = await expectStatus<{ id: string }>(
      201,
      bank.cast.care.post('/v1/suppressions', wish, keyed),
    );
    await rewrite(
      'UPDATE idempotency_keys SET fingerprint = $1 WHERE created_at = (SELECT max(created_at) FROM idempotency_keys)',
      [sha256(`POST\n/v1/suppressions\n${canonical(wish)}`)],
    );
    const repeated = await expectStatus<{ id: string }>(
      201,
      bank.cast.care.post('/v1/suppressions', wish, keyed),
    );
    expect(repeated.id).toBe(made.id);
  });
});
