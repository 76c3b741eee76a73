import { type Cast, makeCast, type TestApp } from './app';
import { expectStatus, type HttpCaller } from './http';

/** A small bank, set up over HTTP as its people would: everything a call needs but the called person. */
export interface Bank {
  app: TestApp;
  cast: Cast;
  /** In-house, role dialer, all reasons. */
  dialer: HttpCaller;
  /** Bound to `vendor-7`. */
  vendorDialer: HttpCaller;
  campaignId: string;
  vendorCampaignId: string;
  callerId: string;
}

export interface CampaignShape {
  id: string;
  vendorId?: string;
  purpose?: string;
  productRisk?: string;
  voice?: string;
  sharesData?: boolean;
  usesSensitiveData?: boolean;
  callerIds?: string[];
}

export const CALLER_ID = '95588';
const DISCLOSURE = '您好，我是人工智能语音助手，本次通话由合成语音播报。';

export async function openBank(app: TestApp): Promise<Bank> {
  const cast = await makeCast(app);
  const { officer } = cast;
  await expectStatus(201, officer.put('/v1/entities/bank', { name: '示例银行' }));
  await expectStatus(201, officer.put('/v1/vendors/vendor-7', { name: 'Vendor Seven', status: 'active' }));
  await expectStatus(
    201,
    officer.put('/v1/caller-ids/main-line', {
      number: CALLER_ID,
      class: 'enterprise',
      entity: 'bank',
      rightOfUse: { document: 'contract 7', expires: '2029-01-01T00:00:00+08:00' },
      purposes: ['marketing', 'survey', 'service', 'appointment', 'fraud_alert', 'emergency'],
      vendors: ['vendor-7'],
    }),
  );
  const bank: Bank = {
    app,
    cast,
    dialer: await app.client(['dialer'], { name: 'own dialer' }),
    vendorDialer: await app.client(['dialer'], { name: 'vendor dialer', vendorId: 'vendor-7' }),
    campaignId: 'spring-card',
    vendorCampaignId: 'spring-card-v7',
    callerId: CALLER_ID,
  };
  await runCampaign(bank, { id: bank.campaignId });
  await runCampaign(bank, { id: bank.vendorCampaignId, vendorId: 'vendor-7' });
  return bank;
}

/** Draft, script, submit, approve by another person, start. */
export async function runCampaign({ cast }: Pick<Bank, 'cast'>, shape: CampaignShape): Promise<void> {
  const { id, ...more } = shape;
  const { marketing, officer } = cast;
  const campaign = {
    name: `Campaign ${id}`,
    entity: 'bank',
    line: 'cards',
    product: 'gold-card',
    purpose: 'marketing',
    callerIds: ['main-line'],
    voice: 'ai',
    ...more,
  };
  await expectStatus(201, marketing.put(`/v1/campaigns/${id}`, campaign));
  await expectStatus(
    201,
    marketing.post(`/v1/campaigns/${id}/scripts`, {
      version: 'v1',
      kind: 'fixed',
      text: '您好，这里是示例银行。我们有一张新的信用卡想介绍给您。',
      disclosure: DISCLOSURE,
      language: 'zh-CN',
    }),
  );
  await expectStatus(200, officer.post(`/v1/campaigns/${id}/scripts/v1/approve`, {}));
  await expectStatus(200, marketing.put(`/v1/campaigns/${id}`, { ...campaign, scriptVersion: 'v1' }));
  await expectStatus(200, marketing.post(`/v1/campaigns/${id}/submit`, {}));
  await expectStatus(200, officer.post(`/v1/campaigns/${id}/approve`, {}));
  await expectStatus(200, marketing.post(`/v1/campaigns/${id}/start`, {}));
}

let lastNumber = 0;

/** A valid mobile number that no other test of this file uses. */
export const freshNumber = (): string => `+86139${String(1_000_000 + lastNumber++).padStart(8, '0')}`;

/** Express consent of whoever has this number, to AI and human marketing calls. */
export async function consent(
  bank: Pick<Bank, 'cast'>,
  who: { number: string } | { customerId: string },
  more: Record<string, unknown> = {},
): Promise<void> {
  await expectStatus(
    201,
    bank.cast.marketing.post('/v1/consents', {
      ...who,
      purposes: ['marketing'],
      channels: ['voice_ai', 'voice_human'],
      scope: { kind: 'entity', id: 'bank' },
      attributes: { express: true },
      grantedAt: '2026-03-01T10:00:00+08:00',
      evidence: { textVersion: 'terms-3', textSha256: 'a'.repeat(64), source: 'app' },
      ...more,
    }),
  );
}

export interface Answered {
  callId: string;
  outcome: 'allow' | 'deny' | 'defer';
  enforced: boolean;
  reasons: { code: string; rule: string; source: string; until?: string }[];
  decidedAt: string;
  policyVersion: string;
  notBefore?: string;
  authorization?: { token: string; expiresAt: string };
  obligations?: Record<string, unknown>;
  evidence?: unknown;
}

let lastCall = 0;

export function question(
  bank: Pick<Bank, 'campaignId' | 'callerId'>,
  to: string,
  more: Record<string, unknown> = {},
) {
  return {
    to,
    campaignId: bank.campaignId,
    callerId: bank.callerId,
    external: { callId: `call-${lastCall++}` },
    ...more,
  };
}

/** Asks as the bank's own dialer; the answer must be a 200. */
export function ask(bank: Bank, to: string, more: Record<string, unknown> = {}): Promise<Answered> {
  return expectStatus<Answered>(200, bank.dialer.post('/v1/calls/authorize', question(bank, to, more)));
}

export const codesOf = (answer: { reasons: { code: string }[] }): string[] => [
  ...new Set(answer.reasons.map((reason) => reason.code)),
];
