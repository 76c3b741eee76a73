import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { type Answer, expectStatus, type HttpCaller, type ProblemBody } from '../support/http';
import { listOf, mapping, MAPPING, post, RESULTS, vendorCall } from '../support/results';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const iso = (at: number): string => new Date(at).toISOString();

interface Put {
  version?: number;
  approvalId?: string;
  state?: string;
}
interface Flag {
  id: string;
  state: string;
}
interface ApprovalBody {
  after: { looser: { member: string; word?: string; before?: string[]; after?: string[] }[] };
}

const { labels } = mapping() as { labels: Record<'grade' | 'tag' | 'status', Record<string, unknown>> };
const grades = (more: Record<string, unknown>) => ({
  labels: { ...labels, grade: { ...labels.grade, ...more } },
});
const speaking = (speaker: object, more: object = {}) => ({
  dialogue: {
    lines: '/talk',
    text: '/text',
    speaker: { at: '/role', customer: ['user'], agent: ['bot'], ...speaker },
    ...more,
  },
});

describe('a mapping by which less would bind', () => {
  let app: TestApp;
  let bank: Bank;
  let officer: HttpCaller;
  let otherOfficer: HttpCaller;

  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
    ({ officer, otherOfficer } = bank.cast);
    await expectStatus(201, bank.cast.marketing.put(MAPPING, mapping()));
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const put = (more: Record<string, unknown>, as = bank.cast.marketing): Promise<Answer<Put & ProblemBody>> =>
    as.put<Put & ProblemBody>(MAPPING, mapping(more));
  const asked = async (more: Record<string, unknown>, as = bank.cast.marketing): Promise<string> => {
    const { approvalId = '' } = await expectStatus<Put>(202, put(more, as));
    return approvalId;
  };
  const approve = (id: string, as = officer) => as.post<ProblemBody>(`/v1/approvals/${id}/approve`, {});
  const reject = (id: string, as = officer) => expectStatus(200, as.post(`/v1/approvals/${id}/reject`, {}));
  const version = async (): Promise<number> =>
    (await expectStatus<{ version: number }>(200, officer.get(MAPPING))).version;
  const openFlag = async (word: string): Promise<boolean> => {
    const flags = await listOf<Flag>(officer, '/v1/flags?kind=unmapped_result&state=open&limit=1000');
    const details = await Promise.all(
      flags.map(({ id }) => expectStatus<{ detail: { label: string } }>(200, officer.get(`/v1/flags/${id}`))),
    );
    return details.some(({ detail }) => detail.label === word);
  };
  const unknown = async (more: Record<string, unknown>) => {
    const call = await vendorCall(bank);
    await post(bank.vendorDialer, { session: call.session, ...more });
    return call;
  };

  it.each([
    ['a refusal that means nothing', grades({ X: 'none' })],
    ['a refusal that means less', grades({ X: 'not_interested' })],
    ['a word that is taken out', { labels: { ...labels, tag: {} } }],
    ['a customer who becomes an agent', speaking({ customer: ['client'], agent: ['bot', 'user'] })],
    ['a place that is read no more', { tag: undefined }],
    ['a number that is read no more', { number: undefined }],
    ['no dialogue', { dialogue: undefined }],
  ])('waits for a second person: %s', async (_, more) => {
    const before = await version();
    const example = {
      ...(mapping()['example'] as object),
      talk: [
        { role: 'client', text: '喂' },
        { role: 'user', text: '您好' },
      ],
    };
    const change = 'dialogue' in more && more.dialogue !== undefined ? { ...more, example } : more;
    const approvalId = await asked(change);
    expect(await version()).toBe(before);
    const call = await vendorCall(bank);
    expect((await post(bank.vendorDialer, { session: call.session, level: 'X' })).results).toEqual([
      { state: 'applied', callId: call.callId },
    ]);
    app.clock.set(TEN + 60_000);
    expect(codesOf(await ask(bank, call.to))).toContain('SUPPRESSED');
    await reject(approvalId);
    expect(await version()).toBe(before);
  });

  it('waits whoever asks, and is never granted by a system, by whoever asked, or without the role', async () => {
    for (const as of [bank.cast.marketing, officer]) {
      const approvalId = await asked(grades({ X: 'none' }), as);
      expect((await approve(approvalId, bank.cast.marketing)).status).toBe(403);
      if (as === officer) expect((await approve(approvalId)).body.code).toBe('SAME_PERSON');
      await reject(approvalId, otherOfficer);
    }
  });

  it('holds once it is granted, by the name of whoever asked, and not before', async () => {
    const before = await version();
    const approvalId = await asked(grades({ D: 'none' }));
    const shown = await expectStatus<ApprovalBody>(200, officer.get(`/v1/approvals/${approvalId}`));
    expect(shown.after.looser).toEqual([
      { member: 'labels/grade', word: 'D', before: ['not_interested'], after: ['none'] },
    ]);
    expect((await put(grades({ D: 'none' }))).body).toMatchObject({ code: 'CONFLICT' });
    await expectStatus(200, approve(approvalId));
    const now = await expectStatus<{ version: number; createdBy: string; mapping: unknown }>(
      200,
      officer.get(MAPPING),
    );
    expect(now).toMatchObject({ version: before + 1, createdBy: bank.cast.marketing.id });
    expect(now.mapping).toMatchObject(grades({ D: 'none' }));
    const [event] = await queryRows<{ clear: object }>(
      app.database,
      `SELECT clear FROM events WHERE type = 'result.mapping_changed.v1' AND clear->>'approvalId' = $1`,
      [approvalId],
    );
    expect(event?.clear).toMatchObject({ by: bank.cast.marketing.id, version: before + 1 });
    // More binds again by one person's word.
    await expectStatus(200, put({}));
  });

  it('is not granted once another change has come between', async () => {
    const approvalId = await asked(grades({ X: 'none' }));
    await expectStatus(200, put(grades({ Q: 'refuse_permanent' })));
    expect((await approve(approvalId)).body).toMatchObject({ code: 'CONFLICT' });
    await reject(approvalId);
    await expectStatus(200, approve(await asked({})));
  });

  it.each([
    ['a label', { level: 'new grade' }, grades({ 'new grade': 'none' }), 'new grade'],
    [
      'a label, by what it says of the call',
      { result: 'RANG' },
      { labels: { ...labels, status: { ...labels.status, RANG: 'busy' } } },
      'RANG',
    ],
    [
      'a speaker',
      { level: 'A', talk: [{ role: 'robot', text: '您好' }] },
      speaking({ agent: ['bot', 'robot'] }),
      'robot',
    ],
  ])('leaves open work open until then: %s', async (_, row, change, word) => {
    await unknown(row);
    expect(await openFlag(word)).toBe(true);
    const approvalId = await asked(change);
    expect(await openFlag(word)).toBe(true);
    await expectStatus(200, approve(approvalId));
    expect(await openFlag(word)).toBe(false);
    await expectStatus(200, officer.post(`${RESULTS}/reapply`, {}));
  });

  it.each([
    ['an open word that obliges', { level: 'no more' }, 'no more', 'refuse_permanent'],
    ['a word that nobody has reported yet', undefined, 'some day', 'none'],
  ])('takes one person for %s', async (_, row, word, meaning) => {
    if (row !== undefined) await unknown(row);
    const current = await expectStatus<{ mapping: { labels: typeof labels } }>(200, officer.get(MAPPING));
    const { labels: now, ...rest } = current.mapping;
    const more = { ...rest, labels: { ...now, grade: { ...now.grade, [word]: meaning } } };
    await expectStatus(200, put(more));
    expect(await openFlag(word)).toBe(false);
  });
});
