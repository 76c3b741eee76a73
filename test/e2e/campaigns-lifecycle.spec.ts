import { DAY } from '../../src/domain/time/instant';
import { startApp, type TestApp } from '../support/app';
import { CAMPAIGN, CampaignDesk, type CampaignAnswer, pointersOf, problemOf } from '../support/campaigns';
import { expectStatus, type HttpCaller } from '../support/http';

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

describe('a campaign', () => {
  it('goes from draft to its end, with both persons in sight', async () => {
    const id = await desk.campaign();
    expect(await expectStatus(200, marketing.get(`/v1/campaigns/${id}`))).toEqual({
      ...CAMPAIGN,
      id,
      scriptVersion: 'v1',
      sharesData: false,
      usesSensitiveData: false,
      optOutKey: '9',
      state: 'draft',
      editedBy: marketing.id,
      createdAt: NOW,
      updatedAt: NOW,
    });
    expect(await expectStatus(200, desk.take(id, 'submit'))).toMatchObject({
      state: 'submitted',
      submittedBy: marketing.id,
    });
    expect(await expectStatus(200, desk.take(id, 'return'))).toMatchObject({
      state: 'returned',
      reviewComment: 'More.',
    });
    await expectStatus(200, desk.take(id, 'submit'));
    expect(await expectStatus(200, desk.take(id, 'approve', officer, { comment: 'Good.' }))).toMatchObject({
      state: 'approved',
      approvedBy: officer.id,
      approvedUntil: later(90 * DAY),
      reviewComment: 'Good.',
    });
    for (const [step, state] of [
      ['start', 'running'],
      ['pause', 'paused'],
      ['start', 'running'],
      ['end', 'ended'],
    ] as const) {
      expect(await expectStatus(200, desk.take(id, step))).toMatchObject({ state });
    }
    const edit = marketing.put(`/v1/campaigns/${id}`, { ...CAMPAIGN, name: 'Again' });
    expect((await expectStatus(409, edit)).detail).toContain('ended');
  });

  it.each([
    [[], 'approve'],
    [[], 'start'],
    [['submit'], 'submit'],
    [['submit', 'approve'], 'submit'],
    [['submit', 'approve'], 'return'],
    [['submit', 'approve', 'start'], 'start'],
    [['submit', 'approve', 'start', 'pause'], 'pause'],
    [['end'], 'end'],
  ])('after %j refuses %s as a conflict', async (steps, step) => {
    const id = await desk.campaign(...steps);
    expect(await problemOf(409, desk.take(id, step))).toMatchObject({ code: 'CONFLICT' });
  });

  it('runs no longer than it was approved for, and is submitted again after that', async () => {
    const id = await desk.campaign('submit');
    await expectStatus(200, desk.take(id, 'approve', officer, { until: later(DAY) }));
    await expectStatus(200, desk.take(id, 'start'));
    await expectStatus(200, desk.take(id, 'pause'));
    app.clock.advance(DAY - 1);
    await expectStatus(200, desk.take(id, 'start'));
    await expectStatus(200, desk.take(id, 'pause'));
    app.clock.advance(1);
    expect((await problemOf(409, desk.take(id, 'start'))).detail).toContain('lapsed');
    expect(await expectStatus(200, desk.take(id, 'submit'))).not.toHaveProperty('approvedUntil');
    await expectStatus(200, desk.take(id, 'approve'));
  });

  it.each([0, -1, 90 * DAY + 1])('is not approved until %d ms from now', async (ms) => {
    const id = await desk.campaign('submit');
    const problem = await problemOf(422, desk.take(id, 'approve', officer, { until: later(ms) }));
    expect(pointersOf(problem)).toEqual(['/until']);
    expect(
      await expectStatus(200, desk.take(id, 'approve', officer, { until: later(90 * DAY) })),
    ).toMatchObject({
      approvedUntil: later(90 * DAY),
    });
  });

  it('keeps its approval when only its name changes, and loses it with any change of substance', async () => {
    const body = { ...CAMPAIGN, scriptVersion: 'v1' };
    const id = await desk.campaign('submit', 'approve', 'start');
    const url = `/v1/campaigns/${id}`;
    const renamed = await expectStatus(200, officer.put<CampaignAnswer>(url, { ...body, name: 'Summer' }));
    expect(renamed).toMatchObject({
      name: 'Summer',
      state: 'running',
      approvedBy: officer.id,
      editedBy: marketing.id,
    });
    expect(renamed.approvedUntil).toBe(later(90 * DAY));
    const changed = await expectStatus(
      200,
      marketing.put<CampaignAnswer>(url, { ...body, name: 'Summer', line: 'loans' }),
    );
    expect(changed).toMatchObject({ state: 'draft', line: 'loans' });
    for (const gone of ['approvedBy', 'approvedUntil', 'submittedBy', 'reviewComment']) {
      expect(changed).not.toHaveProperty(gone);
    }
    await problemOf(409, desk.take(id, 'start'));
  });

  it.each([
    ['entity', { entity: 'other' }],
    ['product', { product: 'silver-card' }],
    ['productRisk', { productRisk: 'R3' }],
    ['no productRisk', { productRisk: undefined }],
    ['no vendorId', { vendorId: undefined }],
    ['callerIds', { callerIds: ['main', 'second'] }],
    ['voice', { voice: 'human' }],
    ['scriptVersion', { scriptVersion: 'v2' }],
    ['sharesData', { sharesData: true }],
    ['usesSensitiveData', { usesSensitiveData: true }],
    ['optOutKey', { optOutKey: '0' }],
  ])('falls back to a draft when it changes: %s', async (_name, change) => {
    await officer.put('/v1/entities/other', { name: 'Other' });
    const id = await desk.campaign('submit', 'approve');
    const body = { ...CAMPAIGN, scriptVersion: 'v1', ...change };
    expect(await expectStatus(200, marketing.put(`/v1/campaigns/${id}`, body))).toMatchObject({
      state: 'draft',
    });
  });

  it('is neither approved by who submitted it, nor by who wrote of it, nor by a system', async () => {
    const submitted = await desk.campaign();
    await expectStatus(200, desk.take(submitted, 'submit', officer));
    expect(await problemOf(403, desk.take(submitted, 'approve', officer))).toMatchObject({
      code: 'SAME_PERSON',
    });
    await expectStatus(200, desk.take(submitted, 'approve', otherOfficer));

    const edited = await desk.campaign();
    const body = { ...CAMPAIGN, scriptVersion: 'v1', line: 'loans' };
    await expectStatus(200, officer.put(`/v1/campaigns/${edited}`, body));
    await expectStatus(200, desk.take(edited, 'submit'));
    expect(await problemOf(403, desk.take(edited, 'approve', officer))).toMatchObject({
      code: 'SAME_PERSON',
    });

    const system = await desk.robot();
    expect(await problemOf(403, desk.take(edited, 'approve', system))).toMatchObject({
      code: 'PERSON_REQUIRED',
    });
    expect(await problemOf(403, desk.take(edited, 'return', system))).toMatchObject({
      code: 'PERSON_REQUIRED',
    });
    // Somebody else's name for it, or more of it, makes it no less the officer's own.
    const renamed = { ...body, name: 'Autumn' };
    expect(await expectStatus(200, marketing.put(`/v1/campaigns/${edited}`, renamed))).toMatchObject({
      state: 'submitted',
      editedBy: officer.id,
    });
    await expectStatus(200, marketing.put(`/v1/campaigns/${edited}`, { ...renamed, optOutKey: '0' }));
    await expectStatus(200, desk.take(edited, 'submit'));
    expect(await problemOf(403, desk.take(edited, 'approve', officer))).toMatchObject({
      code: 'SAME_PERSON',
    });
    await expectStatus(200, desk.take(edited, 'approve', otherOfficer));

    // What another person has approved is that person's to answer for: of what follows, who writes it counts.
    await expectStatus(200, marketing.put(`/v1/campaigns/${edited}`, { ...renamed, optOutKey: '1' }));
    await expectStatus(200, desk.take(edited, 'submit'));
    await expectStatus(200, desk.take(edited, 'approve', officer));
  });

  it('is submitted only when it is complete', async () => {
    const id = desk.newId();
    await expectStatus(201, marketing.put(`/v1/vendors/over-${id}`, { name: 'Over', status: 'ended' }));
    const body = { ...CAMPAIGN, vendorId: `over-${id}`, callerIds: ['main', 'unknown'] };
    await expectStatus(201, marketing.put(`/v1/campaigns/${id}`, body));
    const first = await problemOf(422, desk.take(id, 'submit'));
    expect(pointersOf(first)).toEqual(['/scriptVersion', '/vendorId', '/callerIds/1']);
    const more = { ...CAMPAIGN, callerIds: [], scriptVersion: 'v9' };
    await expectStatus(200, marketing.put(`/v1/campaigns/${id}`, more));
    expect(pointersOf(await problemOf(422, desk.take(id, 'submit')))).toEqual([
      '/scriptVersion',
      '/callerIds',
    ]);
  });

  it.each([
    ['/entity', { entity: 'nobody' }],
    ['/vendorId', { vendorId: 'nobody' }],
    ['/purpose', { purpose: 'fun' }],
    ['/productRisk', { productRisk: 'R9' }],
    ['/optOutKey', { optOutKey: '99' }],
    ['/callerIds', { callerIds: ['main', 'main'] }],
    ['/line', { line: 'two words' }],
    ['/note', { note: 'unknown member' }],
    ['/voice', { voice: undefined }],
  ])('refuses a bad member by name: %s', async (pointer, change) => {
    const problem = await expectStatus(422, marketing.put('/v1/campaigns/bad', { ...CAMPAIGN, ...change }));
    expect(pointersOf(problem)).toEqual([pointer]);
    await expectStatus(404, marketing.get('/v1/campaigns/bad'));
  });
});

describe('a purpose', () => {
  const url = (id: string): string => `/v1/campaigns/${id}`;
  const service = { ...CAMPAIGN, scriptVersion: 'v1', purpose: 'service' };

  it('with fewer rules waits for another person, and with it the whole change', async () => {
    const id = await desk.campaign('submit', 'approve', 'start');
    const asked = await expectStatus(
      202,
      marketing.put<{ approvalId: string }>(url(id), { ...service, line: 'loans' }),
    );
    expect(await expectStatus(200, marketing.get(url(id)))).toMatchObject({
      purpose: 'marketing',
      state: 'running',
    });
    const again = await expectStatus(409, marketing.put(url(id), service));
    expect(again.code).toBe('CONFLICT');
    await expectStatus(200, officer.post(`/v1/approvals/${asked.approvalId}/approve`, {}));
    expect(await expectStatus(200, marketing.get(url(id)))).toMatchObject({
      purpose: 'service',
      line: 'loans',
      state: 'draft',
      editedBy: marketing.id,
    });
    // More rules need nobody else, and fall back to a draft as every change of substance does.
    const back = { ...service, purpose: 'marketing', line: 'loans' };
    expect(await expectStatus(200, marketing.put(url(id), back))).toMatchObject({ state: 'draft' });
  });

  it('is not changed by who asked, and not where the campaign has changed meanwhile', async () => {
    const id = await desk.campaign();
    const { approvalId } = await expectStatus(202, officer.put<{ approvalId: string }>(url(id), service));
    expect(await expectStatus(403, officer.post(`/v1/approvals/${approvalId}/approve`, {}))).toMatchObject({
      code: 'SAME_PERSON',
    });
    await expectStatus(200, marketing.put(url(id), { ...service, purpose: 'marketing', line: 'loans' }));
    const late = otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {});
    expect(await expectStatus(409, late)).toMatchObject({ code: 'CONFLICT' });
    expect(await expectStatus(200, marketing.get(url(id)))).toMatchObject({ purpose: 'marketing' });
  });
});
