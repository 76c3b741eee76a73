import { maskNumber } from '../../src/domain/phone/mask-number';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { differences, faultsOf, finished, load, readJob, upload } from '../support/imports';

const TEN = '2026-07-01T10:00:00+08:00';

describe('a do-not-disturb list', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  const crm = () => bank.cast.marketing;
  const suppressions = (number: string) =>
    expectStatus(
      200,
      bank.cast.officer.post<{ items: Record<string, unknown>[] }>('/v1/suppressions/search', { number }),
    );

  it('binds everybody on it, known or never heard of, and voids what was allowed before', async () => {
    const [known, unknown] = [freshNumber(), freshNumber()];
    await consent(bank, { number: known });
    const allowed = await ask(bank, known);
    expect(allowed.outcome).toBe('allow');
    const job = await load(
      crm(),
      'suppressions',
      'source=crm',
      `number,reason,reference\n${known},拒绝营销,R-1\n${unknown},,R-2\n`,
    );
    expect(job).toMatchObject({
      state: 'succeeded',
      progress: 1,
      counts: { read: 2, accepted: 2, duplicate: 0, rejected: 0 },
      errors: [],
      result: { source: 'crm', mode: 'delta', dryRun: false },
    });
    for (const number of [known, unknown]) {
      expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
      const { items } = await suppressions(number);
      expect(items).toMatchObject([{ state: 'active', source: 'import', scope: { kind: 'group' } }]);
    }
    const redeemed = await bank.cast.carrier.post('/v1/authorizations/redeem', {
      token: allowed.authorization?.token,
      to: known,
      callerId: bank.callerId,
    });
    expect(redeemed).toMatchObject({ status: 409, body: { reason: 'void' } });
  });

  it('counts a row that it held before, or holds twice, as a duplicate', async () => {
    const [first, second] = [freshNumber(), freshNumber()];
    const file = `number,reference\n${first},A\n${second},B\n${first},A\n${first},C\n`;
    const query = 'source=branch';
    expect((await load(crm(), 'suppressions', query, file)).counts).toEqual({
      read: 4,
      accepted: 3,
      duplicate: 1,
      rejected: 0,
    });
    expect((await load(crm(), 'suppressions', query, file)).counts).toMatchObject({
      accepted: 0,
      duplicate: 4,
    });
    expect((await suppressions(first)).items).toHaveLength(2);
    // Another source is another record.
    expect((await load(crm(), 'suppressions', 'source=app', file)).counts).toMatchObject({ accepted: 3 });
  });

  it('takes customers and their numbers as one person', async () => {
    const number = freshNumber();
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-77', { numbers: [number] }));
    const job = await load(crm(), 'suppressions', 'source=care', `customerId\nC-77\nC-78\n`);
    expect(job.counts).toMatchObject({ accepted: 2 });
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
    const later = freshNumber();
    await expectStatus(200, bank.cast.officer.put('/v1/people/C-78', { numbers: [later] }));
    expect(codesOf(await ask(bank, later))).toContain('SUPPRESSED');
  });

  it('binds no more than a row says', async () => {
    const [narrow, ended, sms] = [freshNumber(), freshNumber(), freshNumber()];
    for (const number of [narrow, ended, sms]) await consent(bank, { number });
    const job = await load(
      crm(),
      'suppressions',
      'source=narrow',
      `channels;number;scope;scopeId;until;purposes
;${narrow};line;loans;;
;${ended};;;2026-07-01T10:00:01+08:00;
sms;${sms};;;;marketing
;${freshNumber()};line;nobody;;
;${freshNumber()};line;;;
;${freshNumber()};;;2020-01-01T00:00:00Z;
`,
    );
    // No campaign is of the line loans: a wish about it would bind nothing.
    expect(faultsOf(job)).toEqual([
      [2, 'UNKNOWN_SCOPE'],
      [5, 'UNKNOWN_SCOPE'],
      [6, 'REQUIRED'],
      [7, 'PAST'],
    ]);
    expect((await ask(bank, sms)).outcome).toBe('allow');
    expect(await ask(bank, ended)).toMatchObject({ outcome: 'defer', reasons: [{ code: 'SUPPRESSED' }] });
  });

  it('tells what is wrong with each line, and never what stands there', async () => {
    const good = freshNumber();
    const job = await load(
      crm(),
      'suppressions',
      'source=broken&region=CN',
      `number,customerId,channels,recordedAt\n${good.slice(3)},,,\n12,,,\n95588,,,\n,,,\n${good},C-1,,\n${good},,fax,\n${good},,,yesterday\n${good},,,2026-07-02T00:00:00Z\n${good}\u0000,,,\n`,
    );
    expect(job).toMatchObject({ state: 'succeeded', counts: { read: 9, accepted: 1, rejected: 8 } });
    expect(faultsOf(job)).toEqual([
      [3, 'NUMBER_INVALID'],
      [4, 'NUMBER_NOT_CALLABLE'],
      [5, 'ONE_OF'],
      [6, 'ONE_OF'],
      [7, 'NOT_ALLOWED'],
      [8, 'FORMAT'],
      [9, 'FUTURE'],
      [10, 'CHARACTER'],
    ]);
    expect(JSON.stringify(job)).not.toContain(good.slice(4));
    // Whoever sent it gets it back whole; of rows that cannot be read only the line.
    const lines = await differences(crm(), job.id);
    expect(lines[0]?.slice(0, 4)).toEqual(['3', 'rejected', 'NUMBER_INVALID', '']);
    expect(lines.find(([, what]) => what === 'added')).toEqual(['2', 'added', '', good, '', '', '']);
  });

  it('names a hundred faults and counts the rest', async () => {
    const job = await load(crm(), 'suppressions', 'source=bad', `number\n${'1\n'.repeat(250)}`);
    expect([job.errors.length, job.counts.rejected]).toEqual([100, 250]);
  });

  it('takes GB18030, text and NDJSON', async () => {
    const number = freshNumber();
    const gb = Buffer.concat([
      Buffer.from('number,reason\n'),
      Buffer.from(number),
      Buffer.from([0x2c, 0xb2, 0xbb, 0xd2, 0xaa, 0xb4, 0xf2, 0x0a]),
    ]);
    const marketing = crm();
    expect((await load(marketing, 'suppressions', 'source=gb&charset=gb18030', gb)).counts.accepted).toBe(1);
    const { items } = await suppressions(number);
    const detail = await expectStatus(
      200,
      bank.cast.officer.get<{ reason: string }>(`/v1/suppressions/${String(items[0]?.['id'])}`),
    );
    expect(detail.reason).toBe('不要打');
    const wrong = await load(marketing, 'suppressions', 'source=gb', gb);
    expect(wrong).toMatchObject({
      state: 'failed',
      counts: { accepted: 0 },
      errors: [{ line: 0, code: 'CHARSET' }],
    });
    const lines = `${freshNumber()}\r\n${freshNumber()}`;
    expect((await load(marketing, 'suppressions', 'source=txt', lines, 'text/plain')).counts.accepted).toBe(
      2,
    );
    const objects = `${JSON.stringify({ number: freshNumber(), channels: ['sms'] })}\n`;
    const job = await load(marketing, 'suppressions', 'source=nd', objects, 'application/x-ndjson');
    expect(job.counts.accepted).toBe(1);
  });

  it.each<[string, string, string]>([
    ['an unknown column', 'number,chanels\n1,2\n', 'UNKNOWN_COLUMN'],
    ['no header', '+8613900000000\n', 'UNKNOWN_COLUMN'],
    [
      'a quote that is never closed',
      `number,reason\n${'+8613911112222,x\n'.repeat(20)}1,"open\n`,
      'UNCLOSED_QUOTE',
    ],
    ['nothing', '', 'NO_HEADER'],
  ])('changes nothing when it is broken as a whole: %s', async (_, file, code) => {
    const before = await queryRows(
      app.database,
      'SELECT count(*)::int AS n FROM events WHERE subject_id IS NOT NULL',
    );
    const job = await load(crm(), 'suppressions', 'source=whole', file);
    expect(job).toMatchObject({ state: 'failed', counts: { accepted: 0 }, errors: [{ code }] });
    expect(
      await queryRows(app.database, 'SELECT count(*)::int AS n FROM events WHERE subject_id IS NOT NULL'),
    ).toEqual(before);
  });

  it('reads columns by the names that a mapping gives them', async () => {
    const mapping = {
      subject: 'suppressions',
      columns: { number: '手机号', reference: '编号' },
      defaults: { region: 'CN' },
    };
    await expectStatus(201, crm().put('/v1/import-mappings/core-bank', mapping));
    await expectStatus(200, crm().put('/v1/import-mappings/core-bank', mapping));
    expect(
      (await expectStatus(200, crm().get<{ items: unknown[] }>('/v1/import-mappings'))).items,
    ).toHaveLength(1);
    const number = freshNumber();
    const file = `姓名,编号,手机号\n某人,7,${number.slice(3)}\n`;
    const job = await load(crm(), 'suppressions', 'source=core&mapping=core-bank', file);
    expect(job.counts.accepted).toBe(1);
    expect(await differences(crm(), job.id)).toEqual([['2', 'added', '', number, '7', '', '']]);
    // Whoever did not send it sees its numbers with a reason only, and every reading is on record.
    expect(await differences(bank.cast.officer, job.id)).toEqual([
      ['2', 'added', '', maskNumber(number), '7', '', ''],
    ]);
    const reason = { 'x-unmask-reason': 'complaint 17' };
    const { text } = await bank.cast.officer.get(`/v1/jobs/${job.id}/result`, reason);
    expect(text).toContain(number);
    const readings = await queryRows<{ clear: object }>(
      app.database,
      `SELECT clear FROM events WHERE type = 'job.result_read.v1' AND clear->>'jobId' = $1 ORDER BY event_id`,
      [job.id],
    );
    expect(readings.map(({ clear }) => clear)).toMatchObject([
      { unmasked: true },
      { unmasked: false },
      { unmasked: true },
    ]);
    const unknown = { subject: 'suppressions', columns: { nummer: 'x' } };
    expect(await crm().put('/v1/import-mappings/other', unknown)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/columns/nummer', code: 'UNKNOWN_COLUMN' }] },
    });
    const leak = { subject: 'suppressions', columns: { number: '13800138000' } };
    expect((await crm().put('/v1/import-mappings/other', leak)).status).toBe(422);
    const missing = await crm().post('/v1/suppressions/imports?source=core&mapping=none', file, {
      'content-type': 'text/csv',
    });
    expect(missing).toMatchObject({ status: 422, body: { errors: [{ pointer: '/mapping' }] } });
  });

  it('says before anything is read what cannot be sent', async () => {
    const type = { 'content-type': 'text/csv' };
    const url = '/v1/suppressions/imports';
    expect(await crm().post(url, 'number\n', type)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/source', code: 'REQUIRED' }] },
    });
    for (const query of [
      'source=13800138000',
      'source=crm&colour=red',
      'source=crm&charset=latin1',
      'source=c&mode=all',
    ])
      expect([query, (await crm().post(`${url}?${query}`, 'number\n', type)).status]).toEqual([query, 422]);
    expect((await crm().post(`${url}?source=crm`, {})).status).toBe(415);
    expect(
      (await crm().post(`${url}?source=crm`, '<x/>', { 'content-type': 'application/xml' })).status,
    ).toBe(415);
    expect((await crm().post('/v1/suppressions', 'number\n', type)).status).toBe(415);
    expect((await crm().post('/v1/people/imports?source=crm&mode=full', 'x', type)).status).toBe(422);
    expect(
      (await crm().post('/v1/consents/imports?source=crm', 'x', { 'content-type': 'text/plain' })).status,
    ).toBe(415);
  });

  it('is one job under one Idempotency-Key, and keeps one file', async () => {
    const headers = { 'content-type': 'text/csv', 'idempotency-key': '"nightly-1"' };
    const send = (file: string) =>
      crm().post<{ jobId: string }>('/v1/suppressions/imports?source=once', file, headers);
    const file = `number\n${freshNumber()}\n`;
    const [first, second] = [await send(file), await send(file)];
    expect([first.status, second.status, second.body.jobId]).toEqual([202, 202, first.body.jobId]);
    expect((await send(`${file}x`)).status).toBe(422);
    await finished(crm(), first.body.jobId);
    expect(
      await queryRows(app.database, `SELECT 1 FROM jobs WHERE lane = 'import/suppressions/once'`),
    ).toHaveLength(1);
  });

  it('is its creator’s and compliance’s to read', async () => {
    const jobId = await upload(crm(), 'suppressions', 'source=mine', `number\n${freshNumber()}\n`);
    await finished(crm(), jobId);
    const other = await app.client(['marketing'], { name: 'another desk' });
    expect((await other.get(`/v1/jobs/${jobId}`)).status).toBe(404);
    expect((await other.get(`/v1/jobs/${jobId}/result`)).status).toBe(404);
    expect((await expectStatus(200, other.get<{ items: unknown[] }>('/v1/jobs'))).items).toEqual([]);
    expect((await readJob(bank.cast.officer, jobId)).id).toBe(jobId);
    expect((await bank.cast.care.get(`/v1/jobs/${jobId}`)).status).toBe(403);
  });

  it('leaves no number in clear in any table or log', async () => {
    const rows = await queryRows<{ text: string }>(
      app.database,
      `SELECT j::text AS text FROM jobs j UNION ALL SELECT m::text FROM import_members m UNION ALL
       SELECT s::text FROM import_stage s UNION ALL SELECT clear::text FROM events UNION ALL SELECT i::text FROM import_mappings i`,
    );
    const all = `${rows.map(({ text }) => text).join('\n')}\n${app.logged.join('\n')}`;
    expect(rows.length).toBeGreaterThan(50);
    expect(all).not.toMatch(/139010000|13901\d{6}/);
    expect(all).not.toMatch(/86139/);
  });
});
