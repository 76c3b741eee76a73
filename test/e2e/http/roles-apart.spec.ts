import { ACCESS } from '../../../src/contracts/access';
import type { AccessEntry } from '../../../src/contracts/access/entry';
import { endpointAt, SERVICES, servicesOf } from '../../../src/contracts/serving';
import { startApp, type TestApp } from '../../support/app';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const NOBODY = '0193a000-0000-7000-8000-000000000000';
const urlOf = ({ path }: AccessEntry): string => path.replace(/:\w+/g, NOBODY).replace('/*', '/');
/** Nobody listens there: what a process answers by itself needs no broker. */
const NO_BROKER = '127.0.0.1:1';

describe.each(SERVICES)('a process with ROLE=%s', (role) => {
  let database: TestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startApp({ database, env: { ROLE: role, KAFKA_BROKERS: NO_BROKER } });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });
  const entries = ACCESS.filter(({ path }) => !path.endsWith('/*'));

  it('answers what it serves, and names who serves the rest before it asks for a key', async () => {
    for (const entry of entries) {
      const services = servicesOf(entry);
      const answer = await app.anonymous.send(
        entry.method,
        urlOf(entry),
        entry.method === 'GET' ? undefined : {},
      );
      const name = `${entry.method} ${entry.path}`;
      if (services.includes(role)) {
        expect([name, answer.body?.['servedBy'], answer.body?.detail]).not.toContain(
          'There is no such endpoint.',
        );
        expect([name, answer.body?.['servedBy']]).toEqual([name, undefined]);
      } else {
        expect([name, answer.status, answer.body.code, answer.body['servedBy']]).toEqual([
          name,
          404,
          'NOT_FOUND',
          services,
        ]);
        expect(answer.body.detail).toContain(`ROLE=${services.join(' or ')}`);
      }
    }
  });

  it('says of a path that is nobody’s only that it is not there', async () => {
    for (const path of ['/v1/nothing', '/', '/v1/audit', '/my/a/b']) {
      const { status, body } = await app.anonymous.get(path);
      expect([status, body.detail]).toEqual([404, 'There is no such endpoint.']);
    }
  });

  it('describes in OpenAPI what it serves, and nothing else', async () => {
    const { body } = await app.anonymous.get<{ paths: Record<string, Record<string, unknown>> }>(
      '/openapi.json',
    );
    for (const [path, methods] of Object.entries(body.paths)) {
      for (const method of Object.keys(methods)) {
        const entry = endpointAt(method.toUpperCase(), path.replace(/{(\w+)}/g, ':$1'));
        expect([method, path, entry !== undefined && servicesOf(entry).includes(role)]).toEqual([
          method,
          path,
          true,
        ]);
      }
    }
  });
});
