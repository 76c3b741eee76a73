import { HOUR, MINUTE } from '../../src/domain/time/instant';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { differences, finished, type JobBody, load, upload } from '../support/imports';

const TEN = '2026-07-01T10:00:00+08:00';
const REAL = 'dryRun=false&maxShrinkPercent=100';

describe('a full list', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  const full = (source: string, numbers: readonly string[], query = REAL) =>
    load(bank.cast.marketing, 'suppressions', `source=${source}&mode=full&${query}`, listOf(numbers));
  const listOf = (numbers: readonly string[]) => `number\n${numbers.map((number) => `${number}\n`).join('')}`;
  const isSuppressed = async (number: string) => codesOf(await ask(bank, number)).includes('SUPPRESSED');
  const approve = (approvalId: unknown) =>
    expectStatus(
      200,
      bank.cast.otherOfficer.post<{ after: { jobId: string } }>(
        `/v1/approvals/${String(approvalId)}/approve`,
        {},
      ),
    );
  /** As two officers do who have the customer's own word for it. */
  const releaseAlone = async (number: string): Promise<void> => {
    const { items } = await expectStatus(
      200,
      bank.cast.officer.post<{ items: { id: string; state: string }[] }>('/v1/suppressions/search', {
        number,
      }),
    );
    const id = items.find(({ state }) => state === 'active')?.id;
    const because = { reason: 'Wants offers again.', evidence: 'Letter of 1 July.' };
    const { approvalId } = await expectStatus(
      202,
      bank.cast.officer.post<{ approvalId: string }>(`/v1/suppressions/${id}/release`, because),
    );
    await approve(approvalId);
  };
  const people = (count: number) => Array.from({ length: count }, freshNumber);

  it('is only looked at unless somebody says otherwise, and tells both ways what differs', async () => {
    const [a, b, c, d] = people(4) as [string, string, string, string];
    await full('dry', [a, b, c]);
    const [, events] = await stateOf();
    const job = await full('dry', [b, c, d, d], '');
    expect(job).toMatchObject({
      state: 'succeeded',
      counts: { read: 4, accepted: 1, duplicate: 3, rejected: 0 },
      result: {
        dryRun: true,
        wouldAdd: 1,
        unchanged: 2,
        repeated: 1,
        held: 3,
        wouldRelease: 1,
        samples: { addedLines: [4] },
        wouldFail: 'SHRINKS_TOO_MUCH',
      },
    });
    expect((await stateOf())[1]).toBe(events);
    expect(await isSuppressed(d)).toBe(false);
    const masked = `+86139****${a.slice(-4)}`;
    expect(await differences(bank.cast.marketing, job.id)).toEqual([
      ['4', 'added', '', d, '', '', ''],
      ['', 'missing', '', masked, '', expect.any(String), ''],
    ]);
  }, 20_000);

  it('lifts nothing alone: what it lacks is one list that another person grants', async () => {
    const [stays, goes, again] = people(3) as [string, string, string];
    await full('crm', [stays, goes, again]);
    for (const number of [goes, again]) await consent(bank, { number });
    const job = await full('crm', [stays]);
    expect(job.result).toMatchObject({ releases: 2, approvalId: expect.any(String) });
    expect(await isSuppressed(goes)).toBe(true);
    const { approvalId, releaseJobId } = job.result ?? {};
    expect((await bank.cast.marketing.post(`/v1/approvals/${String(approvalId)}/approve`, {})).status).toBe(
      403,
    );
    const shown = await expectStatus(
      200,
      bank.cast.officer.get<{ kind: string; after: object }>(`/v1/approvals/${String(approvalId)}`),
    );
    expect(shown).toMatchObject({
      kind: 'suppressions.import_release',
      after: { source: 'crm', releases: 2, jobId: releaseJobId },
    });
    await approve(approvalId);
    const released = await finished(bank.cast.officer, String(releaseJobId));
    expect(released).toMatchObject({ state: 'succeeded', counts: { accepted: 2 }, result: { released: 2 } });
    expect([await isSuppressed(goes), await isSuppressed(stays)]).toEqual([false, true]);
    const { items } = await expectStatus(
      200,
      bank.cast.officer.post<{ items: { state: string }[] }>('/v1/suppressions/search', { number: goes }),
    );
    expect(items.map(({ state }) => state)).toEqual(['released']);
    // The list may say it anew, and it is a wish anew.
    expect((await full('crm', [stays, again])).counts).toMatchObject({ accepted: 1, duplicate: 1 });
    expect(await isSuppressed(again)).toBe(true);
  }, 20_000);

  it('never lifts what the customer said, nor what another source holds', async () => {
    const number = freshNumber();
    await full('one', [number]);
    await full('two', [number]);
    await expectStatus(201, bank.cast.care.post('/v1/suppressions', { number, reason: 'Said so.' }));
    const { approvalId, releaseJobId } = (await full('one', [freshNumber()])).result ?? {};
    await approve(approvalId);
    await finished(bank.cast.officer, String(releaseJobId));
    const { items } = await expectStatus(
      200,
      bank.cast.officer.post<{ items: { state: string; source: string }[] }>('/v1/suppressions/search', {
        number,
      }),
    );
    expect(items.map(({ source, state }) => `${source} ${state}`)).toEqual([
      'customer active',
      'import active',
      'import released',
    ]);
    expect(await isSuppressed(number)).toBe(true);
  }, 20_000);

  it('takes back from a waiting list what a later file holds again', async () => {
    const [a, b, c] = people(3) as [string, string, string];
    await full('back', [a, b, c]);
    const first = (await full('back', [a])).result ?? {};
    const second = (await full('back', [a, b])).result ?? {};
    expect(second).toMatchObject({ releases: 1 });
    await approve(first['approvalId']);
    const late = await finished(bank.cast.officer, String(first['releaseJobId']));
    expect(late.result).toMatchObject({ released: 0 });
    await load(bank.cast.marketing, 'suppressions', 'source=back', listOf([c]));
    await approve(second['approvalId']);
    const last = await finished(bank.cast.officer, String(second['releaseJobId']));
    expect(last.result).toMatchObject({ released: 0 });
    for (const number of [a, b, c]) expect(await isSuppressed(number)).toBe(true);
  }, 20_000);

  it('fails whole where it would shrink its source, or has not the rows it should have', async () => {
    const numbers = people(200);
    await full('guard', numbers);
    const before = await stateOf();
    const short = await full('guard', numbers.slice(3), 'dryRun=false');
    expect(short).toMatchObject({
      state: 'failed',
      counts: { accepted: 0 },
      errors: [{ line: 0, code: 'SHRINKS_TOO_MUCH' }],
      result: { held: 200, missing: 3, maxShrinkPercent: 1 },
    });
    const counted = await full('guard', [...numbers, freshNumber()], 'dryRun=false&expectRows=200');
    expect(counted).toMatchObject({ state: 'failed', errors: [{ code: 'CONTROL_COUNT' }] });
    const delta = await load(
      bank.cast.marketing,
      'suppressions',
      'source=guard&expectRows=2',
      listOf(people(1)),
    );
    expect(delta).toMatchObject({ state: 'failed', errors: [{ code: 'CONTROL_COUNT' }] });
    expect((await full('guard', [], 'dryRun=false')).errors[0]?.code).toBe('SHRINKS_TOO_MUCH');
    expect(await stateOf()).toEqual(before);
    const allowed = await full('guard', numbers.slice(2), 'dryRun=false');
    expect(allowed).toMatchObject({ state: 'succeeded', result: { releases: 2 } });
  }, 20_000);

  it('tells its owner what it still holds and was released here, and does not revive it', async () => {
    const number = freshNumber();
    await full('crm-b', [number]);
    await releaseAlone(number);
    const job = await full('crm-b', [number]);
    expect(job.counts).toMatchObject({ accepted: 0, duplicate: 1 });
    expect(await isSuppressed(number)).toBe(false);
    expect((await differences(bank.cast.marketing, job.id)).map((line) => line.slice(0, 4))).toEqual([
      ['2', 'released', '', number],
    ]);
    // Once its list has taken it off too, whatever brings it again says it again.
    expect((await full('crm-b', [freshNumber()])).result).toMatchObject({ releases: 0 });
    expect((await full('crm-b', [number])).counts).toMatchObject({ accepted: 1, duplicate: 0 });
    expect(await isSuppressed(number)).toBe(true);
  }, 20_000);

  it('that is told of what is new binds anew who says stop again after a release', async () => {
    const number = freshNumber();
    const told = (row: string, column = 'number,recordedAt') =>
      load(bank.cast.marketing, 'suppressions', 'source=news', `${column}\n${row}\n`);
    const before = new Date(app.clock.now()).toISOString();
    await told(`${number},${before}`);
    await releaseAlone(number);
    app.clock.advance(HOUR);
    expect((await told(`${number},${before}`)).counts).toMatchObject({ accepted: 0, duplicate: 1 });
    expect(await isSuppressed(number)).toBe(false);
    const after = new Date(app.clock.now() - MINUTE).toISOString();
    expect((await told(`${number},${after}`)).counts).toMatchObject({ accepted: 1, duplicate: 0 });
    expect(await isSuppressed(number)).toBe(true);
    expect((await told(`${number},${after}`)).counts).toMatchObject({ accepted: 0, duplicate: 1 });
    await releaseAlone(number);
    app.clock.advance(HOUR);
    expect((await told(number, 'number')).counts).toMatchObject({ accepted: 1, duplicate: 0 });
    expect(await isSuppressed(number)).toBe(true);
    app.clock.set(Date.parse(TEN));
  }, 20_000);

  it('asks nobody to lift what it may only have failed to say', async () => {
    const [stays, unread] = people(2) as [string, string];
    await full('renamed', [stays, unread]);
    const broken = await full('renamed', [stays, `${unread} ext. office`]);
    expect(broken).toMatchObject({
      state: 'succeeded',
      counts: { rejected: 1 },
      result: { releases: 0, withheldBecause: 'MORE_REJECTED' },
    });
    expect(await isSuppressed(unread)).toBe(true);
    // Nor does it become usual by being sent again; whoever knows the dirt says so.
    expect((await full('renamed', [stays, 'dirt'])).result).toMatchObject({ releases: 0 });
    const { result } = await full('renamed', [stays, 'dirt'], `${REAL}&maxRejected=1`);
    expect(result).toMatchObject({ releases: 1, approvalId: expect.any(String) });
    const shown = await expectStatus(
      200,
      bank.cast.officer.get<{ after: object }>(`/v1/approvals/${String(result?.['approvalId'])}`),
    );
    expect(shown.after).toMatchObject({ releases: 1, rejected: 1 });
  }, 20_000);

  it('of two files of one source at once the second begins when the first has ended', async () => {
    const numbers = people(3_000);
    const query = 'source=twins';
    const jobs = await Promise.all(
      [0, 1].map(() => upload(bank.cast.marketing, 'suppressions', query, listOf(numbers))),
    );
    const ended: JobBody[] = [];
    for (const id of jobs) ended.push(await finished(bank.cast.marketing, id));
    const counts = ended.map((job) => job.counts.accepted).sort();
    expect(counts).toEqual([0, 3_000]);
    const rows = await queryRows(
      app.database,
      `SELECT 1 FROM import_members WHERE source = 'twins' GROUP BY fingerprint HAVING count(*) > 1`,
    );
    expect(rows).toEqual([]);
  }, 30_000);

  /** What binds, and what was recorded. */
  async function stateOf(): Promise<[number, number]> {
    const [row] = await queryRows<{ wishes: number; events: number }>(
      app.database,
      `SELECT (SELECT count(*) FROM suppressions)::int AS wishes,
         (SELECT count(*) FROM events WHERE type LIKE 'wish.%')::int AS events`,
    );
    return [row?.wishes ?? 0, row?.events ?? 0];
  }
});
