import { PROBLEMS } from '../../../src/contracts/problems';
import { ClientsService } from '../../../src/services/clients/clients.service';
import { startApp, type TestApp } from '../../support/app';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('problem documents', () => {
  let app: TestApp;
  beforeAll(async () => {
    const broken = {
      onModuleInit: () => undefined,
      list: () => Promise.reject(new Error('Somebody rang +8613800138000.', { cause: new Error('why') })),
      find: () => Promise.reject(Object.assign(new Error('terminating'), { code: '57P01' })),
    };
    app = await startApp({ providers: [{ token: ClientsService, value: broken }] });
  });
  afterAll(() => app.close());

  it('carry the members of RFC 9457 and ours', async () => {
    const { status, headers, body } = await app.anonymous.get('/v1/clients');
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 401,
      type: 'application/problem+json; charset=utf-8',
    });
    expect(body).toEqual({
      type: 'urn:quietline:problem:unauthenticated',
      title: PROBLEMS.UNAUTHENTICATED.title,
      status: 401,
      code: 'UNAUTHENTICATED',
      detail: 'Send a key: Authorization: Bearer <key>.',
      instance: `urn:uuid:${String(headers['x-request-id'])}`,
    });
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(headers['x-request-id']).toMatch(UUID);
  });

  it("take the caller's request id where it is a UUID, and no other", async () => {
    const own = '4BF92F35-77B3-4DA6-A3CE-929D0E0E4736';
    const taken = await app.anonymous.get('/v1/nothing', { 'x-request-id': own });
    expect(taken.body.instance).toBe(`urn:uuid:${own.toLowerCase()}`);
    const refused = await app.anonymous.get('/v1/nothing', { 'x-request-id': 'call +8613800138000' });
    expect(refused.body.instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  });

  it('say nothing of an unknown error, and log it whole but for numbers', async () => {
    const { status, body, text, headers } = await app.admin.get('/v1/clients');
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'INTERNAL', detail: 'The request was not carried out as asked.' });
    expect(text).not.toMatch(/rang|13800138000/);
    const line = app.logged.find((entry) => entry.includes('Somebody rang')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      requestId: headers['x-request-id'],
      route: 'GET /v1/clients',
      code: 'INTERNAL',
    });
    expect(line).toContain('why');
    expect(line).not.toContain('13800138000');
  });

  it('say 503 and when to ask again while the database is away', async () => {
    const { status, headers, body } = await app.admin.get('/v1/clients/0193a000-0000-7000-8000-000000000000');
    expect({ status, code: body.code, after: headers['retry-after'] }).toEqual({
      status: 503,
      code: 'DECISION_UNAVAILABLE',
      after: '1',
    });
  });

  it.each(['DELETE', 'PATCH', 'PUT'] as const)('are 404 for %s, which no client takes', async (method) => {
    expect(await app.admin.send(method, '/v1/clients')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
  });

  it.each<[string, string | undefined]>([
    ['no header', undefined],
    ['another scheme', 'Basic YTpi'],
    ['no key', 'Bearer '],
    ['a wrong key', 'Bearer ql_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['something like a token where nobody signs in', 'Bearer a.b.c'],
    ['two words', 'Bearer a b'],
    ['endless words', `Bearer ${'a'.repeat(9_000)}`],
  ])('are 401 for %s', async (_, authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    expect(await app.anonymous.get('/v1/approvals', headers)).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHENTICATED' },
    });
  });

  it('come before anything is read: an unknown caller with a broken body is told that it is unknown', async () => {
    expect(await app.anonymous.post('/v1/clients', '{')).toMatchObject({ status: 401 });
    expect(await app.anonymous.post('/v1/clients', 'x'.repeat(2_000_000))).toMatchObject({ status: 401 });
  });
});
