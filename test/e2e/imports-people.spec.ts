import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { differences, faultsOf, finished, load, readJob, upload } from '../support/imports';
import { eventually } from '../support/proofs/eventually';

const TEN = '2026-07-01T10:00:00+08:00';

describe('customers and consents out of lists', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  const lookUp = (customerId: string) =>
    expectStatus(
      200,
      bank.cast.officer.post<Record<string, unknown>>(
        '/v1/people/lookup',
        { customerId },
        { 'x-unmask-reason': 'test' },
      ),
    );

  it('makes customers known with their numbers, and corrects them', async () => {
    const [a, b, c] = [freshNumber(), freshNumber(), freshNumber()];
    const marketing = bank.cast.marketing;
    const file = `customerId,numbers,ageBand,timeZone,subdivision\nP-1,${a};${b},65plus,Asia/Shanghai,CN-NX\nP-2,${c},,,\n`;
    const job = await load(marketing, 'people', 'source=core', file);
    expect(job).toMatchObject({
      state: 'succeeded',
      counts: { read: 2, accepted: 2, duplicate: 0, rejected: 0 },
    });
    expect(await lookUp('P-1')).toMatchObject({
      ageBand: '65plus',
      timeZone: 'Asia/Shanghai',
      subdivision: 'CN-NX',
    });
    expect(((await lookUp('P-1'))['numbers'] as string[]).sort()).toEqual([a, b].sort());
    // The same list again says nothing new; a corrected row replaces the numbers, and forgets nothing that protects.
    expect((await load(marketing, 'people', 'source=core', file)).counts).toMatchObject({
      accepted: 0,
      duplicate: 2,
    });
    const corrected = await load(
      marketing,
      'people',
      'source=core',
      `customerId,numbers\nP-1,${a}\nP-2,${c}\nP-1,${a}\n`,
    );
    expect(corrected.counts).toMatchObject({ accepted: 1, duplicate: 2 });
    expect(await lookUp('P-1')).toMatchObject({ numbers: [a], ageBand: '65plus' });
  });

  it('takes the last word of a file that says two things of one customer', async () => {
    const [a, b] = [freshNumber(), freshNumber()];
    await load(bank.cast.marketing, 'people', 'source=core', `customerId,numbers\nP-9,${a}\n`);
    await load(bank.cast.marketing, 'people', 'source=core', `customerId,numbers\nP-9,${b}\nP-9,${a}\n`);
    expect((await lookUp('P-9'))['numbers']).toEqual([a]);
  });

  it('frees nobody by correcting numbers', async () => {
    const number = freshNumber();
    await load(bank.cast.marketing, 'people', 'source=core', `customerId,numbers\nP-3,${number}\n`);
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { customerId: 'P-3', reason: 'Said so.' }),
    );
    await load(bank.cast.marketing, 'people', 'source=core', `customerId,numbers\nP-3,\n`);
    expect((await lookUp('P-3'))['numbers']).toEqual([]);
    expect(codesOf(await ask(bank, number))).toContain('SUPPRESSED');
  });

  it('tells what is wrong with a row of customers, and what a dry run would change', async () => {
    const number = freshNumber();
    const file = `customerId,numbers,ageBand,timeZone,subdivision\nP-4,${number},,,\n,${number},,,\nP-5,12,,,\nP-6,,old,,\nP-7,,,Mars/Olympus,\nP-8,,,,nowhere\n`;
    const job = await load(bank.cast.marketing, 'people', 'source=core&dryRun=true', file);
    expect(job).toMatchObject({
      counts: { read: 6, accepted: 1, rejected: 5 },
      result: { dryRun: true, wouldAdd: 1 },
    });
    expect(faultsOf(job)).toEqual([
      [3, 'REQUIRED'],
      [4, 'NUMBER_INVALID'],
      [5, 'NOT_ALLOWED'],
      [6, 'UNKNOWN_ZONE'],
      [7, 'FORMAT'],
    ]);
    expect((await bank.cast.officer.post('/v1/people/lookup', { customerId: 'P-4' })).status).toBe(404);
    expect((await differences(bank.cast.marketing, job.id)).find(([line]) => line === '2')).toEqual([
      '2',
      'changed',
      '',
      'P-4',
      '',
      '',
      '',
    ]);
  });

  const HEADER =
    'number,customerId,purposes,channels,scope,scopeId,attributes,grantedAt,textVersion,textSha256,source,reference';
  const row = (number: string, reference: string, attributes = 'express'): string =>
    `${number},,marketing,voice_ai;voice_human,entity,bank,${attributes},2026-03-01T10:00:00+08:00,terms-3,${'a'.repeat(64)},app,${reference}\n`;

  async function asked(jobId: string): Promise<string> {
    return eventually('it waits for a second person', async () => {
      const { result } = await readJob(bank.cast.marketing, jobId);
      return result?.['approvalId'] as string | undefined;
    });
  }

  it('gives consents no effect before another person has granted the file', async () => {
    const [a, b] = [freshNumber(), freshNumber()];
    const { marketing, officer } = bank.cast;
    const file = `${HEADER}\n${row(a, '1')}${row(b, '2')}${row(a, '1')}${row('12', '3')}${row(a, '4', 'shouted')}`;
    const jobId = await upload(marketing, 'consents', 'source=crm', file);
    const approvalId = await asked(jobId);
    expect(await readJob(marketing, jobId)).toMatchObject({ state: 'queued' });
    expect(codesOf(await ask(bank, a))).toContain('CONSENT_MISSING');
    const approval = await expectStatus(200, officer.get<object>(`/v1/approvals/${approvalId}`));
    expect(approval).toMatchObject({
      kind: 'consents.import',
      subject: jobId,
      // What whoever grants it answers for, and who is meant by none of it.
      after: {
        source: 'crm',
        mode: 'delta',
        rows: 5,
        rejected: 2,
        sayings: { 'marketing / voice_ai+voice_human / entity / express': 3 },
      },
    });
    expect((await marketing.post(`/v1/approvals/${approvalId}/approve`, {})).status).toBe(403);
    await expectStatus(200, officer.post(`/v1/approvals/${approvalId}/approve`, {}));
    const job = await finished(marketing, jobId);
    expect(job).toMatchObject({
      state: 'succeeded',
      counts: { read: 5, accepted: 2, duplicate: 1, rejected: 2 },
    });
    expect(faultsOf(job)).toEqual([
      [5, 'NUMBER_INVALID'],
      [6, 'NOT_ALLOWED'],
    ]);
    for (const number of [a, b]) expect((await ask(bank, number)).outcome).toBe('allow');
    const { events } = await expectStatus(
      200,
      marketing.post<{ events: { backDated: boolean }[] }>('/v1/consents/search', { number: a }),
    );
    expect(events).toMatchObject([{ backDated: true }]);
    // The same file again, granted again, brings nothing.
    const again = await upload(marketing, 'consents', 'source=crm', file);
    await expectStatus(200, officer.post(`/v1/approvals/${await asked(again)}/approve`, {}));
    expect((await finished(marketing, again)).counts).toMatchObject({ accepted: 0, duplicate: 3 });
  });

  it('fails when the other person says no', async () => {
    const number = freshNumber();
    const { marketing, officer } = bank.cast;
    const jobId = await upload(marketing, 'consents', 'source=crm', `${HEADER}\n${row(number, '1')}`);
    await expectStatus(
      200,
      officer.post(`/v1/approvals/${await asked(jobId)}/reject`, { comment: 'No proof.' }),
    );
    expect(await finished(marketing, jobId)).toMatchObject({
      state: 'failed',
      errors: [{ line: 0, code: 'REJECTED' }],
    });
    expect(codesOf(await ask(bank, number))).toContain('CONSENT_MISSING');
  });

  it('takes consents as the API itself does, and no number of several people', async () => {
    const [shared, own] = [freshNumber(), freshNumber()];
    const { marketing, officer } = bank.cast;
    for (const id of ['H-1', 'H-2'])
      await expectStatus(201, officer.put(`/v1/people/${id}`, { numbers: [shared] }));
    const consent = {
      purposes: ['marketing'],
      channels: ['voice_ai'],
      scope: { kind: 'entity', id: 'bank' },
      attributes: { express: true },
      grantedAt: '2026-03-01T10:00:00+08:00',
      evidence: { textVersion: 'terms-3', textSha256: 'a'.repeat(64), source: 'app' },
    };
    const lines = [
      { number: own, ...consent },
      { number: shared, ...consent },
      { customerId: 'H-1', ...consent, colour: 'red' },
      { number: freshNumber(), ...consent, scope: { kind: 'entity', id: 'nobody' } },
      { number: freshNumber(), ...consent, grantedAt: '2027-03-01T10:00:00+08:00' },
    ];
    const file = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const jobId = await upload(marketing, 'consents', 'source=nd', file, 'application/x-ndjson');
    await expectStatus(200, officer.post(`/v1/approvals/${await asked(jobId)}/approve`, {}));
    const job = await finished(marketing, jobId);
    expect(job.counts).toEqual({ read: 5, accepted: 1, duplicate: 0, rejected: 4 });
    expect(faultsOf(job)).toEqual([
      [2, 'HOUSEHOLD'],
      [3, 'UNKNOWN_COLUMN'],
      [4, 'UNKNOWN'],
      [5, 'FUTURE'],
    ]);
    expect((await ask(bank, own)).outcome).toBe('allow');
  });

  it('records who sent which file', async () => {
    const rows = await queryRows<{ type: string; n: number }>(
      app.database,
      `SELECT type, count(*)::int AS n FROM events WHERE type LIKE 'import%' GROUP BY type ORDER BY type`,
    );
    expect(rows.map(({ type }) => type)).toEqual(['import.accepted.v1', 'import.finished.v1']);
  });
});
