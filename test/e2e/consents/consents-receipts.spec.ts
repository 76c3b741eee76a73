import { type Cast, startApp, type TestApp } from '../../support/app';
import { type Bank, freshNumber, openBank } from '../../support/bank';
import { queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';

const MORNING = '2026-11-24T10:00:00+08:00';
const SHA = 'AB'.repeat(32);

/** Mandatory in ISO/IEC TS 27560 (STANDARDS section 8), by the object that they stand in. */
const MANDATORY = {
  header: ['schema_version', 'record_id', 'pii_principal_id'],
  processing: ['privacy_notice', 'language'],
  purpose: [
    'purpose',
    'pii_information',
    'pii_controllers',
    'storage_locations',
    'retention_period',
    'jurisdiction',
    'recipient_third_parties',
    'withdrawal_method',
  ],
  party: ['party_id', 'party_name', 'party_address', 'party_contact', 'party_type'],
  event: ['event_time', 'validity_duration', 'entity_id', 'event_type', 'event_state'],
};

type Members = Record<string, unknown>;
interface Receipt extends Members {
  pii_processing: Members & { purposes: Members[] };
  party_identification: Members[];
  events: Members[];
}

let app: TestApp;
let bank: Bank;
let cast: Cast;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: { DEFAULT_ENTITY: 'bank' } });
  bank = await openBank(app);
  cast = bank.cast;
  await expectStatus(
    200,
    cast.officer.put('/v1/entities/bank', {
      name: '示例银行股份有限公司',
      address: '北京市西城区示例街1号',
      contact: '95588',
    }),
  );
});
afterAll(() => app.close());

async function consentOf(who: object, more: object = {}): Promise<string> {
  const { id } = await expectStatus<{ id: string }>(
    201,
    cast.marketing.post('/v1/consents', {
      ...who,
      purposes: ['marketing', 'share_to_third_party'],
      channels: ['voice_ai', 'sms'],
      attributes: { express: true, separate: true },
      grantedAt: '2026-03-01T10:00:00+08:00',
      expiresAt: '2027-03-01T10:00:00+08:00',
      evidence: {
        textVersion: 'terms-3',
        textSha256: SHA,
        source: 'app',
        url: 'https://bank.example/terms/3',
        language: 'zh-CN',
        recordingSha256: 'c'.repeat(64),
        leadChain: ['partner shop', 'app'],
      },
      ...more,
    }),
  );
  return id;
}

const receiptOf = (id: string, headers = {}): Promise<Receipt> =>
  expectStatus(200, cast.officer.get(`/v1/consents/${id}/receipt`, headers));

describe('GET /v1/consents/{id}/receipt', () => {
  it('has every mandatory member, the entity as controller and what was shown', async () => {
    const number = freshNumber();
    await cast.officer.put('/v1/people/R-1', { numbers: [number], subdivision: 'CN-ZJ' });
    const id = await consentOf({ customerId: 'R-1' });
    const receipt = await receiptOf(id);
    const { pii_processing: processing, party_identification: parties, events } = receipt;
    expect(Object.keys(receipt)).toEqual(expect.arrayContaining(MANDATORY.header));
    expect(Object.keys(processing)).toEqual(expect.arrayContaining(MANDATORY.processing));
    for (const purpose of processing.purposes) {
      expect(Object.keys(purpose)).toEqual(expect.arrayContaining(MANDATORY.purpose));
      expect(purpose['pii_information']).toEqual([{ pii_type: 'telephone number', pii_optional: false }]);
    }
    for (const party of parties) expect(Object.keys(party)).toEqual(expect.arrayContaining(MANDATORY.party));
    for (const event of events) expect(Object.keys(event)).toEqual(expect.arrayContaining(MANDATORY.event));
    expect(receipt).toMatchObject({
      schema_version: 'ISO/IEC TS 27560:2023',
      record_id: id,
      pii_processing: {
        privacy_notice: 'https://bank.example/terms/3',
        language: 'zh-CN',
        purposes: [
          {
            purpose: 'marketing',
            lawful_basis: 'consent',
            pii_controllers: ['bank'],
            jurisdiction: 'CN, CN-ZJ',
            retention_period: 'P3Y',
          },
          {
            purpose: 'share_to_third_party',
            recipient_third_parties: [
              'vendors entrusted with calls and messages',
              'recipients named in the text',
            ],
          },
        ],
      },
      party_identification: [
        {
          party_id: 'bank',
          party_name: '示例银行股份有限公司',
          party_address: '北京市西城区示例街1号',
          party_contact: '95588',
          party_type: 'organization',
        },
      ],
      events: [
        {
          event_time: '2026-03-01T02:00:00.000Z',
          validity_duration: `PT${365 * 86_400}S`,
          event_type: 'explicit',
          event_state: 'given',
        },
      ],
      numbers: [`${number.slice(0, 6)}****${number.slice(-4)}`],
      sellers: ['示例银行股份有限公司'],
      channels: [
        { channel: 'voice_ai', voices: ['ai', 'prerecorded'] },
        { channel: 'sms', voices: [] },
      ],
      attributes: { express: true, separate: true },
      textSha256: SHA.toLowerCase(),
      recordingSha256: 'c'.repeat(64),
      source: 'app',
      leadChain: ['partner shop', 'app'],
      backdated: true,
    });
    expect(processing.purposes[0]?.['withdrawal_method']).toContain('与同意时一样简便');
  });

  it('is the same, byte for byte, whatever happens afterwards', async () => {
    const number = freshNumber();
    await cast.officer.put('/v1/people/R-2', { numbers: [number] });
    const id = await consentOf({ customerId: 'R-2' });
    const read = async () => (await cast.care.get(`/v1/consents/${id}/receipt`)).text;
    const first = await read();
    app.clock.advance(86_400_000);
    await expectStatus(200, cast.officer.put('/v1/entities/bank', { name: 'Renamed' }));
    await cast.officer.put('/v1/people/R-2', { numbers: [freshNumber()] });
    await expectStatus(
      201,
      cast.care.post('/v1/consents/withdraw', {
        customerId: 'R-2',
        method: 'hotline',
        purposes: ['marketing'],
      }),
    );
    expect(await read()).toBe(first);
  });

  it('says that a consent renews one, and what was withdrawn or refused', async () => {
    const number = freshNumber();
    await consentOf({ number });
    const renewed = await consentOf(
      { number },
      { grantedAt: '2026-10-01T10:00:00+08:00', expiresAt: undefined },
    );
    expect((await receiptOf(renewed)).events).toMatchObject([
      { event_state: 're-affirmed', validity_duration: 'until withdrawn' },
    ]);
    const taken = { number, method: 'branch', scope: { kind: 'line', id: 'cards' } };
    for (const [path, state] of [
      ['withdraw', 'withdrawn'],
      ['refused', 'refused'],
    ]) {
      const { id, receiptId } = await expectStatus<{ id: string; receiptId: string }>(
        201,
        cast.care.post(`/v1/consents/${path}`, taken),
      );
      expect(await receiptOf(id)).toMatchObject({
        events: [{ event_state: state, event_type: 'explicit' }],
        scope: { kind: 'line', id: 'cards' },
        method: 'branch',
        receiptId,
      });
    }
  });

  it('hides nothing that is missing: a controller without address, a person without number', async () => {
    await expectStatus(201, cast.officer.put('/v1/entities/insurer', { name: 'Insurer' }));
    const id = await consentOf({ customerId: 'R-nowhere' }, { scope: { kind: 'entity', id: 'insurer' } });
    expect(await receiptOf(id)).toMatchObject({
      numbers: [],
      pii_processing: { purposes: [{ jurisdiction: 'not stated' }, {}] },
      party_identification: [
        { party_name: 'Insurer', party_address: 'not stated', party_contact: 'not stated' },
      ],
    });
    const toAll = await consentOf({ customerId: 'R-nowhere' }, { scope: { kind: 'group' } });
    expect((await receiptOf(toAll)).party_identification.map((party) => party['party_id'])).toEqual([
      'bank',
      'insurer',
    ]);
  });

  it('shows numbers whole only with a reason, which stands in the person’s record', async () => {
    const number = freshNumber();
    const id = await consentOf({ number });
    expect((await receiptOf(id, { 'x-unmask-reason': 'complaint 12' }))['numbers']).toEqual([number]);
    const readings = await queryRows<{ clear: object }>(
      app.database,
      `SELECT clear FROM events WHERE type = 'person.read.v1' AND clear->>'what' = 'consent.receipt' ORDER BY event_id DESC LIMIT 1`,
    );
    expect(readings).toMatchObject([{ clear: { unmasked: true } }]);
    const care = await cast.care.get(`/v1/consents/${id}/receipt`, { 'x-unmask-reason': 'curious' });
    expect(care.status).toBe(403);
  });

  it('is read by who reads consents, and by the hotline', async () => {
    const id = await consentOf({ number: freshNumber() });
    for (const role of ['marketing', 'care', 'compliance', 'auditor'] as const) {
      expect([role, (await cast[role].get(`/v1/consents/${id}/receipt`)).status]).toEqual([role, 200]);
    }
    for (const role of ['dialer', 'carrier', 'admin'] as const) {
      expect([role, (await cast[role].get(`/v1/consents/${id}/receipt`)).status]).toEqual([role, 403]);
    }
  });

  it.each(['0193a000-0000-7000-8000-000000000000', 'none'])('answers 404 to %s', async (id) => {
    expect((await cast.officer.get(`/v1/consents/${id}/receipt`)).status).toBe(404);
  });

  it('can be made of an event of the first version, which was sealed without its terms', async () => {
    const number = freshNumber();
    const { id } = await expectStatus<{ id: string }>(
      201,
      cast.care.post('/v1/suppressions', { number, source: 'customer', reason: 'no' }),
    );
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      cast.officer.post(`/v1/suppressions/${id}/release`, { reason: 'asked', evidence: 'r-1' }),
    );
    await expectStatus(200, cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
    // The withdrawal that a released wish leaves behind has the release for its evidence.
    expect(await receiptOf(id)).toMatchObject({
      events: [{ event_state: 'withdrawn' }],
      pii_processing: { privacy_notice: 'not stated' },
    });
  });
});

describe('PUT /v1/entities/{id}', () => {
  it('keeps address and contact, and forgets what is not stated', async () => {
    const full = { name: 'Leasing', address: '1 Example Road', contact: 'hotline@leasing.example' };
    expect(await expectStatus(201, cast.officer.put('/v1/entities/leasing', full))).toMatchObject(full);
    expect(await expectStatus(200, cast.marketing.get('/v1/entities/leasing'))).toMatchObject(full);
    const shorter = await expectStatus<object>(
      200,
      cast.officer.put('/v1/entities/leasing', { name: 'Leasing' }),
    );
    expect(Object.keys(shorter)).not.toContain('address');
  });

  it.each([
    [{ name: 'X', address: '' }, '/address'],
    [{ name: 'X', contact: 'c'.repeat(201) }, '/contact'],
  ])('refuses %j', async (body, pointer) => {
    expect(await cast.officer.put('/v1/entities/bad', body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer }] },
    });
  });
});
