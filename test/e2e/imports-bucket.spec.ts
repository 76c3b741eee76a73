import { readdir } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Upkeep } from '../../src/platform/upkeep/upkeep';
import { JobRunner } from '../../src/services/jobs/job-runner';
import { startApp, type TestApp } from '../support/app';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { expectStatus, type HttpCaller } from '../support/http';
import { differences, finished, readJob, upload } from '../support/imports';
import { eventually } from '../support/proofs/eventually';
import { describeWithS3, S3Server } from '../support/s3-server';

const LINES = ['number', '+8613800138000', '+8613800138001', 'no number'].join('\n');
const QUERY = 'source=crm&dryRun=true';

describeWithS3('uploads in a bucket that two hosts share', () => {
  let server: S3Server;
  let door: Server;
  let away: 'nothing' | 'reads' | 'all' = 'nothing';
  let database: TestDatabase;
  let first: TestApp;
  let second: TestApp;
  let marketing: HttpCaller;

  beforeAll(async () => {
    server = await S3Server.start();
    door = createServer((incoming, outgoing) => {
      const isRead = /\/[0-9a-f-]{36}\?/.test(incoming.url ?? '') && incoming.method === 'GET';
      if (away === 'all' || (away === 'reads' && isRead)) return void incoming.destroy();
      const { method, url: path, headers } = incoming;
      const options = { host: '127.0.0.1', port: new URL(server.endpoint).port, method, path, headers };
      const passed = request(options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    const { port } = door.address() as AddressInfo;
    const BLOB_URL = `s3://${server.bucket}/quietline?endpoint=http://127.0.0.1:${port}`;
    database = await createTestDatabase();
    first = await startApp({ database, env: { BLOB_URL } });
    // Another host: its own directory, and the same file of the key-encryption key.
    second = await startApp({ database, env: { BLOB_URL, KEK_FILE: first.config.kekFile } });
    marketing = await first.client(['marketing']);
  }, 120_000);
  afterAll(async () => {
    await second?.close();
    await first?.close();
    await database?.drop();
    door?.closeAllConnections();
    door?.close();
    await server?.stop();
  });
  const atSecond = (): HttpCaller => second.as(marketing.key ?? '').named(marketing.id);

  it('is run by the host that did not take it, and read there to its end', async () => {
    expect(first.dataDir).not.toBe(second.dataDir);
    // This host takes uploads and runs nothing.
    await first.nest.get(JobRunner, { strict: false }).beforeApplicationShutdown();
    const jobId = await upload(marketing, 'suppressions', QUERY, LINES);
    const [key = ''] = await server.keys();
    expect(key).toMatch(/^quietline\/[0-9a-f]{16}\/[0-9a-f-]{36}$/);
    expect((await server.bytesOf(key)).includes('138001')).toBe(false);
    const job = await finished(marketing, jobId);
    expect(job).toMatchObject({
      state: 'succeeded',
      counts: { read: 3, accepted: 2, duplicate: 0, rejected: 1 },
    });
    const rows = await differences(atSecond(), jobId);
    expect(rows.map(([line]) => line)).toEqual(expect.arrayContaining(['4']));
    for (const app of [first, second]) {
      expect(await readdir(join(app.dataDir, 'blobs')).catch(() => 'none')).toBe('none');
    }
  });

  it('goes when it was read, wherever upkeep runs', async () => {
    expect(await server.keys()).toHaveLength(1);
    expect(await queryRows(database, 'SELECT 1 FROM import_stage')).not.toEqual([]);
    await queryRows(database, `UPDATE jobs SET result_read_at = now() - interval '61 minutes'`);
    await first.nest.get(Upkeep).run('spent-uploads');
    expect(await server.keys()).toEqual([]);
    expect(await queryRows(database, 'SELECT 1 FROM import_stage')).toEqual([]);
  });

  it('waits for its file however long the bucket does not give it', async () => {
    away = 'reads';
    const jobId = await upload(marketing, 'suppressions', QUERY, LINES);
    const interruptions = (): number =>
      second.logged.filter((line) => line.includes('A job was interrupted.') && line.includes(jobId)).length;
    // More often than a job may fail by itself.
    await eventually('it was tried six times', () => Promise.resolve(interruptions() > 5), 60_000);
    expect(['queued', 'running']).toContain((await readJob(marketing, jobId)).state);
    away = 'nothing';
    expect(await finished(marketing, jobId)).toMatchObject({ state: 'succeeded', counts: { read: 3 } });
  }, 90_000);

  it('is refused while the bucket is away, and decisions go on', async () => {
    away = 'all';
    const type = { 'content-type': 'text/csv' };
    const refused = await marketing.post(`/v1/suppressions/imports?${QUERY}`, LINES, type);
    expect(refused).toMatchObject({ status: 503, body: { code: 'DECISION_UNAVAILABLE' } });
    expect(refused.headers['retry-after']).toBe('5');
    const report = await expectStatus(
      200,
      first.anonymous.get<{ ready: boolean; checks: { name: string; status: string }[] }>('/health/ready'),
    );
    expect(report.ready).toBe(true);
    expect(report.checks).toContainEqual(expect.objectContaining({ name: 'blobs', status: 'warning' }));
  });
});
