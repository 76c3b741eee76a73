import { SignJWT, UnsecuredJWT } from 'jose';
import { startApp, type TestApp } from '../support/app';
import { expectStatus, type HttpCaller } from '../support/http';
import { OidcIssuer } from '../support/oidc-issuer';

interface Client {
  id: string;
  name: string;
  kind: string;
  roles: string[];
  keys: unknown[];
}

const APPROVALS = '/v1/approvals';

describe('persons who sign in', () => {
  let issuer: OidcIssuer;
  let app: TestApp;
  beforeAll(async () => {
    issuer = await OidcIssuer.start();
    app = await startApp({
      env: { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'quietline', OIDC_ROLES_CLAIM: 'realm_access.roles' },
    });
  });
  afterAll(async () => {
    await app.close();
    await issuer.stop();
  });

  const roles = (...of: string[]) => ({ realm_access: { roles: of } });
  const signIn = async (claims: Record<string, unknown>): Promise<HttpCaller> =>
    app.as(await issuer.token(claims));
  const clients = async (): Promise<Client[]> =>
    (await expectStatus(200, app.admin.get<{ items: Client[] }>('/v1/clients?limit=1000'))).items;

  it('are clients of their own, with one id for ever and the roles of their token', async () => {
    const iat = seconds() - 60;
    const first = await signIn({ sub: 'u-1', name: 'Ada', iat, ...roles('compliance', 'employee') });
    await expectStatus(200, first.get(APPROVALS));
    const ada = (await clients()).filter((client) => client.name === 'Ada');
    expect(ada).toMatchObject([{ kind: 'person', roles: ['compliance'], keys: [] }]);
    await expectStatus(
      200,
      (await signIn({ sub: 'u-1', name: 'Ada', iat: iat + 1, ...roles('compliance') })).get(APPROVALS),
    );
    const renamed = await signIn({ sub: 'u-1', name: 'Ada L.', iat: iat + 2, ...roles('admin') });
    const [self] = (await expectStatus(200, renamed.get<{ items: Client[] }>('/v1/clients'))).items;
    expect(self).toMatchObject({ id: ada[0]?.id, name: 'Ada L.', roles: ['admin'] });
    expect((await clients()).filter((client) => client.name.startsWith('Ada'))).toHaveLength(1);
  });

  it('may do what the roles in the token allow, and no more', async () => {
    const care = await signIn({ sub: 'u-2', name: 'Carl', ...roles('care') });
    expect(await care.get(APPROVALS)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const nobody = await signIn({ sub: 'u-3', name: 'Nora' });
    expect(await nobody.get(APPROVALS)).toMatchObject({ status: 403 });
  });

  it('decide as persons, and not what they asked for', async () => {
    const officer = (sub: string) => signIn({ sub, name: sub, ...roles('compliance', 'admin') });
    const [a, b] = [await officer('o-1'), await officer('o-2')];
    // Both sign in before anything is asked: persons count once we know them.
    for (const person of [a, b]) await expectStatus(200, person.get(APPROVALS));
    const body = { name: 'S', kind: 'system', roles: ['compliance'] };
    const { approvalId } = await expectStatus(202, a.post<{ approvalId: string }>('/v1/clients', body));
    expect(await a.post(`${APPROVALS}/${approvalId}/approve`)).toMatchObject({
      body: { code: 'SAME_PERSON' },
    });
    await expectStatus(200, b.post(`${APPROVALS}/${approvalId}/approve`));
  });

  it('can be revoked here, and get no key', async () => {
    const person = await signIn({ sub: 'u-4', name: 'Rob', ...roles('marketing') });
    await expectStatus(200, person.get(APPROVALS));
    const rob = (await clients()).find((client) => client.name === 'Rob');
    await expectStatus(409, app.admin.post(`/v1/clients/${rob?.id}/keys`));
    await expectStatus(200, app.admin.post(`/v1/clients/${rob?.id}/revoke`));
    expect(await person.get(APPROVALS)).toMatchObject({ status: 401 });
    const again = await signIn({ sub: 'u-4', name: 'Rob', ...roles('marketing') });
    expect(await again.get(APPROVALS)).toMatchObject({ status: 401 });
  });

  it('are entered once when they first come twice at the same time', async () => {
    const person = await signIn({ sub: 'u-5', name: 'Eve', ...roles('marketing') });
    const answers = await Promise.all(Array.from({ length: 6 }, () => person.get(APPROVALS)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(6).fill(200));
    expect((await clients()).filter((client) => client.name === 'Eve')).toHaveLength(1);
  });

  const oidcEnv = () => ({
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: 'quietline',
    OIDC_ROLES_CLAIM: 'realm_access.roles',
  });
  const good = () => ({ sub: 'u-7', name: 'Mal', ...roles('admin') });
  const seconds = (): number => Math.floor(Date.now() / 1_000);

  it('are let in with a good token, which the refused ones below differ from in one thing', async () => {
    await expectStatus(200, app.as(await issuer.token(good())).get('/v1/clients'));
  });

  it.each<[string, () => Promise<string> | string]>([
    ['another issuer', () => issuer.token({ ...good(), iss: 'http://127.0.0.1:1' })],
    ['another audience', () => issuer.token({ ...good(), aud: 'payroll' })],
    ['no audience', () => issuer.token({ ...good(), aud: undefined })],
    ['a lapsed token', () => issuer.token({ ...good(), exp: seconds() - 60 })],
    ['no time of issue', () => issuer.token({ ...good(), iat: undefined })],
    ['a time of issue to come', () => issuer.token({ ...good(), iat: seconds() + 60 })],
    ['no end', () => issuer.token({ ...good(), exp: undefined })],
    ['a token for later', () => issuer.token({ ...good(), nbf: seconds() + 3_600 })],
    ['nobody', () => issuer.token({ ...roles('admin') })],
    ["a stranger's key", async () => issuer.token(good(), await strangersKey())],
    [
      'no signature',
      () =>
        new UnsecuredJWT({ ...good(), iss: issuer.url, aud: 'quietline' }).setExpirationTime('5m').encode(),
    ],
    [
      'a shared secret',
      () =>
        new SignJWT({ ...good(), iss: issuer.url, aud: 'quietline' })
          .setProtectedHeader({ alg: 'HS256', kid: 'key-0' })
          .setExpirationTime('5m')
          .sign(Buffer.alloc(32, 1)),
    ],
    ['rubbish', () => 'eyJ.eyJ.x'],
  ])('are refused with %s', async (_, token) => {
    const answer = await app.as(await token()).get('/v1/clients');
    expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  });

  async function strangersKey(): Promise<OidcIssuer> {
    const stranger = await OidcIssuer.start();
    await stranger.stop();
    return stranger;
  }

  it('are told to come again, not to sign in again, while the provider is away', async () => {
    const away = await startApp({ database: app.database, dataDir: app.dataDir, env: oidcEnv() });
    try {
      const token = await issuer.token(good());
      issuer.failWith = 500;
      expect(await away.as(token).get('/v1/clients')).toMatchObject({
        status: 503,
        body: { code: 'DECISION_UNAVAILABLE' },
      });
      issuer.failWith = undefined;
      await expectStatus(200, away.as(token).get('/v1/clients'));
    } finally {
      issuer.failWith = undefined;
      await away.close();
    }
  });

  it('are recognised after the provider has changed its key', async () => {
    await issuer.rotate();
    // The verifier asks for keys it does not know at most every 30 s; a restart asks at once.
    const restarted = await startApp({ database: app.database, dataDir: app.dataDir, env: oidcEnv() });
    try {
      const token = await issuer.token({ sub: 'u-6', name: 'Kim', ...roles('marketing') });
      await expectStatus(200, restarted.as(token).get(APPROVALS));
    } finally {
      await restarted.close();
    }
  });
});
