import { DAY } from '../../src/domain/time/instant';
import { EvidenceWriter } from '../../src/platform/evidence/evidence-writer';
import { makeCast, startApp, type Cast, type TestApp } from '../support/app';
import { queryRows } from '../support/database-rows';
import { expectStatus, type HttpCaller } from '../support/http';

interface Approval {
  id: string;
  kind: string;
  subject: string;
  after: Record<string, unknown>;
  askedBy: { id: string; name: string };
  decidedBy?: { id: string; name: string };
  state: string;
  comment?: string;
}
interface Pending {
  approvalId: string;
  state: 'pending';
}

const OFFICER = { name: 'Officer C', kind: 'person', roles: ['compliance'] };

describe('two persons', () => {
  let app: TestApp;
  let cast: Cast;
  beforeAll(async () => {
    app = await startApp({ now: '2026-11-20T02:00:00Z' });
    cast = await makeCast(app);
  });
  afterAll(() => app.close());

  /** Each test asks for something of its own: one subject waits for one decision at a time. */
  const ask = (by: HttpCaller = app.admin): Promise<Pending> =>
    expectStatus(202, by.post<Pending>('/v1/clients', OFFICER));
  const approve = (id: string, by: HttpCaller, body?: unknown) =>
    by.post<Approval>(`/v1/approvals/${id}/approve`, body);

  it('makes the first two persons with compliance at once, and every further client with it by approval', async () => {
    // `makeCast` has made the first two.
    const asked = await ask();
    expect(asked).toEqual({ approvalId: expect.any(String), state: 'pending' });
    const system = { name: 'S', kind: 'system', roles: ['compliance', 'marketing'] };
    await expectStatus(202, app.admin.post('/v1/clients', system));
    await expectStatus(201, app.admin.post('/v1/clients', { ...OFFICER, roles: ['marketing'] }));
  });

  it('does what was asked when another person approves, and not before', async () => {
    const { approvalId } = await ask();
    const waiting = await expectStatus(200, cast.officer.get<Approval>(`/v1/approvals/${approvalId}`));
    expect(waiting).toMatchObject({
      id: approvalId,
      kind: 'client.create',
      after: OFFICER,
      askedBy: { name: 'First admin' },
      state: 'pending',
    });
    const client = `/v1/clients/${waiting.subject}`;
    await expectStatus(404, app.admin.get(client));
    await expectStatus(404, app.admin.post(`${client}/keys`));
    const decided = await expectStatus(200, approve(approvalId, cast.officer, { comment: 'Known to us.' }));
    expect(decided).toMatchObject({
      state: 'approved',
      decidedBy: { id: cast.officer.id, name: 'Officer A' },
      comment: 'Known to us.',
    });
    await expectStatus(200, app.admin.get(client));
    const { key } = await expectStatus(201, app.admin.post<{ key: string }>(`${client}/keys`));
    await expectStatus(200, app.as(key).get('/v1/approvals'));
  });

  it('does nothing when it is rejected, and decides once', async () => {
    const { approvalId } = await ask();
    const { subject } = await expectStatus(
      200,
      cast.officer.post<Approval>(`/v1/approvals/${approvalId}/reject`, { comment: 'No.' }),
    );
    await expectStatus(404, app.admin.get(`/v1/clients/${subject}`));
    const again = await expectStatus(409, approve(approvalId, cast.otherOfficer));
    expect(again).toMatchObject({ code: 'CONFLICT', detail: 'This approval is rejected.' });
  });

  it('lets exactly one of two deciders decide', async () => {
    const { approvalId } = await ask();
    const answers = await Promise.all([
      approve(approvalId, cast.officer),
      approve(approvalId, cast.otherOfficer),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  });

  it('refuses the person who asked, systems, and other roles', async () => {
    const both = await app.client(['admin', 'marketing'], { kind: 'person' });
    const { approvalId } = await ask(both);
    const system = await approvedSystem();
    expect((await approve(approvalId, system)).body).toMatchObject({ code: 'PERSON_REQUIRED' });
    expect((await approve(approvalId, both)).body).toMatchObject({ code: 'FORBIDDEN' });
    const officerWhoAsks = await approvedClient({ ...OFFICER, roles: ['admin', 'compliance'] });
    const own = await ask(officerWhoAsks);
    expect((await approve(own.approvalId, officerWhoAsks)).body).toMatchObject({
      code: 'SAME_PERSON',
      status: 403,
    });
    expect((await officerWhoAsks.post(`/v1/approvals/${own.approvalId}/reject`)).body).toMatchObject({
      code: 'SAME_PERSON',
    });
    await expectStatus(200, approve(own.approvalId, cast.officer));
  });

  const approvedSystem = () => approvedClient({ name: 'System', kind: 'system', roles: ['compliance'] });

  async function approvedClient(body: unknown): Promise<HttpCaller> {
    const { approvalId } = await expectStatus(202, app.admin.post<Pending>('/v1/clients', body));
    const { subject } = await expectStatus(200, approve(approvalId, cast.officer));
    const { key } = await expectStatus(201, app.admin.post<{ key: string }>(`/v1/clients/${subject}/keys`));
    return app.as(key).named(subject);
  }

  it('lapses after 30 days', async () => {
    const { approvalId } = await ask();
    app.clock.advance(30 * DAY - 1);
    expect(await expectStatus(200, cast.officer.get<Approval>(`/v1/approvals/${approvalId}`))).toMatchObject({
      state: 'pending',
    });
    app.clock.advance(1);
    const lapsed = await expectStatus(409, approve(approvalId, cast.officer));
    expect(lapsed).toMatchObject({ detail: 'This approval is expired.' });
    const { items } = await expectStatus(
      200,
      cast.officer.get<{ items: Approval[] }>('/v1/approvals?state=expired&limit=1000'),
    );
    expect(items.map((item) => item.id)).toContain(approvalId);
    app.clock.advance(-30 * DAY);
  });

  it('shows everything to compliance and auditors, and to others what they asked for', async () => {
    const { approvalId } = await ask();
    const list = async (by: HttpCaller): Promise<string[]> => {
      const url = '/v1/approvals?state=pending&limit=1000';
      return (await expectStatus(200, by.get<{ items: Approval[] }>(url))).items.map((item) => item.id);
    };
    expect(await list(cast.auditor)).toContain(approvalId);
    expect(await list(app.admin)).toContain(approvalId);
    expect(await list(cast.marketing)).toEqual([]);
    await expectStatus(404, cast.marketing.get(`/v1/approvals/${approvalId}`));
    const first = await expectStatus(
      200,
      cast.auditor.get<{ items: Approval[]; nextCursor: string }>('/v1/approvals?limit=2'),
    );
    const second = await expectStatus(
      200,
      cast.auditor.get<{ items: Approval[] }>(`/v1/approvals?limit=2&cursor=${first.nextCursor}`),
    );
    const ids = [...first.items, ...second.items].map((item) => item.id);
    expect(new Set(ids).size).toBe(4);
    const all = (await expectStatus(200, cast.auditor.get<{ items: Approval[] }>('/v1/approvals?limit=1000')))
      .items;
    expect(all.map((item) => item.id).slice(0, 4)).toEqual(ids);
  });

  it('keeps both names in the record, and no words in clear', async () => {
    const { approvalId } = await ask();
    await expectStatus(200, approve(approvalId, cast.officer, { comment: 'Ring me at +8613800138000.' }));
    const rows = await queryRows<{
      id: string;
      type: string;
      sealed: Buffer;
      wrapped_key: Buffer;
      clear: object;
    }>(
      app.database,
      `SELECT event_id AS id, type, sealed, wrapped_key, clear FROM events WHERE clear->>'approvalId' = $1 ORDER BY event_id`,
      [approvalId],
    );
    expect(rows.map((row) => row.type)).toEqual(['approval.requested.v1', 'approval.approved.v1']);
    const writer = app.nest.get(EvidenceWriter);
    const opened = rows.map((row) =>
      writer.open({ id: row.id, sealed: row.sealed, wrappedKey: row.wrapped_key }, undefined),
    );
    expect(opened[1]).toMatchObject({
      askedBy: { name: 'First admin' },
      decidedBy: { name: 'Officer A' },
      comment: 'Ring me at +8613800138000.',
    });
    const stored = await queryRows<{ comment: string }>(
      app.database,
      'SELECT comment FROM approvals WHERE id = $1',
      [approvalId],
    );
    expect(JSON.stringify([stored, rows.map((row) => row.clear)])).not.toContain('13800138000');
  });
});
