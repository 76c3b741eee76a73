import { startApp, type TestApp } from '../support/app';
import {
  CALLER_ID,
  CAMPAIGN,
  CampaignDesk,
  type CampaignAnswer,
  pointersOf,
  problemOf,
  SCRIPT,
} from '../support/campaigns';
import { expectStatus, type HttpCaller, type ProblemBody } from '../support/http';

interface List {
  items: { id: string }[];
  nextCursor: string | null;
}

const NOW = '2026-11-23T02:00:00.000Z';
const later = (ms: number): string => new Date(Date.parse(NOW) + ms).toISOString();

let app: TestApp;
let desk: CampaignDesk;
let marketing: HttpCaller;
let officer: HttpCaller;
let otherOfficer: HttpCaller;

beforeAll(async () => {
  app = await startApp({ now: NOW });
  desk = await CampaignDesk.open(app);
  ({ marketing, officer, otherOfficer } = desk.cast);
});
afterAll(() => app.close());
beforeEach(() => app.clock.set(Date.parse(NOW)));

describe('a script', () => {
  const post = (id: string, change: Record<string, unknown> = {}) =>
    marketing.post<Record<string, unknown>>(`/v1/campaigns/${id}/scripts`, { ...SCRIPT, ...change });

  it('is immutable once it is there, and approved by another person', async () => {
    const id = await desk.campaign();
    const url = `/v1/campaigns/${id}/scripts/v1`;
    const first = await expectStatus(200, marketing.get<Record<string, unknown>>(url));
    expect(first).toEqual({
      ...SCRIPT,
      campaignId: id,
      state: 'submitted',
      submittedBy: marketing.id,
      submittedAt: NOW,
      textSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      warnings: [],
    });
    expect(await expectStatus(200, post(id))).toEqual(first);
    for (const change of [
      { text: 'Other.' },
      { disclosure: `${SCRIPT.disclosure}。` },
      { language: 'zh' },
      { model: 'm' },
    ]) {
      expect(await expectStatus(409, post(id, change))).toMatchObject({ code: 'CONFLICT' });
    }
    const approved = await expectStatus(200, officer.post(`${url}/approve`));
    expect(approved).toMatchObject({ state: 'approved', approvedBy: officer.id, approvedAt: NOW });
    await expectStatus(409, officer.post(`${url}/approve`));
    await expectStatus(404, officer.post(`/v1/campaigns/${id}/scripts/v2/approve`));
    await expectStatus(404, officer.get('/v1/campaigns/nowhere/scripts'));
  });

  it('is not approved by its author or by a system', async () => {
    const id = await desk.campaign();
    await expectStatus(201, officer.post(`/v1/campaigns/${id}/scripts`, { ...SCRIPT, version: 'v2' }));
    const url = `/v1/campaigns/${id}/scripts/v2/approve`;
    expect(await expectStatus(403, officer.post(url))).toMatchObject({ code: 'SAME_PERSON' });
    const system = await desk.robot();
    expect(await expectStatus(403, system.post(url))).toMatchObject({ code: 'PERSON_REQUIRED' });
    await expectStatus(200, otherOfficer.post(url));
  });

  it('of a machine says that it is AI and synthetic; a person need not', async () => {
    const id = await desk.campaign();
    for (const disclosure of ['', '您好，我是小李。', '我是AI助手。']) {
      const problem = (await expectStatus(
        422,
        post(id, { version: 'v2', disclosure }),
      )) as unknown as ProblemBody;
      expect([problem.code, pointersOf(problem)]).toEqual(['INVALID', ['/disclosure']]);
    }
    const human = { ...CAMPAIGN, voice: 'human', scriptVersion: 'v2' };
    await expectStatus(200, marketing.put(`/v1/campaigns/${id}`, human));
    await expectStatus(201, post(id, { version: 'v2', disclosure: '' }));
    await expectStatus(200, desk.take(id, 'submit'));
    // The same words in the mouth of a machine are no longer enough.
    await expectStatus(200, marketing.put(`/v1/campaigns/${id}`, { ...human, voice: 'prerecorded' }));
    const problem = await problemOf(422, desk.take(id, 'submit'));
    expect(problem.errors).toEqual([
      expect.objectContaining({ pointer: '/scriptVersion', code: 'DISCLOSURE' }),
    ]);
  });

  it('is warned about, not refused, for phrases that induce', async () => {
    const id = await desk.campaign();
    const answer = await expectStatus(201, post(id, { version: 'v2', text: '低风险，秒到账！' }));
    expect((answer['warnings'] as { phrase: string }[]).map(({ phrase }) => phrase)).toEqual([
      '低风险',
      '秒到账',
    ]);
  });

  it('is listed newest first, page by page', async () => {
    const id = await desk.campaign();
    for (const version of ['v2', 'v3', 'v4']) await expectStatus(201, post(id, { version }));
    const first = await expectStatus(200, marketing.get<List>(`/v1/campaigns/${id}/scripts?limit=3`));
    const cursor = first.nextCursor ?? '';
    const rest = await expectStatus(
      200,
      marketing.get<List>(`/v1/campaigns/${id}/scripts?limit=3&cursor=${cursor}`),
    );
    const versions = [...first.items, ...rest.items].map(
      (item) => (item as unknown as { version: string }).version,
    );
    expect([versions, rest.nextCursor]).toEqual([['v4', 'v3', 'v2', 'v1'], null]);
  });
});

describe('entities, vendors and caller numbers', () => {
  it.each([
    ['/v1/entities', { name: 'A' }, { name: 'B' }, {}],
    ['/v1/vendors', { name: 'A', status: 'active', contact: 'x' }, { name: 'A', status: 'ended' }, {}],
    [
      '/v1/caller-ids',
      { ...CALLER_ID, number: '01066123456', class: 'fixed' },
      {
        ...CALLER_ID,
        number: '+8613800000001',
        class: 'mobile',
        purposes: ['survey', 'service'],
        vendors: [],
      },
      { rightOfUse: { document: 'contract 7', expires: '2028-12-31T16:00:00.000Z' } },
    ],
  ])('%s: made, replaced, read and listed', async (path, first, second, normal) => {
    const url = `${path}/thing`;
    await expectStatus(404, officer.get(url));
    const madeOne = await expectStatus(201, officer.put(url, first));
    expect(madeOne).toEqual({ ...first, ...normal, id: 'thing', createdAt: NOW, updatedAt: NOW });
    app.clock.advance(1_000);
    expect(await expectStatus(200, officer.put(url, first))).toEqual(madeOne);
    const replaced = await expectStatus(200, officer.put(url, second));
    expect(replaced).toEqual({ ...second, ...normal, id: 'thing', createdAt: NOW, updatedAt: later(1_000) });
    expect(await expectStatus(200, desk.cast.auditor.get(url))).toEqual(replaced);

    app.clock.advance(1_000);
    await expectStatus(
      201,
      officer.put(`${path}/newer`, { ...first, ...(path.endsWith('ids') && { number: '02161234567' }) }),
    );
    const pages: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: List = await expectStatus(
        200,
        marketing.get<List>(`${path}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`),
      );
      pages.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(pages[0]).toBe('newer');
    expect(pages.filter((id) => id === 'thing')).toHaveLength(1);
    expect(new Set(pages).size).toBe(pages.length);
  });

  it('does not let a caller number lie about its class, its owner or its users', async () => {
    const put = (change: Record<string, unknown>) =>
      officer.put('/v1/caller-ids/liar', { ...CALLER_ID, number: '95533', ...change });
    expect(pointersOf(await expectStatus(422, put({ class: 'fixed' })))).toEqual(['/class']);
    expect(pointersOf(await expectStatus(422, put({ number: '4008205555' })))).toEqual(['/class']);
    expect(pointersOf(await expectStatus(422, put({ number: '95013' })))).toEqual(['/class']);
    expect(pointersOf(await expectStatus(422, put({ entity: 'nobody' })))).toEqual(['/entity']);
    expect(pointersOf(await expectStatus(422, put({ vendors: ['vendor-7', 'nobody'] })))).toEqual([
      '/vendors/1',
    ]);
    expect(pointersOf(await expectStatus(422, put({ purposes: [] })))).toEqual(['/purposes']);
    expect(pointersOf(await expectStatus(422, put({ number: 'tel' })))).toEqual(['/number']);
    // Spaces do not make another number.
    expect((await expectStatus(409, put({ number: '95 588' }))).code).toBe('CONFLICT');
    await expectStatus(404, officer.get('/v1/caller-ids/liar'));
    await expectStatus(201, put({ number: '+12025550143', class: 'fixed' }));
  });

  it('lists campaigns by state and vendor', async () => {
    const id = await desk.campaign('submit');
    const states = await expectStatus(200, marketing.get<List>('/v1/campaigns?state=submitted&limit=1000'));
    expect(states.items.map((item) => item.id)).toContain(id);
    expect(new Set((states.items as unknown as CampaignAnswer[]).map(({ state }) => state))).toEqual(
      new Set(['submitted']),
    );
    const none = await expectStatus(200, marketing.get<List>('/v1/campaigns?vendorId=nobody'));
    expect(none).toEqual({ items: [], nextCursor: null });
  });
});
