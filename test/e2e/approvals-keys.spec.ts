import { DAY } from '../../src/domain/time/instant';
import { Database } from '../../src/platform/database/database';
import { ApprovalsService } from '../../src/services/approvals/approvals.service';
import { type Cast, makeCast, startApp, type TestApp } from '../support/app';
import { expectStatus, type HttpCaller } from '../support/http';

interface NewKey {
  id: string;
  key: string;
}
interface Pending {
  approvalId: string;
}
interface Approval {
  id: string;
  kind: string;
  subject: string;
  after: Record<string, unknown>;
}

const OFFICER = { name: 'Officer C', kind: 'person', roles: ['compliance'] };

describe('keys of clients with compliance', () => {
  let app: TestApp;
  let cast: Cast;
  beforeEach(async () => {
    app = await startApp({ now: '2026-11-20T02:00:00Z' });
    cast = await makeCast(app);
  });
  afterEach(() => app.close());

  const keysOf = ({ id }: { id: string }): string => `/v1/clients/${id}/keys`;
  const ask = (of: HttpCaller, by: HttpCaller = app.admin): Promise<Pending> =>
    expectStatus(202, by.post<Pending>(keysOf(of)));
  const approve = (id: string, by: HttpCaller) => by.post<Approval>(`/v1/approvals/${id}/approve`);

  it('are made after another person approved, once, and for who asked', async () => {
    const otherAdmin = await app.client(['admin']);
    const { approvalId } = await ask(cast.otherOfficer);
    await expectStatus(409, app.admin.post(keysOf(cast.otherOfficer)));
    const system = await approve(approvalId, app.admin);
    expect(system.body).toMatchObject({ code: 'FORBIDDEN' });
    expect(await expectStatus(200, approve(approvalId, cast.officer))).toMatchObject({
      kind: 'client.key',
      subject: cast.otherOfficer.id,
      after: { name: 'Officer B', roles: ['compliance'] },
    });
    await ask(cast.otherOfficer, otherAdmin);
    const { key } = await expectStatus(201, app.admin.post<NewKey>(keysOf(cast.otherOfficer)));
    await expectStatus(200, app.as(key).get('/v1/approvals'));
    // Another request than the first; the other admin's still waits.
    await expectStatus(409, app.admin.post(keysOf(cast.otherOfficer)));
  });

  it('leave the earlier keys alone until then', async () => {
    await ask(cast.otherOfficer);
    app.clock.advance(2 * DAY);
    await expectStatus(200, cast.otherOfficer.get('/v1/approvals'));
  });

  it('are not granted by who asked, nor for ever, nor for a client revoked meanwhile', async () => {
    const both = await grantedClient({ ...OFFICER, roles: ['admin', 'compliance'] });
    const own = await ask(cast.officer, both);
    expect((await approve(own.approvalId, both)).body).toMatchObject({ code: 'SAME_PERSON' });
    await expectStatus(200, approve(own.approvalId, cast.otherOfficer));
    app.clock.advance(30 * DAY);
    const late = await ask(cast.officer, both);
    await expectStatus(200, app.admin.post(`/v1/clients/${cast.officer.id}/revoke`));
    await expectStatus(409, approve(late.approvalId, cast.otherOfficer));
  });

  it('come once with an approved client, to who asked for the client', async () => {
    const asked = await expectStatus(202, app.admin.post<Pending>('/v1/clients', OFFICER));
    const { subject: id } = await expectStatus(200, approve(asked.approvalId, cast.officer));
    await expectStatus(202, (await app.client(['admin'])).post(keysOf({ id })));
    await expectStatus(201, app.admin.post(keysOf({ id })));
    await expectStatus(409, app.admin.post(keysOf({ id })));
  });

  it('take two persons even after officers have been revoked', async () => {
    for (const { id } of [cast.officer, cast.otherOfficer])
      await expectStatus(200, app.admin.post(`/v1/clients/${id}/revoke`));
    await expectStatus(202, app.admin.post('/v1/clients', OFFICER));
  });

  async function grantedClient(body: unknown): Promise<HttpCaller> {
    const asked = await expectStatus(202, app.admin.post<Pending>('/v1/clients', body));
    const { subject: id } = await expectStatus(200, approve(asked.approvalId, cast.officer));
    const { key } = await expectStatus(201, app.admin.post<NewKey>(keysOf({ id })));
    return app.as(key).named(id);
  }

  it('are listed with all other approvals in one transaction', async () => {
    const approvals = app.nest.get(ApprovalsService);
    approvals.register('test.shown', {
      deciders: ['compliance'],
      execute: () => Promise.resolve(),
      present: (approval) => async (tx) => {
        const text = `SELECT pg_backend_pid() || ' since ' || transaction_timestamp() AS transaction`;
        return { after: { ...approval.after, ...(await tx.query<Record<string, string>>({ text }))[0] } };
      },
    });
    const actor = { clientId: cast.marketing.id, name: 'M', kind: 'system' as const, roles: [] };
    await app.nest.get(Database).transaction(async (tx) => {
      for (const subject of ['a', 'b', 'c'])
        await approvals.ask(tx, { kind: 'test.shown', subject, after: { subject }, actor });
    });
    const { items } = await expectStatus(
      200,
      cast.auditor.get<{ items: Approval[] }>('/v1/approvals?limit=1000'),
    );
    expect(items.map(({ after }) => after['subject']).sort()).toEqual(['a', 'b', 'c']);
    const transactions = items.map(({ after }) => after['transaction']);
    expect(transactions[0]).toMatch(/^\d+ since /);
    expect(new Set(transactions).size).toBe(1);
  });
});
