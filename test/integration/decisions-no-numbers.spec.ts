import { startApp, type TestApp } from '../support/app';
import { type Answered, type Bank, openBank, question } from '../support/bank';
import type { HttpCaller } from '../support/http';
import { everythingStored, NumberSearch, type Place } from '../support/proofs/clear-text';
import { Proof } from '../support/proofs/proof';
import type { Random } from '../support/proofs/random';

const TEN = '2026-07-01T10:00:00+08:00';
const proof = new Proof('no number in clear, after whole runs of this many people', { test: 12, soak: 500 });

type Method = 'GET' | 'POST' | 'PUT';

/** Everything that can be done with a person, each number where it belongs and where it does not. */
class Run {
  readonly answers: Place[] = [];
  readonly numbers: string[] = [];
  /** Numbers that a bank uses as ids of its customers: it gets these back as it gave them. */
  readonly customerIds: string[] = [];

  constructor(
    private readonly bank: Bank,
    private readonly random: Random,
  ) {}

  private number(among = this.numbers): string {
    const number = `+86138${String(10_000_000 + this.random.below(89_999_999))}`;
    among.push(number);
    return number;
  }

  private async send<T>(
    caller: HttpCaller,
    method: Method,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await caller.send<T>(method, url, body, headers);
    // A preview names the number as it would be rung: it is what the caller has just sent (RULINGS 18).
    if (!url.includes('/preview')) {
      this.answers.push({ where: `answer ${answer.status} to ${method} ${url}`, text: answer.text });
    }
    return answer.body;
  }

  async person(): Promise<void> {
    const { officer, marketing, care } = this.bank.cast;
    const [number, other] = [this.number(), this.number()];
    const national = number.slice(3);
    const customerId = this.number(this.customerIds).slice(3);
    await this.send(officer, 'PUT', `/v1/people/${customerId}`, {
      numbers: [number, other],
      ageBand: '18_64',
    });
    const { personId } = await this.send<{ personId: string }>(officer, 'POST', '/v1/people/lookup', {
      number,
    });
    const evidence = { textVersion: 't', textSha256: 'a'.repeat(64), source: `said on ${national}` };
    const consent = {
      purposes: ['marketing'],
      channels: ['voice_ai'],
      scope: { kind: 'entity', id: 'bank' },
      attributes: { express: true },
      grantedAt: '2026-03-01T10:00:00+08:00',
      evidence,
    };
    await this.send(marketing, 'POST', '/v1/consents', { number: national, region: 'CN', ...consent });
    await this.send(marketing, 'POST', '/v1/consents', { customerId, ...consent });
    await this.send(care, 'POST', '/v1/preferences', { number, language: 'zh-CN' });
    await this.calls(number, other, customerId);
    await this.mistakes(number);
    const reason = `Rang from ${spaced(number)}: never ${national} again.`;
    const headers = { 'idempotency-key': `"wish-${national}"`, 'x-request-id': national };
    await this.send(
      care,
      'POST',
      '/v1/suppressions',
      { number, reason, evidence: { line: national } },
      headers,
    );
    await this.send(marketing, 'POST', '/v1/consents/withdraw', {
      customerId,
      at: TEN,
      method: `call to ${national}`,
    });
    for (const list of ['suppressions', 'consents']) {
      await this.send(officer, 'POST', `/v1/${list}/search`, { number });
    }
    await this.send(officer, 'GET', `/v1/people/${personId}`);
    await this.send(officer, 'GET', `/v1/people/${personId}/timeline`);
    await this.send(officer, 'PUT', `/v1/people/${customerId}`, { numbers: [other] });
  }

  private async calls(number: string, other: string, customerId: string): Promise<void> {
    const { dialer, cast } = this.bank;
    const national = number.slice(3);
    const external = { callId: `call-${national}`, taskId: national, lineId: spaced(number) };
    const body = question(this.bank, spaced(number), { region: 'CN', external, customerId });
    const { callId, authorization } = await this.send<Answered>(dialer, 'POST', '/v1/calls/authorize', body);
    await this.send(dialer, 'POST', '/v1/calls/authorize', { ...body, voice: 'human' });
    const { external: _, ...nameless } = question(this.bank, other, { campaignId: national });
    await this.send(dialer, 'POST', '/v1/calls/authorize', nameless, { 'idempotency-key': `"${national}"` });
    const rows = [
      { to: number },
      { to: `${national}x` },
      question(this.bank, `${number}0000`),
      question(this.bank, number),
    ];
    await this.send(dialer, 'POST', '/v1/calls/authorize/batch', { calls: rows });
    await this.send(dialer, 'POST', '/v1/calls/preview', nameless);
    await this.send(dialer, 'POST', '/v1/calls/preview/batch', { calls: rows });
    const redeem = { token: authorization?.token, to: number, callerId: this.bank.callerId };
    await this.send(cast.carrier, 'POST', '/v1/authorizations/redeem', { ...redeem, to: other });
    await this.send(cast.carrier, 'POST', '/v1/authorizations/redeem', redeem);
    await this.send(cast.carrier, 'POST', '/v1/authorizations/redeem', { ...redeem, token: national });
    for (const told of [
      { type: 'answered', eventId: national },
      { type: 'transcript', speaker: 'customer', text: `我的号码是${national}`, language: 'zh' },
      { type: 'dtmf', digits: national.slice(-8) },
      { type: 'recording', url: `https://store.example/${national}.wav`, sha256: 'b'.repeat(64), seconds: 3 },
      { type: 'ended', cause: `hung up by ${national}`, seconds: 3 },
      { type: 'failed', cause: national },
    ]) {
      await this.send(dialer, 'POST', `/v1/calls/${callId}/events`, { at: TEN, ...told });
    }
    await this.send(dialer, 'GET', `/v1/calls/${callId}`);
    await this.send(cast.auditor, 'GET', `/v1/audit/calls/${callId}`);
    await this.send(cast.auditor, 'POST', `/v1/audit/calls/${callId}/replay`, {});
  }

  /** Numbers where none should be. */
  private async mistakes(number: string): Promise<void> {
    const { dialer, cast, app } = this.bank;
    const national = number.slice(3);
    for (const url of [
      `/v1/people/${encodeURIComponent(number)}`,
      `/v1/people/${national}/timeline?from=${national}`,
      `/v1/calls/${national}`,
      `/v1/suppressions/${national}?number=${national}`,
      `/nowhere/${national}?to=${encodeURIComponent(number)}`,
    ]) {
      await this.send(cast.officer, 'GET', url);
    }
    await this.send(dialer, 'POST', '/v1/calls/authorize', `{"to": "${number}", `);
    await this.send(dialer, 'POST', '/v1/calls/authorize', {
      ...question(this.bank, number),
      timeZone: national,
    });
    await this.send(dialer, 'POST', '/v1/calls/authorize', {
      ...question(this.bank, number),
      voice: national,
    });
    await this.send(dialer, 'POST', '/v1/calls/authorize', {
      ...question(this.bank, number),
      channel: number,
    });
    await this.send(dialer, 'POST', '/v1/calls/authorize', Number(national));
    await this.send(cast.care, 'POST', '/v1/suppressions', { number: `${number}1234567`, reason: national });
    await this.send(cast.care, 'POST', '/v1/suppressions', {
      number,
      customerId: national,
      reason: national,
    });
    await this.send(app.as(national), 'POST', '/v1/calls/authorize', question(this.bank, number));
    await this.send(app.anonymous, 'POST', '/v1/calls/authorize', question(this.bank, number), {
      authorization: number,
    });
  }
}

const spaced = (number: string): string => `${number.slice(3, 6)} ${number.slice(6, 10)} ${number.slice(10)}`;

describe('the telephone numbers of a whole run', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());

  it(
    'stand in clear in no table, no log, no metric and no answer',
    () =>
      proof.run(async (random) => {
        const run = new Run(bank, random);
        for (let person = 0; person < proof.count; person++) await run.person();
        const leaks: string[] = [];
        const search = new NumberSearch([...run.numbers, ...run.customerIds]);
        const look = (place: Place, within = search): void => {
          const leak = within.leak(place);
          if (leak !== undefined) leaks.push(leak);
        };
        let stored = 0;
        for await (const place of everythingStored(app.database)) {
          look(place);
          stored += 1;
        }
        for (const text of app.logged) look({ where: 'log', text });
        look({ where: 'metrics', text: (await app.anonymous.get('/metrics')).text });
        const ofPersons = new NumberSearch(run.numbers);
        for (const answer of run.answers) look(answer, ofPersons);
        expect([...new Set(leaks)].slice(0, 20)).toEqual([]);
        // There was something to find numbers in.
        expect(stored).toBeGreaterThan(1_000);
        expect(run.answers.filter(({ where }) => where.startsWith('answer 20')).length).toBeGreaterThan(
          20 * proof.count,
        );
      }),
    proof.timeout,
  );

  it('would be found in any form', () => {
    const search = new NumberSearch(['+8613812345678']);
    for (const text of [
      'to +8613812345678.',
      '"13812345678"',
      '138 1234 5678',
      '138-1234-5678',
      '(138) 1234.5678',
      '****12345678',
      `{"a":"${Buffer.from('+8613812345678').toString('base64')}"}`,
      `{"a":"${Buffer.from('x13812345678').toString('base64')}"}`,
      `{"a":"${Buffer.from('xy+8613812345678').toString('base64')}"}`,
      `\\x${Buffer.from('13812345678').toString('hex')}`,
      Buffer.from('\u0001\u00ff13812345678\u0000').toString('latin1'),
    ]) {
      expect([text, search.leak({ where: 'here', text }) !== undefined]).toEqual([text, true]);
    }
    for (const text of ['+86138****5678', '1381234567', 'id 0193-a12345678f']) {
      expect(search.leak({ where: 'here', text })).toBeUndefined();
    }
  });
});
