import { HOUR } from '../../src/domain/time/instant';
import { startApp, type TestApp } from '../support/app';
import { queryRows } from '../support/database-rows';
import { expectStatus, type HttpCaller } from '../support/http';

interface NewKey {
  id: string;
  key: string;
}
interface Client {
  id: string;
  state: string;
  roles: string[];
  keys: { id: string; createdAt: string; expiresAt?: string }[];
}

const MARKETER = { name: 'Marketer', kind: 'system', roles: ['marketing'] };
/** 200 where the key is recognised, 401 otherwise. */
const ask = async (caller: HttpCaller): Promise<number> => (await caller.get('/v1/approvals')).status;

describe('clients and their keys', () => {
  let app: TestApp;
  /** A second process on the same database. */
  let other: TestApp;
  beforeAll(async () => {
    app = await startApp({ now: '2026-11-20T02:00:00Z' });
    other = await startApp({ now: '2026-11-20T02:00:00Z', database: app.database, dataDir: app.dataDir });
  });
  afterAll(async () => {
    await other.close();
    await app.close();
  });

  const make = (body: unknown = MARKETER) => expectStatus(201, app.admin.post<NewKey>('/v1/clients', body));
  const read = (id: string) => expectStatus(200, app.admin.get<Client>(`/v1/clients/${id}`));

  it('shows a key once and stores only its hash', async () => {
    const { id, key } = await make();
    expect(key).toMatch(/^ql_[\w-]{43}$/);
    expect(await read(id)).toEqual({
      id,
      ...MARKETER,
      state: 'active',
      createdAt: '2026-11-20T02:00:00.000Z',
      keys: [{ id: expect.any(String), createdAt: '2026-11-20T02:00:00.000Z' }],
    });
    const rows = await queryRows<{ hash: string }>(
      app.database,
      `SELECT encode(hash, 'hex') AS hash FROM client_keys WHERE client_id = '${id}'`,
    );
    const { createHash } = await import('node:crypto');
    expect(rows).toEqual([{ hash: createHash('sha256').update(key).digest('hex') }]);
  });

  it('recognises a new client on another process at once', async () => {
    const { key } = await make();
    expect(await ask(other.as(key))).toBe(200);
    expect(await ask(other.as(`${key}x`))).toBe(401);
  });

  it('lets the old key go on for 24 hours beside the new one', async () => {
    const first = await make();
    const second = await expectStatus(201, app.admin.post<NewKey>(`/v1/clients/${first.id}/keys`));
    expect(second.id).toBe(first.id);
    expect(second.key).not.toBe(first.key);
    const before = other.clock.now();
    other.clock.set(before + 24 * HOUR - 1);
    expect([await ask(other.as(first.key)), await ask(other.as(second.key))]).toEqual([200, 200]);
    other.clock.set(before + 24 * HOUR);
    expect([await ask(other.as(first.key)), await ask(other.as(second.key))]).toEqual([401, 200]);
    other.clock.set(before);
    const [newest, oldest] = (await read(first.id)).keys;
    expect([newest?.expiresAt, oldest?.expiresAt]).toEqual([undefined, '2026-11-21T02:00:00.000Z']);
  });

  it('never lengthens the life of a key that was followed already', async () => {
    const { id } = await make();
    await expectStatus(201, app.admin.post(`/v1/clients/${id}/keys`));
    app.clock.advance(HOUR);
    await expectStatus(201, app.admin.post(`/v1/clients/${id}/keys`));
    app.clock.advance(-HOUR);
    const ends = (await read(id)).keys.map((key) => key.expiresAt);
    expect(ends).toEqual([undefined, '2026-11-21T03:00:00.000Z', '2026-11-21T02:00:00.000Z']);
  });

  it('revokes with effect on the next request of every process', async () => {
    const { id, key } = await make();
    expect(await ask(other.as(key))).toBe(200);
    expect(await expectStatus(200, app.admin.post<Client>(`/v1/clients/${id}/revoke`))).toMatchObject({
      state: 'revoked',
    });
    expect([await ask(other.as(key)), await ask(app.as(key))]).toEqual([401, 401]);
    await expectStatus(200, app.admin.post(`/v1/clients/${id}/revoke`));
    expect(await expectStatus(409, app.admin.post(`/v1/clients/${id}/keys`))).toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('keeps the last admin', async () => {
    const { items } = await expectStatus(200, app.admin.get<{ items: Client[] }>('/v1/clients?limit=1000'));
    const admins = items.filter((client) => client.roles.includes('admin') && client.state === 'active');
    const answers = [];
    for (const { id } of admins) answers.push((await app.admin.post(`/v1/clients/${id}/revoke`)).status);
    // The second process made itself an admin at its start.
    expect(answers.sort()).toEqual([200, 409]);
  });

  it('needs no second connection for a client of a vendor, however many are made at once', async () => {
    const officer = await app.client(['compliance'], { kind: 'person' });
    await expectStatus(201, officer.put('/v1/vendors/vendor-1', { name: 'One', status: 'active' }));
    const dialer = { name: 'Dialer', kind: 'system', roles: ['dialer'], vendorId: 'vendor-1' };
    const many = await Promise.all(Array.from({ length: 24 }, () => app.admin.post('/v1/clients', dialer)));
    expect(many.map(({ status }) => status)).toEqual(many.map(() => 201));
    const unknown = await app.admin.post('/v1/clients', { ...dialer, vendorId: 'vendor-2' });
    expect(unknown.body).toMatchObject({ code: 'INVALID', errors: [{ pointer: '/vendorId' }] });
  });

  it('answers 404 for what is no client', async () => {
    for (const id of ['0193a000-0000-7000-8000-000000000000', 'nobody', '%2e%2e']) {
      expect((await app.admin.get(`/v1/clients/${id}`)).body).toMatchObject({ code: 'NOT_FOUND' });
      expect((await app.admin.post(`/v1/clients/${id}/revoke`)).body).toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});
