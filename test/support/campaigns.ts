import { type Cast, makeCast, type TestApp } from './app';
import { type Answer, expectStatus, type HttpCaller, type ProblemBody } from './http';

export interface CampaignAnswer extends Record<string, unknown> {
  id: string;
  state: string;
  approvedUntil?: string;
}

export const CALLER_ID = {
  number: '955 88',
  class: 'enterprise',
  entity: 'bank',
  rightOfUse: { document: 'contract 7', expires: '2029-01-01T00:00:00+08:00' },
  purposes: ['marketing'],
  vendors: ['vendor-7'],
};
export const CAMPAIGN = {
  name: 'Spring',
  entity: 'bank',
  line: 'cards',
  product: 'gold-card',
  productRisk: 'R2',
  purpose: 'marketing',
  vendorId: 'vendor-7',
  callerIds: ['main'],
  voice: 'ai',
};
export const SCRIPT = {
  version: 'v1',
  kind: 'fixed',
  text: '我们有一张新卡。',
  disclosure: '您好，我是人工智能语音助手，本次通话由合成语音播报。',
  language: 'zh-CN',
};

/** Those who set up campaigns, and what they set up; every campaign is one of its own. */
export class CampaignDesk {
  private made = 0;
  private system: HttpCaller | undefined;

  private constructor(
    readonly app: TestApp,
    readonly cast: Cast,
  ) {}

  static async open(app: TestApp): Promise<CampaignDesk> {
    const cast = await makeCast(app);
    await expectStatus(201, cast.officer.put('/v1/entities/bank', { name: '示例银行' }));
    await expectStatus(201, cast.marketing.put('/v1/vendors/vendor-7', { name: 'Seven', status: 'active' }));
    await expectStatus(201, cast.officer.put('/v1/caller-ids/main', CALLER_ID));
    return new CampaignDesk(app, cast);
  }

  /** The same desk at another process on the same database. */
  on(app: TestApp): CampaignDesk {
    const cast = Object.fromEntries(
      Object.entries(this.cast).map(([name, caller]: [string, HttpCaller]) => [
        name,
        app.as(caller.key ?? '').named(caller.id),
      ]),
    ) as unknown as Cast;
    const desk = new CampaignDesk(app, cast);
    desk.made = this.made;
    return desk;
  }

  newId(): string {
    this.made += 1;
    return `c-${this.made}`;
  }

  /** A campaign with a script, brought as far as the steps say. */
  async campaign(...steps: string[]): Promise<string> {
    const { marketing } = this.cast;
    const id = this.newId();
    await expectStatus(201, marketing.put(`/v1/campaigns/${id}`, { ...CAMPAIGN, scriptVersion: 'v1' }));
    await expectStatus(201, marketing.post(`/v1/campaigns/${id}/scripts`, SCRIPT));
    for (const step of steps) await expectStatus(200, this.take(id, step));
    return id;
  }

  /** By the officer what is a reviewer's, by marketing everything else. */
  take(id: string, step: string, by?: HttpCaller, body?: unknown): Promise<Answer<CampaignAnswer>> {
    const { officer, marketing } = this.cast;
    const reviewing = step === 'approve' || step === 'return';
    const who = by ?? (reviewing ? officer : marketing);
    return who.post(`/v1/campaigns/${id}/${step}`, body ?? (step === 'return' ? { comment: 'More.' } : {}));
  }

  /** A system with compliance; with two officers there, one of them has to grant it. */
  async robot(): Promise<HttpCaller> {
    if (this.system !== undefined) return this.system;
    const { admin } = this.app;
    const body = { name: 'Robot', kind: 'system', roles: ['compliance'] };
    const asked = await expectStatus(202, admin.post<{ approvalId: string }>('/v1/clients', body));
    const { subject } = await expectStatus(
      200,
      this.cast.officer.post<{ subject: string }>(`/v1/approvals/${asked.approvalId}/approve`, {}),
    );
    const { key } = await expectStatus(201, admin.post<{ key: string }>(`/v1/clients/${subject}/keys`));
    this.system = this.app.as(key).named(subject);
    return this.system;
  }
}

/** The problem of an answer that must have this status. */
export async function problemOf(status: number, answer: Promise<Answer<unknown>>): Promise<ProblemBody> {
  return (await expectStatus(status, answer)) as ProblemBody;
}

export const pointersOf = (problem: ProblemBody): string[] =>
  (problem.errors ?? []).map(({ pointer }) => pointer);
