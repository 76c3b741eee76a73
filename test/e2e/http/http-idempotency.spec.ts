import { DAY } from '../../../src/domain/time/instant';
import { Upkeep } from '../../../src/platform/upkeep/upkeep';
import { startApp, type TestApp } from '../../support/app';
import { holdLock, queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';

interface NewKey {
  id: string;
  key: string;
}

const BODY = { name: 'N', kind: 'system', roles: ['dialer'] };

describe('Idempotency-Key', () => {
  let app: TestApp;
  let other: TestApp;
  beforeAll(async () => {
    app = await startApp({ now: '2026-11-20T02:00:00Z' });
    other = await startApp({ now: '2026-11-20T02:00:00Z', database: app.database, dataDir: app.dataDir });
  });
  afterAll(async () => {
    await other.close();
    await app.close();
  });

  const make = (key: string, body: unknown = BODY) =>
    app.admin.post<NewKey>('/v1/clients', body, { 'idempotency-key': key });
  const countClients = async (): Promise<number> =>
    (await queryRows(app.database, 'SELECT 1 FROM clients')).length;

  it('gives the same answer again, even a key, and has no second effect', async () => {
    const first = await expectStatus(201, make('"one"'));
    const before = await countClients();
    const again = await make('"one"', { roles: ['dialer'], kind: 'system', name: 'N' });
    expect({ status: again.status, body: again.body }).toEqual({ status: 201, body: first });
    expect(await countClients()).toBe(before);
  });

  it('gives it on another process, too', async () => {
    const caller = await app.client(['admin'], { name: 'Second admin' });
    const headers = { 'idempotency-key': '"elsewhere"' };
    const first = await expectStatus(201, caller.post<NewKey>('/v1/clients', BODY, headers));
    const again = await other.as(caller.key ?? '').post<NewKey>('/v1/clients', BODY, headers);
    expect({ status: again.status, body: again.body }).toEqual({ status: 201, body: first });
  });

  it('refuses the same key with another body', async () => {
    await expectStatus(201, make('"two"'));
    const before = await countClients();
    expect(await make('"two"', { ...BODY, name: 'M' })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_MISMATCH' },
    });
    expect(await countClients()).toBe(before);
  });

  it('is a key of one client, one route and 24 hours', async () => {
    const first = await expectStatus(201, make('"three"'));
    const second = await app.client(['admin'], { name: 'Other' });
    const headers = { 'idempotency-key': '"three"' };
    const theirs = await expectStatus(201, second.post<NewKey>('/v1/clients', BODY, headers));
    expect(theirs.id).not.toBe(first.id);
    const rotated = await expectStatus(
      201,
      app.admin.post<NewKey>(`/v1/clients/${first.id}/keys`, undefined, headers),
    );
    expect(rotated.key).not.toBe(first.key);
    app.clock.advance(DAY - 1);
    expect((await make('"three"')).body.id).toBe(first.id);
    app.clock.advance(1);
    expect((await make('"three"')).body.id).not.toBe(first.id);
    app.clock.advance(-DAY);
  });

  it('tells the second of two at once to wait, and never runs both', async () => {
    // The first request is held where it counts the officers.
    const lock = await holdLock(app.database, `SELECT pg_advisory_lock(hashtextextended('clients', 0))`);
    const officer = { name: 'O', kind: 'person', roles: ['compliance'] };
    const first = make('"four"', officer);
    await lock.waitForWaiter();
    expect(await make('"four"', officer)).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_IN_PROGRESS' },
    });
    expect(await make('"four"', BODY)).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_IN_PROGRESS' },
    });
    await lock.release();
    const { id } = await expectStatus(201, first);
    expect((await make('"four"', officer)).body.id).toBe(id);
  });

  it('is free again after a request that failed', async () => {
    const bound = { ...BODY, vendorId: 'nobody' };
    await expectStatus(422, make('"five"', bound));
    await expectStatus(201, make('"five"'));
  });

  it.each(['five', '""', '"a', `"${'a'.repeat(256)}"`, '"a"b', '"é"', '"\\x"'])(
    'is 400 when it is %s',
    async (key) => {
      expect(await make(key)).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
    },
  );

  it('opens no answer that was put in the place of another', async () => {
    const scopes = async (): Promise<string[]> =>
      (
        await queryRows<{ scope: string }>(
          app.database,
          `SELECT encode(scope, 'hex') AS scope FROM idempotency_keys`,
        )
      ).map(({ scope }) => scope);
    const before = await scopes();
    await expectStatus(201, make('"seven"'));
    await expectStatus(201, make('"eight"'));
    const [one, other] = (await scopes()).filter((scope) => !before.includes(scope));
    await queryRows(
      app.database,
      `UPDATE idempotency_keys SET sealed_answer = (
         SELECT sealed_answer FROM idempotency_keys WHERE scope = decode($1, 'hex')
       ) WHERE scope = decode($2, 'hex')`,
      [one, other],
    );
    const answers = await Promise.all([make('"seven"'), make('"eight"')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 500]);
  });

  it('is forgotten by upkeep when it has lapsed, and stored sealed until then', async () => {
    const { key } = await expectStatus(201, make('"six"'));
    const answers = await queryRows<{ sealed_answer: Buffer }>(
      app.database,
      'SELECT sealed_answer FROM idempotency_keys',
    );
    expect(answers.length).toBeGreaterThan(0);
    for (const row of answers) expect(row.sealed_answer.includes(key)).toBe(false);
    await app.nest.get(Upkeep).run('idempotency-keys');
    expect(await queryRows(app.database, 'SELECT 1 FROM idempotency_keys')).toHaveLength(answers.length);
    app.clock.advance(2 * DAY);
    await app.nest.get(Upkeep).run('idempotency-keys');
    expect(await queryRows(app.database, 'SELECT 1 FROM idempotency_keys')).toEqual([]);
    app.clock.advance(-2 * DAY);
  });
});
