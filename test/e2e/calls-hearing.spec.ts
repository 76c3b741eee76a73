import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank, runCampaign } from '../support/bank';
import { conversations, DAY, iso, TEN, type Told, WORDS } from '../support/calls/conversations';
import { expectStatus } from '../support/http';

describe('hearing the customer during a call', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const { post, customer, inCall, end, vendorAsks, nextDay, flagsOf } = conversations(() => bank);

  it('a permanent refusal: written down first, confirmed in the language of the call, ended, refused ever after', async () => {
    const { to, callId } = await inCall();
    const body = { speaker: 'customer', text: WORDS.refuse_permanent };
    const told = await post(bank.dialer, callId, 'transcript', body);
    expect(told).toEqual([
      { type: 'confirm_opt_out', reason: expect.any(String), text: expect.stringMatching(/登记.*电话/) },
      { type: 'end_call', reason: expect.any(String) },
    ]);
    expect(await post(bank.dialer, callId, 'transcript', body)).toEqual(told);
    await end(callId);
    expect(codesOf(await nextDay(to))).toContain('SUPPRESSED');
    const coarse = await vendorAsks(to);
    expect([coarse.outcome, codesOf(coarse), coarse.notBefore]).toEqual([
      'deny',
      ['NOT_CALLABLE'],
      undefined,
    ]);
    const wishes = await expectStatus<{ items: { source: string; channels: string[] }[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { number: to }),
    );
    expect(wishes.items).toEqual([
      expect.objectContaining({ source: 'customer', channels: ['voice_ai', 'voice_human', 'sms'] }),
    ]);
  });

  it('speaks the language that it heard', async () => {
    const { callId } = await inCall();
    const [confirm] = await post(bank.dialer, callId, 'transcript', {
      speaker: 'customer',
      text: "don't call me again",
      language: 'en-US',
    });
    expect(confirm).toMatchObject({
      type: 'confirm_opt_out',
      text: expect.stringContaining('will not call'),
    });
  });

  it('a vendor hears the confirmation in the language of the number and nothing of the person', async () => {
    const to = freshNumber();
    await consent(bank, { number: to });
    await expectStatus(201, bank.cast.care.post('/v1/preferences', { number: to, language: 'es' }));
    const { callId } = await vendorAsks(to);
    const [confirm] = await post(bank.vendorDialer, callId, 'dtmf', { digits: '9' });
    expect(confirm?.text).toMatch(/登记/);
    const own = await inCall({}, await spanish());
    expect((await post(bank.dialer, own.callId, 'dtmf', { digits: '9' }))[0]?.text).toMatch(/petición/);
  });
  const spanish = async (): Promise<string> => {
    const number = freshNumber();
    await expectStatus(201, bank.cast.care.post('/v1/preferences', { number, language: 'es' }));
    return number;
  };

  it('"not now": ended, and not rung before the time that was named, by the person’s clock', async () => {
    const { to, callId } = await inCall();
    expect(await customer(callId, WORDS.tomorrow)).toEqual(['end_call']);
    await end(callId);
    // By then no cap stands in the way any more, so that the cool-down is seen alone.
    app.clock.set(TEN + DAY - 3_600_000);
    const early = await ask(bank, to);
    expect([early.outcome, codesOf(early)]).toEqual(['defer', expect.arrayContaining(['REFUSAL_COOLDOWN'])]);
    expect(early.reasons.find(({ code }) => code === 'REFUSAL_COOLDOWN')?.until).toBe(
      iso(Date.parse('2026-11-21T10:00:00+08:00')),
    );
    const coarse = await vendorAsks(to);
    expect([coarse.outcome, codesOf(coarse)]).toEqual(['defer', ['NOT_NOW']]);
    expect(Date.parse(coarse.notBefore ?? '')).toBeGreaterThanOrEqual(Date.parse(early.notBefore ?? ''));
  });

  it('"not now" without a time: a day', async () => {
    const { to, callId } = await inCall();
    expect(await customer(callId, WORDS.refuse_now)).toEqual(['end_call']);
    await end(callId);
    const answer = await ask(bank, to);
    expect(answer.reasons.find(({ code }) => code === 'REFUSAL_COOLDOWN')?.until).toBe(iso(TEN + DAY));
    expect((await nextDay(to)).outcome).toBe('allow');
  });

  it('"not interested": ended without a second pitch, and thirty days of peace', async () => {
    const { to, callId } = await inCall();
    expect(await customer(callId, WORDS.not_interested)).toEqual(['end_call']);
    await end(callId);
    app.clock.set(TEN + 30 * DAY - 1);
    expect(codesOf(await ask(bank, to))).toEqual(['REFUSAL_COOLDOWN']);
    app.clock.set(TEN + 30 * DAY);
    expect((await ask(bank, to)).outcome).toBe('allow');
  });

  it('a person who is asked for: handed over; where nobody came, only a person may call back', async () => {
    const { to, callId } = await inCall();
    expect(await customer(callId, WORDS.human_request)).toEqual(['transfer_to_human']);
    await post(bank.dialer, callId, 'transferred');
    await end(callId);
    expect((await nextDay(to)).outcome).toBe('allow');
    const left = await inCall();
    expect(await customer(left.callId, WORDS.human_request)).toEqual(['transfer_to_human']);
    await end(left.callId);
    expect(codesOf(await nextDay(left.to))).toEqual(['AI_VOICE_BARRED']);
    app.clock.set(TEN + 2 * DAY);
    const byPeople = { campaignId: 'by-people', voice: 'human' };
    await runCampaign(bank, { id: byPeople.campaignId, voice: byPeople.voice });
    expect(codesOf(await ask(bank, left.to, byPeople))).toEqual([]);
  });

  it('the question whether a machine speaks is answered at once, however often', async () => {
    const { callId, to } = await inCall();
    await post(bank.dialer, callId, 'disclosure_played');
    expect(await customer(callId, WORDS.ai_question)).toEqual(['play_disclosure']);
    expect(await customer(callId, WORDS.continue)).toEqual([]);
    expect(await customer(callId, `${WORDS.ai_question}？`)).toEqual(['play_disclosure']);
    await end(callId);
    expect((await nextDay(to)).outcome).toBe('allow');
  });

  it('a stranger: ended, that number suppressed for everything but danger, flagged; the customer’s others stay callable', async () => {
    const [asked, other] = [freshNumber(), freshNumber()];
    const { officer } = bank.cast;
    const { personId } = await expectStatus<{ personId: string }>(
      201,
      officer.put('/v1/people/C-stranger', { numbers: [asked, other] }),
    );
    await consent(bank, { customerId: 'C-stranger' });
    const { callId } = await ask(bank, asked, { customerId: 'C-stranger' });
    await post(bank.dialer, callId, 'answered');
    const told = await post(bank.dialer, callId, 'transcript', {
      speaker: 'customer',
      text: WORDS.wrong_person,
    });
    expect(told.map(({ type }) => type)).toEqual(['end_call']);
    expect(JSON.stringify(told)).not.toContain('C-stranger');
    expect(await customer(callId, `${WORDS.wrong_person} 真的`)).toEqual(['end_call']);
    await end(callId);
    const [flag, ...more] = await flagsOf(callId);
    expect([flag, more]).toEqual([
      expect.objectContaining({ kind: 'wrong_person', state: 'open', personId }),
      [],
    ]);
    expect(codesOf(await nextDay(asked))).toContain('SUPPRESSED');
    expect((await nextDay(other)).outcome).toBe('allow');
    expect(codesOf(await vendorAsks(asked))).toEqual(['NOT_CALLABLE']);
    // The wish goes with the number: to whoever has it next, and not to the person.
    await expectStatus(200, officer.put('/v1/people/C-stranger', { numbers: [other] }));
    expect(codesOf(await nextDay(asked))).toContain('SUPPRESSED');
  });

  it.each([
    ['vulnerable', WORDS.vulnerable, 'vulnerable'],
    ['complaint_threat', WORDS.complaint_threat, 'complaint'],
  ] as const)(
    '%s: selling ends, a person has to look, and only a second one lifts what was suppressed',
    async (kind, text, source) => {
      const { officer, otherOfficer } = bank.cast;
      const { to, callId } = await inCall();
      expect(await customer(callId, text)).toEqual(['end_call']);
      expect(await customer(callId, `${text} 唉`)).toEqual(['end_call']);
      await end(callId);
      expect(codesOf(await nextDay(to))).toContain('SUPPRESSED');
      const [flag, ...more] = await flagsOf(callId);
      expect(more).toEqual([]);
      expect(flag).toMatchObject({ kind, state: 'open', suppressionId: expect.any(String) });
      const id = flag?.id ?? '';
      const suppression = await expectStatus<{ source: string; purposes: string[] }>(
        200,
        officer.get(`/v1/suppressions/${flag?.suppressionId}`),
      );
      expect([suppression.source, suppression.purposes]).toEqual([source, ['marketing', 'survey']]);
      const words = { release: true, reason: 'The customer called.', evidence: { ticket: 'T-1' } };
      const resolve = { resolution: 'reviewed', note: 'Spoke with the family.', ...words };
      const resolved = await expectStatus<{ state: string; approvalId: string }>(
        202,
        officer.post(`/v1/flags/${id}/resolve`, resolve),
      );
      expect(resolved.state).toBe('resolved');
      expect(codesOf(await nextDay(to))).toContain('SUPPRESSED');
      await expectStatus(200, otherOfficer.post(`/v1/approvals/${resolved.approvalId}/approve`, {}));
      expect((await nextDay(to)).outcome).toBe('allow');
    },
  );

  it('a vulnerable person who wants a person is handed over, and the call goes on until it is', async () => {
    const { to, callId } = await inCall();
    expect(await customer(callId, WORDS.vulnerable)).toEqual(['end_call']);
    expect(await customer(callId, WORDS.human_request)).toEqual(['transfer_to_human']);
    const { directives } = await expectStatus<{ directives: Told[] }>(
      200,
      bank.dialer.get(`/v1/calls/${callId}`),
    );
    expect(directives.map(({ type }) => type)).toEqual(['transfer_to_human']);
    await post(bank.dialer, callId, 'transferred');
    expect(await customer(callId, WORDS.continue)).toEqual([]);
    // A refusal told to the person ends it all the same.
    expect(await customer(callId, WORDS.refuse_permanent)).toEqual(['confirm_opt_out', 'end_call']);
    await end(callId);
    expect(codesOf(await nextDay(to))).toContain('SUPPRESSED');
  });

  it('a person takes over at once where life may be at risk, though nobody asked for one', async () => {
    const { to, callId } = await inCall();
    expect(await customer(callId, '我真的不想活了')).toEqual(['transfer_to_human']);
    await post(bank.dialer, callId, 'transferred');
    await end(callId);
    expect(codesOf(await nextDay(to))).toContain('SUPPRESSED');
    expect((await flagsOf(callId)).map(({ kind }) => kind)).toEqual(['vulnerable']);
  });

  it('goes on where the customer listens, and never takes the agent’s own words for the customer’s', async () => {
    const { to, callId } = await inCall();
    expect(await customer(callId, WORDS.continue)).toEqual([]);
    for (const text of Object.values(WORDS)) {
      expect(await post(bank.dialer, callId, 'transcript', { speaker: 'agent', text })).toEqual([]);
    }
    await end(callId);
    expect((await nextDay(to)).outcome).toBe('allow');
    expect(await flagsOf(callId)).toEqual([]);
  });

  it('a telephone’s assistant that refuses speaks for its owner', async () => {
    const { to, callId } = await inCall();
    await post(bank.dialer, callId, 'machine_detected', { kind: 'assistant' });
    expect(await customer(callId, WORDS.refuse_permanent)).toEqual(['confirm_opt_out', 'end_call']);
    await end(callId);
    expect(codesOf(await nextDay(to))).toContain('SUPPRESSED');
  });
});
