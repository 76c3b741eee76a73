import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Lifecycle } from '../../src/platform/health/lifecycle';
import { Upkeep } from '../../src/platform/upkeep/upkeep';
import { startApp, type TestApp } from '../support/app';
import { queryRows } from '../support/database-rows';
import type { HttpCaller } from '../support/http';
import { finished, load } from '../support/imports';
import { eventually } from '../support/proofs/eventually';

const CHUNK = Buffer.from('+8613800138000\n'.repeat(4_000));

describe('an upload', () => {
  let app: TestApp;
  let marketing: HttpCaller;
  let port: number;
  beforeAll(async () => {
    app = await startApp({ env: { IMPORT_MAX_MB: '2' } });
    marketing = await app.client(['marketing']);
    await app.nest.listen(0, '127.0.0.1');
    ({ port } = (app.nest.getHttpServer() as { address(): AddressInfo }).address());
  });
  afterAll(() => app.close());

  const files = (): Promise<string[]> => readdir(join(app.dataDir, 'blobs')).catch(() => []);

  function send(): ReturnType<typeof request> {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/v1/suppressions/imports?source=crm&dryRun=true',
      headers: { authorization: `Bearer ${marketing.key}`, 'content-type': 'text/plain' },
    });
    outgoing.on('error', () => undefined);
    return outgoing;
  }

  async function answerOf(
    outgoing: ReturnType<typeof request>,
  ): Promise<{ status: number; body: Record<string, string> }> {
    const [answer] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
    const parts: Buffer[] = [];
    for await (const part of answer) parts.push(part);
    return {
      status: answer.statusCode,
      body: JSON.parse(Buffer.concat(parts).toString()) as Record<string, string>,
    };
  }

  it('may be far larger than any other body, and not endless', async () => {
    const small = send();
    for (let n = 0; n < 20; n++) small.write(CHUNK);
    small.end();
    const taken = await answerOf(small);
    expect(taken.status).toBe(202);
    const job = await finished(marketing, taken.body['jobId'] ?? '');
    expect(job.counts).toEqual({ read: 80_000, accepted: 1, duplicate: 79_999, rejected: 0 });
    const kept = await files();
    const large = send();
    const refused = answerOf(large);
    for (let n = 0; n < 60; n++) large.write(CHUNK);
    expect(await refused).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
    expect(await files()).toEqual(kept);
  }, 60_000);

  it('goes an hour after its result was read, with all that was kept for it', async () => {
    await load(marketing, 'suppressions', 'source=crm&dryRun=true', 'number\n+8613800138000\n');
    expect(await files()).not.toEqual([]);
    expect(await queryRows(app.database, 'SELECT 1 FROM import_stage')).not.toEqual([]);
    await queryRows(app.database, `UPDATE jobs SET result_read_at = now() - interval '61 minutes'`);
    await app.nest.get(Upkeep).run('spent-uploads');
    expect(await files()).toEqual([]);
    expect(await queryRows(app.database, 'SELECT 1 FROM import_stage')).toEqual([]);
  });

  it('that breaks off leaves nothing behind, and is no fault of ours', async () => {
    const kept = await files();
    const broken = send();
    broken.write(CHUNK);
    await eventually('some of it is on disk', async () => (await files()).length > kept.length);
    broken.destroy();
    await eventually('it is gone', async () => (await files()).length === kept.length);
    expect(app.logged.filter((line) => line.includes('Request failed.'))).toEqual([]);
  });

  it('takes one of a few places, so that nobody’s uploads keep others’ out', async () => {
    const kept = await files();
    const open = [send(), send()];
    for (const upload of open) upload.write(CHUNK);
    await eventually('both are on disk', async () => (await files()).length === kept.length + 2);
    const third = send();
    const refused = answerOf(third);
    third.write(CHUNK);
    expect(await refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    const other = await app.client(['marketing']);
    const query = '/v1/suppressions/imports?source=other&dryRun=true';
    expect((await other.post(query, CHUNK, { 'content-type': 'text/plain' })).status).toBe(202);
    for (const upload of open) upload.end();
    expect((await Promise.all(open.map((upload) => answerOf(upload)))).map(({ status }) => status)).toEqual([
      202, 202,
    ]);
  });

  it('gets a 503 when the process begins to stop', async () => {
    const kept = await files();
    const cut = send();
    cut.write(CHUNK);
    await eventually('some of it is on disk', async () => (await files()).length > kept.length);
    app.nest.get(Lifecycle).refuseNewWork();
    const answer = answerOf(cut);
    cut.write(CHUNK);
    expect(await answer).toMatchObject({ status: 503, body: { code: 'DECISION_UNAVAILABLE' } });
    expect(await files()).toEqual(kept);
  });
});
