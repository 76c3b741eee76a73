import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../../src/platform/database/database';
import { startApp, type TestApp } from '../../support/app';
import { runAsSuperuser } from '../../support/test-server';
import { expectStatus } from '../../support/http';

describe('health', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('is live and ready when it can decide', async () => {
    expect(await expectStatus(200, app.anonymous.get('/health/live'))).toEqual({ status: 'live' });
    const report = await expectStatus(
      200,
      app.anonymous.get<{ ready: boolean; checks: { name: string; status: string }[] }>('/health/ready'),
    );
    expect(report.ready).toBe(true);
    expect(report.checks.map((check) => check.name)).toEqual(
      expect.arrayContaining(['database', 'migrations', 'settings']),
    );
  });

  it('is not ready while the database is away, answers 503, and comes back by itself', async () => {
    const name = new URL(app.database.url).pathname.slice(1);
    const postgres = new URL(app.database.superuserUrl);
    postgres.pathname = '/postgres';
    await runAsSuperuser(postgres.href, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await runAsSuperuser(
      postgres.href,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    const since = performance.now();
    while ((await app.anonymous.get('/health/ready')).status === 200) await delay(20);
    expect(performance.now() - since).toBeLessThan(2_000);
    const { body, status } = await app.anonymous.get('/health/ready');
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'DECISION_UNAVAILABLE' });
    expect(body['checks']).toEqual(
      expect.arrayContaining([
        { name: 'database', status: 'fault', detail: 'The database takes no writes.' },
      ]),
    );
    expect(await app.admin.get('/v1/clients')).toMatchObject({
      status: 503,
      body: { code: 'DECISION_UNAVAILABLE' },
    });
    await expectStatus(200, app.anonymous.get('/health/live'));
    await runAsSuperuser(postgres.href, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    while ((await app.anonymous.get('/health/ready')).status !== 200) await delay(20);
    await expectStatus(200, app.admin.get('/v1/clients'));
  });

  it('asks the database once however many ask for it at once', async () => {
    const query = jest.spyOn(app.nest.get(Database), 'query');
    const answers = await Promise.all(Array.from({ length: 200 }, () => app.anonymous.get('/health/ready')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    // Two rounds of probes where the second that a report is kept ended in the middle.
    expect(query.mock.calls.length).toBeLessThanOrEqual(6);
    query.mockRestore();
  });

  it('shows metrics to this machine, and to others with the token', async () => {
    const { status, text, headers } = await app.anonymous.get('/metrics');
    expect({ status, type: String(headers['content-type']) }).toMatchObject({ status: 200 });
    expect(text).toContain(
      'quietline_http_request_duration_seconds_count{method="GET",route="/health/live",status="2xx"}',
    );
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    expect(await app.anonymous.get('/metrics', forwarded)).toMatchObject({ status: 401 });
  });
});
