import type { Actor } from '../../src/contracts/actor';
import type { CallerIdFacts } from '../../src/domain/decision/facts';
import type { Purpose } from '../../src/domain/decision/purpose';
import type { Pack } from '../../src/domain/policy/pack';
import { Database } from '../../src/platform/database/database';
import { EvidenceWriter } from '../../src/platform/evidence/evidence-writer';
import { CampaignsService } from '../../src/services/campaigns/campaigns.service';
import { hasFewerRules } from '../../src/services/campaigns/purpose-rules';
import type { CampaignSetting } from '../../src/services/settings/settings';
import { SettingsCache } from '../../src/services/settings/settings-cache';
import { VERSION_QUERY } from '../../src/services/settings/settings.reader';
import { startApp, type TestApp } from '../support/app';
import { CALLER_ID, CAMPAIGN, CampaignDesk, SCRIPT } from '../support/campaigns';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';

const NOW = '2026-11-23T02:00:00.000Z';

interface StoredEvent {
  event_id: string;
  type: string;
  clear: Record<string, unknown>;
  sealed: Buffer;
  wrapped_key: Buffer;
}

describe('campaigns as decisions and the record see them', () => {
  let app: TestApp;
  let desk: CampaignDesk;
  beforeAll(async () => {
    app = await startApp({ now: NOW });
    desk = await CampaignDesk.open(app);
  });
  afterAll(() => app.close());

  const settings = () => app.nest.get(SettingsCache).fresh();

  it('gives every member of a campaign, its script and its approval to the settings', async () => {
    const { marketing, officer } = desk.cast;
    const id = desk.newId();
    const body = {
      ...CAMPAIGN,
      callerIds: ['main', 'second'],
      voice: 'prerecorded',
      scriptVersion: 'v1',
      sharesData: true,
      usesSensitiveData: true,
      optOutKey: '*',
    };
    await expectStatus(201, officer.put('/v1/caller-ids/second', { ...CALLER_ID, number: '95533' }));
    await expectStatus(201, marketing.put(`/v1/campaigns/${id}`, body));
    await expectStatus(
      201,
      marketing.post(`/v1/campaigns/${id}/scripts`, { ...SCRIPT, kind: 'model', model: 'm-1' }),
    );
    await expectStatus(200, desk.take(id, 'submit'));
    await expectStatus(200, desk.take(id, 'approve', officer, { until: '2026-12-01T00:00:00+08:00' }));
    await expectStatus(200, desk.take(id, 'start'));
    const { name: _, scriptVersion: __, ...facts } = body;
    const expected = {
      ...facts,
      id,
      state: 'running',
      approvedUntil: Date.parse('2026-12-01T00:00:00+08:00'),
      script: {
        version: 'v1',
        kind: 'model',
        approved: false,
        disclosure: SCRIPT.disclosure,
        textSha256: await sha256(SCRIPT.text),
      },
    };
    const setting = (await settings()).campaign(id) as CampaignSetting;
    expect(setting).toEqual(expected);
    await expectStatus(200, officer.post(`/v1/campaigns/${id}/scripts/v1/approve`));
    expect((await settings()).campaign(id)?.script?.approved).toBe(true);
    await expectStatus(200, desk.take(id, 'pause'));
    expect((await settings()).campaign(id)?.state).toBe('paused');
  });

  it('leaves out what a campaign does not have', async () => {
    const id = desk.newId();
    const { productRisk: _, vendorId: __, ...body } = CAMPAIGN;
    await expectStatus(201, desk.cast.marketing.put(`/v1/campaigns/${id}`, body));
    const setting = (await settings()).campaign(id);
    for (const absent of ['productRisk', 'vendorId', 'approvedUntil', 'script']) {
      expect(setting).not.toHaveProperty(absent);
    }
    expect(setting).toMatchObject({
      state: 'draft',
      sharesData: false,
      usesSensitiveData: false,
      optOutKey: '9',
    });
  });

  it('gives caller numbers, vendors and entities to the settings', async () => {
    const expected: CallerIdFacts = {
      id: 'main',
      class: 'enterprise',
      entity: 'bank',
      purposes: ['marketing'],
      vendors: ['vendor-7'],
      rightOfUseExpires: Date.parse(CALLER_ID.rightOfUse.expires),
    };
    const before = await settings();
    // It is registered as `955 88` and asked for as a dialer sends it.
    expect(before.callerIdByNumber('95588')).toEqual(expected);
    expect(before.entity('bank')).toEqual({ id: 'bank', name: '示例银行' });
    expect(before.vendor('vendor-7')).toEqual({ id: 'vendor-7', name: 'Seven', active: true });
    await expectStatus(
      200,
      desk.cast.marketing.put('/v1/vendors/vendor-7', { name: 'Seven', status: 'ended' }),
    );
    expect((await settings()).vendor('vendor-7')?.active).toBe(false);
    await expectStatus(
      200,
      desk.cast.marketing.put('/v1/vendors/vendor-7', { name: 'Seven', status: 'active' }),
    );
  });

  it('records every change once, with what was before and after and who did it', async () => {
    const { marketing, officer } = desk.cast;
    const known = new Set((await events()).map(({ event_id }) => event_id));
    const id = await desk.campaign('submit', 'return', 'submit', 'approve', 'start', 'pause', 'end');
    await expectStatus(200, officer.post(`/v1/campaigns/${id}/scripts/v1/approve`));
    // The same again is no change.
    await expectStatus(200, officer.put('/v1/entities/bank', { name: '示例银行' }));
    const recorded = (await events()).filter(({ event_id }) => !known.has(event_id));
    expect(recorded.map(({ type }) => type)).toEqual([
      'campaign.changed.v1',
      'script.submitted.v1',
      'campaign.submitted.v1',
      'campaign.returned.v1',
      'campaign.submitted.v1',
      'campaign.approved.v1',
      'campaign.started.v1',
      'campaign.paused.v1',
      'campaign.ended.v1',
      'script.approved.v1',
    ]);
    const approved = recorded[5];
    if (approved === undefined) throw new Error('No approval was recorded.');
    expect(approved.clear).toEqual({
      id,
      by: officer.id,
      partitionKey: id,
      state: 'approved',
      vendorId: 'vendor-7',
    });
    const payload = app.nest
      .get(EvidenceWriter)
      .open({ id: approved.event_id, sealed: approved.sealed, wrappedKey: approved.wrapped_key }, undefined);
    expect(payload).toMatchObject({
      id,
      by: { id: officer.id, name: 'Officer A', kind: 'person' },
      before: { ...CAMPAIGN, state: 'submitted', submittedBy: marketing.id, approvedBy: null },
      after: { ...CAMPAIGN, state: 'approved', submittedBy: marketing.id, approvedBy: officer.id },
    });
  });

  it('gives the settings that follow to those who came while a reading was under way', async () => {
    const cache = app.nest.get(SettingsCache);
    const database = app.nest.get(Database);
    const before = await cache.fresh();
    const asked = database.query.bind(database);
    const read = gate();
    const handedOver = gate();
    let readings = 0;
    // The first reading has its old answer, and is slow to hand it over.
    const query = jest.spyOn(database, 'query').mockImplementation(async (sql, params, name) => {
      const rows = await asked(sql, params, name);
      if (name !== VERSION_QUERY.name || ++readings > 1) return rows;
      read.open();
      await handedOver.opened;
      return rows;
    });
    const first = cache.fresh();
    await read.opened;
    await queryRows(app.database, 'UPDATE settings_version SET version = version + 1');
    const waiting = Array.from({ length: 50 }, () => cache.fresh());
    handedOver.open();
    expect((await first).version).toBe(before.version);
    for (const settings of await Promise.all(waiting)) expect(settings.version).not.toBe(before.version);
    expect(readings).toBe(2);
    query.mockRestore();
  });

  it('makes one campaign of many requests that make it at once', async () => {
    const id = desk.newId();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        desk.cast.marketing.put(`/v1/campaigns/${id}`, { ...CAMPAIGN, name: `Name ${index}` }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(9).fill(200), 201]);
    const changes = (await events()).filter(
      ({ clear, type }) => clear['id'] === id && type === 'campaign.changed.v1',
    );
    expect(changes).toHaveLength(10);
  });

  it('lets one number be registered once, however many ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        desk.cast.officer.put(`/v1/caller-ids/line-${index}`, { ...CALLER_ID, number: '95566' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('shows a client that is bound to a vendor its own campaigns only', async () => {
    const service = app.nest.get(CampaignsService);
    const bound: Actor = {
      clientId: desk.cast.marketing.id,
      name: 'v',
      kind: 'system',
      roles: [],
      vendorId: 'vendor-8',
    };
    await expectStatus(
      201,
      desk.cast.marketing.put('/v1/vendors/vendor-8', { name: 'Eight', status: 'active' }),
    );
    const foreign = await desk.campaign();
    const inHouse = desk.newId();
    const { vendorId: _, ...house } = CAMPAIGN;
    await expectStatus(201, desk.cast.marketing.put(`/v1/campaigns/${inHouse}`, house));
    const own = desk.newId();
    await expectStatus(
      201,
      desk.cast.marketing.put(`/v1/campaigns/${own}`, { ...CAMPAIGN, vendorId: 'vendor-8' }),
    );

    expect((await service.list({ limit: 1_000 }, bound)).items.map((item) => item.id)).toEqual([own]);
    expect(await service.list({ limit: 1_000, vendorId: 'vendor-7' }, bound)).toMatchObject({
      items: [{ id: own }],
    });
    await expect(service.find(own, bound)).resolves.toMatchObject({ id: own });
    await expect(service.find(foreign, bound)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(service.find(inHouse, bound)).rejects.toMatchObject({ code: 'NOT_FOUND' });

    const put = (id: string, vendorId?: string) =>
      app.nest.get(Database).transaction((tx) => {
        const flags = { sharesData: false, usesSensitiveData: false, optOutKey: '9' };
        const body = { ...house, ...flags, ...(vendorId === undefined ? {} : { vendorId }) };
        return service.put(tx, id, body as Parameters<CampaignsService['put']>[2], bound);
      });
    await expect(put(foreign, 'vendor-8')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(put(own, 'vendor-7')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(put(own)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(put(own, 'vendor-8')).resolves.toMatchObject({ status: 200 });
  });

  async function events(): Promise<StoredEvent[]> {
    return queryRows(
      app.database,
      'SELECT event_id, type, clear, sealed, wrapped_key FROM events ORDER BY event_id',
    );
  }

  async function sha256(text: string): Promise<string> {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    return Buffer.from(digest).toString('hex');
  }
});

describe('hasFewerRules', () => {
  const rule = (id: string, kind: string, ...purposes: Purpose[]) => ({ id, kind, purposes });
  const fewer = (from: Purpose, to: Purpose, ...rules: ReturnType<typeof rule>[]): boolean =>
    hasFewerRules({ packs: new Map([['p', { rules } as unknown as Pack]]) }, from, to);

  it.each([
    ['nothing binds either', [], false],
    ['both are bound by the same', [rule('a', 'cap', 'marketing', 'service')], false],
    ['a cap is escaped', [rule('a', 'cap', 'marketing')], true],
    ['more rules bind then', [rule('a', 'cap', 'service')], false],
    ['one cap is traded for another', [rule('a', 'cap', 'marketing'), rule('b', 'cap', 'service')], true],
    [
      'a duty is worded anew',
      [rule('a', 'obligation', 'marketing'), rule('b', 'obligation', 'service')],
      false,
    ],
    ['a duty is escaped', [rule('a', 'obligation', 'marketing')], true],
    [
      'a duty is traded for another kind',
      [rule('a', 'ai_disclosure', 'marketing'), rule('b', 'obligation', 'service')],
      true,
    ],
  ])('marketing to service where %s', (_name, rules, expected) => {
    expect(fewer('marketing', 'service', ...rules)).toBe(expected);
  });
});

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
