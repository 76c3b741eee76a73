import { startApp, type TestApp } from '../support/app';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { OidcIssuer } from '../support/oidc-issuer';

const APPROVALS = '/v1/approvals';
const CLIENTS = '/v1/clients';

describe('the roles of persons who sign in', () => {
  let issuer: OidcIssuer;
  let app: TestApp;
  /** A second process, which has seen none of the tokens. */
  let other: TestApp;
  beforeAll(async () => {
    issuer = await OidcIssuer.start();
    const env = { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'quietline', OIDC_ROLES_CLAIM: 'roles' };
    app = await startApp({ env });
    other = await startApp({ env, database: app.database, dataDir: app.dataDir });
  });
  afterAll(async () => {
    await other.close();
    await app.close();
    await issuer.stop();
  });

  /** A token issued so many seconds ago. */
  const token = (sub: string, age: number, roles: string[], name = sub): Promise<string> =>
    issuer.token({ sub, name, roles, iat: Math.floor(Date.now() / 1_000) - age });
  const statuses = async (of: string, ...paths: string[]): Promise<number[]> => {
    const answers = [];
    for (const process of [app, other])
      for (const path of paths) answers.push((await process.as(of).get(path)).status);
    return answers;
  };
  const version = async (): Promise<string | undefined> =>
    (await queryRows<{ version: string }>(app.database, 'SELECT version FROM settings_version'))[0]?.version;
  const stored = (name: string): Promise<{ roles: string[] }[]> =>
    queryRows(app.database, 'SELECT roles FROM clients WHERE name = $1', [name]);

  it('enter nobody who has none', async () => {
    const before = await version();
    expect(await statuses(await token('Nora', 0, ['employee']), APPROVALS)).toEqual([403, 403]);
    expect(await stored('Nora')).toEqual([]);
    expect(await version()).toBe(before);
  });

  it('are those of the newest token, and an older one restores none', async () => {
    const older = await token('Ada', 60, ['admin', 'marketing']);
    const newer = await token('Ada', 30, ['marketing']);
    expect(await statuses(older, CLIENTS)).toEqual([200, 200]);
    await expectStatus(200, app.as(newer).get(APPROVALS));
    expect(await statuses(older, CLIENTS, APPROVALS)).toEqual([403, 200, 403, 200]);
    expect(await stored('Ada')).toEqual([{ roles: ['marketing'] }]);
  });

  it('are never more than those of the token that asks', async () => {
    const narrow = await token('Ben', 60, ['marketing']);
    await expectStatus(200, app.as(await token('Ben', 30, ['admin', 'marketing'])).get(CLIENTS));
    expect(await statuses(narrow, CLIENTS, APPROVALS)).toEqual([403, 200, 403, 200]);
    expect(await stored('Ben')).toMatchObject([{ roles: ['marketing', 'admin'] }]);
  });

  it('stay withdrawn from a token issued before one that named the same roles as ever', async () => {
    await expectStatus(200, app.as(await token('Cleo', 90, ['marketing'])).get(APPROVALS));
    await expectStatus(200, app.as(await token('Cleo', 30, ['marketing'])).get(APPROVALS));
    expect(await statuses(await token('Cleo', 60, ['admin', 'marketing']), CLIENTS)).toEqual([403, 403]);
  });

  it('are gone with a newer token that names none', async () => {
    const older = await token('Dan', 60, ['marketing']);
    expect(await statuses(older, APPROVALS)).toEqual([200, 200]);
    expect(await statuses(await token('Dan', 30, []), APPROVALS)).toEqual([403, 403]);
    expect(await statuses(older, APPROVALS)).toEqual([403, 403]);
  });

  it('make no process read the settings again while two tokens take turns', async () => {
    const tokens = [
      await token('Eve', 60, ['marketing', 'auditor']),
      await token('Eve', 30, ['marketing'], 'Eva'),
    ];
    for (const each of tokens) await statuses(each, APPROVALS);
    const before = await version();
    for (const each of [...tokens, ...tokens]) await statuses(each, APPROVALS);
    expect(await version()).toBe(before);
  });

  it('count for the two persons with compliance even after they were withdrawn', async () => {
    for (const sub of ['Gus', 'Hal']) {
      await expectStatus(200, app.as(await token(sub, 60, ['compliance'])).get(APPROVALS));
      await expectStatus(200, app.as(await token(sub, 30, ['marketing'])).get(APPROVALS));
    }
    const officer = { name: 'Officer', kind: 'person', roles: ['compliance'] };
    await expectStatus(202, app.admin.post(CLIENTS, officer));
  });

  it('do not change with a name, which is recorded and leaves the settings as they are', async () => {
    await expectStatus(200, app.as(await token('Fay', 60, ['marketing'])).get(APPROVALS));
    const before = await version();
    await expectStatus(200, app.as(await token('Fay', 30, ['marketing'], 'Faye')).get(APPROVALS));
    expect(await version()).toBe(before);
    expect(await stored('Faye')).toHaveLength(1);
    const changed = await queryRows(
      app.database,
      `SELECT 1 FROM events e JOIN clients c ON e.clear->>'id' = c.id::text
       WHERE c.name = 'Faye' AND e.type = 'client.changed.v1'`,
    );
    expect(changed).toHaveLength(1);
  });
});
