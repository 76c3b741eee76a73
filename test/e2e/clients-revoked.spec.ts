import { ACCESS } from '../../src/contracts/access';
import type { AccessEntry } from '../../src/contracts/access/entry';
import { ROLES } from '../../src/contracts/actor';
import { startApp, type TestApp } from '../support/app';
import { openBank, question } from '../support/bank';
import { expectStatus } from '../support/http';

const NOBODY = '0193a000-0000-7000-8000-000000000000';
/** Those that judge the caller before anything else, one after the other, each with a client of its own. */
const judgedFirst = ACCESS.filter((entry) => entry.roles !== 'open' && entry.checkedInWrite !== true);

describe('a revoked client', () => {
  let app: TestApp;
  /** A second process, which has the client in its memory and hears of the revocation from nobody. */
  let other: TestApp;
  beforeAll(async () => {
    app = await startApp();
    other = await startApp({ database: app.database, dataDir: app.dataDir });
  });
  afterAll(async () => {
    await other.close();
    await app.close();
  });

  it.each(judgedFirst.map((entry): [string, AccessEntry] => [`${entry.method} ${entry.path}`, entry]))(
    'is unknown to another process on its very next %s',
    async (_, entry) => {
      const client = await app.client(ROLES.filter((role) => role !== 'compliance'));
      const elsewhere = other.as(client.key ?? '');
      const ask = () =>
        elsewhere.send(
          entry.method,
          entry.path.replace(/:\w+/g, NOBODY),
          entry.method === 'GET' ? undefined : {},
        );
      expect((await ask()).status).not.toBe(401);
      await expectStatus(200, app.admin.post(`/v1/clients/${client.id}/revoke`));
      expect((await ask()).status).toBe(401);
    },
  );

  it('gets no decision there either, alone or in a batch', async () => {
    const bank = await openBank(app);
    for (const [path, body] of [
      ['/v1/calls/authorize', question(bank, '+8613900000001')],
      ['/v1/calls/authorize/batch', { calls: [question(bank, '+8613900000002')] }],
    ] as const) {
      const dialer = await app.client(['dialer']);
      const elsewhere = other.as(dialer.key ?? '');
      await expectStatus(200, elsewhere.post('/v1/calls/authorize', question(bank, '+8613900000003')));
      await expectStatus(200, app.admin.post(`/v1/clients/${dialer.id}/revoke`));
      const { status, text } = await elsewhere.post(path, body);
      expect({ status, decided: /"outcome"/.test(text) }).toMatchObject({ decided: false });
      expect(text).toContain('UNAUTHENTICATED');
    }
  });
});
