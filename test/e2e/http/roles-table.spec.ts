import fastify from 'fastify';
import { ACCESS } from '../../../src/contracts/access';
import type { AccessEntry } from '../../../src/contracts/access/entry';
import { type Role, ROLES } from '../../../src/contracts/actor';
import { guardRoutes } from '../../../src/platform/auth/access-hooks';
import { Authenticator } from '../../../src/platform/auth/authenticator';
import { type Cast, makeCast, startApp, type TestApp } from '../../support/app';
import type { HttpCaller } from '../../support/http';

const NOBODY = '0193a000-0000-7000-8000-000000000000';
const url = ({ path }: AccessEntry): string => path.replace(/:\w+/g, NOBODY).replace('/*', '/');
const guarded = ACCESS.filter((entry) => entry.roles !== 'open');
const named = (entries: readonly AccessEntry[]): [string, AccessEntry][] =>
  entries.map((entry) => [`${entry.method} ${entry.path}`, entry]);

/** The role is judged before the body, so an empty one will do. */
function ask(caller: HttpCaller, entry: AccessEntry) {
  return caller.send(entry.method, url(entry), entry.method === 'GET' ? undefined : {});
}

describe('the role table', () => {
  let app: TestApp;
  let cast: Cast;
  beforeAll(async () => {
    app = await startApp();
    cast = await makeCast(app);
  });
  afterAll(() => app.close());

  it('has no two entries for one endpoint, and some role for each', () => {
    expect(new Set(named(ACCESS).map(([name]) => name)).size).toBe(ACCESS.length);
    expect(guarded.filter((entry) => entry.roles.length === 0)).toEqual([]);
  });

  it.each(named(ACCESS.filter(({ path }) => !path.endsWith('/*'))))(
    'has a route for %s',
    (_, { method, path }) => {
      const server = app.nest.getHttpAdapter().getInstance();
      expect(server.hasRoute({ method, url: path }) || server.hasRoute({ method, url: `${path}/` })).toBe(
        true,
      );
    },
  );

  it('stops the start where a route has no entry', async () => {
    const server = fastify();
    guardRoutes(server, app.nest.get(Authenticator));
    expect(() => server.delete('/v1/clients/:id', () => 'gone')).toThrow(
      'DELETE /v1/clients/:id is not in the access table.',
    );
    await server.close();
  });

  it.each(named(guarded))('%s', async (_, entry) => {
    expect(await ask(app.anonymous, entry)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    const verdicts: Partial<Record<Role, 'allowed' | 'refused'>> = {};
    for (const role of ROLES) {
      const { status, body } = await ask(cast[role], entry);
      expect(status).not.toBe(401);
      expect(body?.detail).not.toBe('There is no such endpoint.');
      verdicts[role] = body?.code === 'FORBIDDEN' ? 'refused' : 'allowed';
      // Nobody's question is our fault.
      expect(status).toBeLessThan(500);
    }
    expect(verdicts).toEqual(
      Object.fromEntries(ROLES.map((role) => [role, entry.roles.includes(role) ? 'allowed' : 'refused'])),
    );
  });

  // Whoever signs has no key: what is not signed is refused there all the same (sms-inbound.spec.ts).
  const signed = (entry: AccessEntry): boolean => entry.path.startsWith('/v1/sms/inbound');
  const open = ACCESS.filter((entry) => entry.roles === 'open' && !entry.path.endsWith('/*'));

  it.each(named(open.filter(signed)))('%s takes nothing without a signature', async (_, entry) => {
    expect((await ask(app.anonymous, entry)).status).toBe(503);
    expect((await ask(cast.compliance, entry)).status).toBe(503);
  });

  // A page that nobody has opened with a link is gone, for everybody alike (my-view.spec.ts).
  const linked = (entry: AccessEntry): boolean => entry.tag === 'my';

  it.each(named(open.filter(linked)))('%s shows nothing without a link', async (_, entry) => {
    expect((await ask(app.anonymous, entry)).status).toBe(410);
    expect((await ask(cast.compliance, entry)).status).toBe(410);
  });

  it.each(named(open.filter((entry) => !signed(entry) && !linked(entry))))(
    '%s is open to everybody',
    async (_, entry) => {
      expect((await ask(app.anonymous, entry)).status).toBe(200);
    },
  );

  it('follows GET for HEAD', async () => {
    expect((await app.anonymous.send('HEAD', '/v1/clients')).status).toBe(401);
    expect((await cast.dialer.send('HEAD', '/v1/clients')).status).toBe(403);
    expect(await app.admin.send('HEAD', '/v1/clients')).toMatchObject({ status: 200, text: '' });
  });

  it('lets a client with two roles do what either may', async () => {
    const both = await app.client(['auditor', 'admin']);
    expect([(await both.get('/v1/clients')).status, (await both.get('/v1/policies')).status]).toEqual([
      200, 200,
    ]);
  });
});

/** Rules of API.md, "Who may call", that must hold of the whole table however it grows. */
describe('what the role table may never say', () => {
  const may = (role: Role): string[] =>
    named(guarded.filter((entry) => entry.roles.includes(role))).map(([name]) => name);
  const writes = (name: string): boolean =>
    !name.startsWith('GET') && !/\/(search|lookup|replay)$/.test(name);

  it('an auditor changes nothing', () => {
    expect(may('auditor').filter(writes)).toEqual([]);
  });

  it('an admin sees no customers', () => {
    expect(
      may('admin').filter((name) => !/ \/v1\/(clients|approvals|bus|inbound-letters)/.test(name)),
    ).toEqual([]);
  });

  it('compliance may do all that marketing, care and dialers may', () => {
    const all = new Set(may('compliance'));
    for (const role of ['marketing', 'care', 'dialer'] as const) {
      expect(may(role).filter((name) => !all.has(name))).toEqual([]);
    }
  });

  it.each(['POST /v1/suppressions', 'POST /v1/preferences', 'POST /v1/consents/withdraw'])(
    'every role but auditor and admin adds a refusal: %s',
    (name) => {
      expect(ROLES.filter((role) => !may(role).includes(name))).toEqual(['auditor', 'admin']);
    },
  );

  it('only compliance lifts one, and decides what takes two', () => {
    for (const [name, { roles }] of named(guarded)) {
      if (/\/(release|approve|reject|return)$|preferences\/:id\/withdraw$/.test(name))
        expect([name, roles]).toEqual([name, ['compliance']]);
    }
  });
});
