import { type TestApp, startApp } from '../support/app';
import {
  ask,
  type Answered,
  type Bank,
  codesOf,
  consent,
  freshNumber,
  openBank,
  runCampaign,
} from '../support/bank';
import { expectStatus, type ProblemBody } from '../support/http';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const iso = (at: number): string => new Date(at).toISOString();

interface CallBody {
  state: string;
  authorization: { state: string };
  directives: { type: string }[];
  events: { type: string; effective: boolean }[];
  flags: string[];
}

describe('what becomes of a call', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const allowed = async (): Promise<{ to: string; callId: string }> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const { callId, outcome } = await ask(bank, to);
    expect(outcome).toBe('allow');
    return { to, callId };
  };
  const report = async (
    callId: string,
    type: string,
    more: Record<string, unknown> = {},
  ): Promise<string[]> => {
    const body = { type, at: iso(app.clock.now()), ...more };
    const { directives } = await expectStatus<{ directives: { type: string }[] }>(
      200,
      bank.dialer.post(`/v1/calls/${callId}/events`, body),
    );
    return directives.map((directive) => directive.type);
  };
  const read = (callId: string): Promise<CallBody> =>
    expectStatus<CallBody>(200, bank.dialer.get<CallBody>(`/v1/calls/${callId}`));

  it('is folded from its reports in whatever order they arrive', async () => {
    const { callId } = await allowed();
    expect(await report(callId, 'ended', { seconds: 20 })).toEqual([]);
    await report(callId, 'answered');
    await report(callId, 'placed');
    expect(await read(callId)).toMatchObject({ state: 'ended', authorization: { state: 'used' }, flags: [] });
  });

  it('frees a slot at once when nothing was placed, so that the person can be called again', async () => {
    const { callId, to } = await allowed();
    expect(codesOf(await ask(bank, to))).toEqual(['CALL_IN_PROGRESS']);
    await report(callId, 'not_placed');
    expect((await read(callId)).state).toBe('not_placed');
    for (let attempt = 0; attempt < 3; attempt++) {
      const again = await ask(bank, to);
      expect(again.outcome).toBe('allow');
      await report(again.callId, 'not_placed');
    }
  });

  it('presumes a silent allow placed, and takes not_placed back for ten minutes', async () => {
    const { callId, to } = await allowed();
    app.clock.advance(30_000);
    expect((await read(callId)).state).toBe('presumed_placed');
    const refused = await ask(bank, to);
    expect(codesOf(refused)).toEqual(['FREQUENCY_CAP']);
    app.clock.set(TEN + 30_000 + 600_000);
    await report(callId, 'not_placed');
    expect((await ask(bank, to)).outcome).toBe('allow');
  });

  it('does not believe not_placed later, nor after placed', async () => {
    const late = await allowed();
    app.clock.set(TEN + 30_000 + 600_001);
    await report(late.callId, 'not_placed');
    expect(await read(late.callId)).toMatchObject({ state: 'presumed_placed', flags: ['LATE_NOT_PLACED'] });
    app.clock.set(TEN);
    const placed = await allowed();
    await report(placed.callId, 'placed');
    await report(placed.callId, 'not_placed');
    expect(await read(placed.callId)).toMatchObject({ state: 'placed', flags: ['CONTRADICTION'] });
  });

  it('caps: three attempts in 24 hours, free again exactly 24 hours after the first', async () => {
    const { to, callId } = await allowed();
    const busy = async (id: string) => {
      await report(id, 'placed');
      await report(id, 'ended', { seconds: 0 });
    };
    await busy(callId);
    for (let attempt = 0; attempt < 2; attempt++) await busy((await ask(bank, to)).callId);
    const full = await ask(bank, to);
    expect(full).toMatchObject({ outcome: 'defer', notBefore: iso(TEN + 86_400_000) });
    expect(codesOf(full)).toEqual(['FREQUENCY_CAP']);
    app.clock.set(TEN + 86_400_000 - 1);
    expect((await ask(bank, to)).outcome).toBe('defer');
    app.clock.set(TEN + 86_400_000);
    expect((await ask(bank, to)).outcome).toBe('allow');
  });

  it('one answered call in 24 hours is enough', async () => {
    const { to, callId } = await allowed();
    await report(callId, 'answered');
    await report(callId, 'ended', { seconds: 40 });
    expect(codesOf(await ask(bank, to))).toEqual(['FREQUENCY_CAP']);
  });

  it('hears a refusal, by word or by key, writes it down, and ends the call', async () => {
    const said = await allowed();
    await report(said.callId, 'answered');
    expect(await report(said.callId, 'refused')).toEqual(['confirm_opt_out', 'end_call']);
    const pressed = await allowed();
    expect(await report(pressed.callId, 'dtmf', { digits: '1' })).toEqual([]);
    expect(await report(pressed.callId, 'dtmf', { digits: '9' })).toEqual(['confirm_opt_out', 'end_call']);
    for (const { callId, to } of [said, pressed]) {
      await report(callId, 'ended');
      expect(codesOf(await ask(bank, to))).toEqual(expect.arrayContaining(['SUPPRESSED']));
    }
  });

  it('cools down after "not now" until the time the person named, and 30 days after "not interested"', async () => {
    const later = await allowed();
    await report(later.callId, 'refused', { kind: 'refuse_now', until: iso(TEN + 3 * 86_400_000) });
    await report(later.callId, 'ended', { seconds: 5 });
    app.clock.set(TEN + 2 * 86_400_000);
    expect(await ask(bank, later.to)).toMatchObject({
      outcome: 'defer',
      notBefore: iso(TEN + 3 * 86_400_000),
    });
    app.clock.set(TEN);
    const declined = await allowed();
    expect(await report(declined.callId, 'refused', { kind: 'not_interested' })).toEqual(['end_call']);
    await report(declined.callId, 'ended', { seconds: 5 });
    app.clock.set(TEN + 29 * 86_400_000);
    expect(codesOf(await ask(bank, declined.to))).toEqual(['REFUSAL_COOLDOWN']);
    app.clock.set(TEN + 30 * 86_400_000);
    expect((await ask(bank, declined.to)).outcome).toBe('allow');
  });

  it('asks for the disclosure at the answer and for a person when one is wanted', async () => {
    const { callId } = await allowed();
    expect(await report(callId, 'answered')).toEqual(['play_disclosure']);
    expect(await report(callId, 'disclosure_played')).toEqual([]);
    expect(await report(callId, 'human_requested')).toEqual(['transfer_to_human']);
  });

  it('ends a call under way once the person’s wish is recorded elsewhere', async () => {
    const { callId, to } = await allowed();
    await report(callId, 'placed');
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number: to, source: 'customer', reason: 'Hotline.' }),
    );
    expect((await read(callId)).directives.map((directive) => directive.type)).toEqual(['end_call']);
    expect(await report(callId, 'answered')).toEqual(['end_call']);
    await report(callId, 'ended');
    expect((await read(callId)).directives).toEqual([]);
  });

  it('flags a call that was refused and placed all the same, counts it, and ends it', async () => {
    const to = freshNumber();
    const refused: Answered = await ask(bank, to);
    expect(refused.outcome).toBe('deny');
    expect(await report(refused.callId, 'placed')).toEqual(['end_call']);
    expect(await read(refused.callId)).toMatchObject({ state: 'placed', flags: ['UNAUTHORIZED_CALL'] });
    await consent(bank, { number: to });
    expect(codesOf(await ask(bank, to))).toEqual(['CALL_IN_PROGRESS']);
  });

  it('takes the same report once, whether named or not', async () => {
    const { callId } = await allowed();
    for (let again = 0; again < 3; again++) {
      await report(callId, 'placed', { eventId: 'e-1' });
      await report(callId, 'ringing');
    }
    expect((await read(callId)).events.map((event) => event.type)).toEqual(['placed', 'ringing']);
  });

  it('counts a ring that came after not_placed, flags it and ends the call', async () => {
    const { callId, to } = await allowed();
    await report(callId, 'not_placed');
    expect(await report(callId, 'placed')).toEqual(['end_call']);
    expect(await read(callId)).toMatchObject({
      state: 'not_placed',
      flags: expect.arrayContaining(['UNAUTHORIZED_CALL', 'CONTRADICTION']) as string[],
    });
    expect(codesOf(await ask(bank, to))).toEqual(['CALL_IN_PROGRESS']);
  });

  it('is the same call however its id is written', async () => {
    const { callId, to } = await allowed();
    const upper = await bank.dialer.post(`/v1/calls/${callId.toUpperCase()}/events`, {
      type: 'not_placed',
      at: iso(TEN),
    });
    expect(upper.status).toBe(404);
    expect(codesOf(await ask(bank, to))).toEqual(['CALL_IN_PROGRESS']);
  });

  it('hears a refusal though its number was used for another event, and answers a repeated report again', async () => {
    const { callId, to } = await allowed();
    await report(callId, 'placed', { eventId: '1' });
    const refused = { eventId: '1', kind: 'refuse_permanent' };
    expect(await report(callId, 'refused', refused)).toEqual(['confirm_opt_out', 'end_call']);
    expect(await report(callId, 'refused', refused)).toEqual(['confirm_opt_out', 'end_call']);
    expect((await read(callId)).directives.map((directive) => directive.type)).toEqual(['end_call']);
    await report(callId, 'ended');
    expect(codesOf(await ask(bank, to))).toContain('SUPPRESSED');
  });

  it('of another purpose than marketing, when refused, is refused for that purpose, too', async () => {
    const campaignId = 'service-calls';
    await runCampaign(bank, { id: campaignId, purpose: 'service' });
    const to = freshNumber();
    const { callId, outcome } = await ask(bank, to, { campaignId });
    expect(outcome).toBe('allow');
    expect(await report(callId, 'dtmf', { digits: '9' })).toEqual(['confirm_opt_out', 'end_call']);
    await report(callId, 'ended');
    expect(codesOf(await ask(bank, to, { campaignId }))).toEqual(['SUPPRESSED']);
  });

  it('that lasted was answered, whatever else was said of it', async () => {
    const { callId, to } = await allowed();
    await report(callId, 'placed');
    await report(callId, 'ended', { seconds: 180 });
    expect(codesOf(await ask(bank, to))).toEqual(['FREQUENCY_CAP']);
  });

  it('does not let a named time shorten "not interested"', async () => {
    const { callId, to } = await allowed();
    await report(callId, 'refused', { kind: 'not_interested', until: iso(TEN + 1_000) });
    await report(callId, 'ended');
    app.clock.set(TEN + 5 * 86_400_000);
    expect(codesOf(await ask(bank, to))).toEqual(['REFUSAL_COOLDOWN']);
    app.clock.set(TEN);
  });

  it.each([
    [undefined, 'SUPPRESSED', 5],
    ['refuse_permanent', 'SUPPRESSED', 5],
    ['not_interested', 'REFUSAL_COOLDOWN', 5],
    ['refuse_now', 'REFUSAL_COOLDOWN', 0.99],
  ])('keeps a refusal (%s) whose named time has passed', async (kind, code, days) => {
    for (const until of [iso(TEN), iso(TEN - 86_400_000)]) {
      const { callId, to } = await allowed();
      await report(callId, 'refused', { until, ...(kind === undefined ? {} : { kind }) });
      await report(callId, 'ended');
      app.clock.set(TEN + days * 86_400_000);
      expect(codesOf(await ask(bank, to))).toContain(code);
      app.clock.set(TEN);
    }
  });

  it('refuses times outside the call’s life, naming the member, and keeps nothing of them', async () => {
    const { callId } = await allowed();
    for (const at of [TEN - 5_001, TEN + 5_001]) {
      const answer = await bank.dialer.post<ProblemBody>(`/v1/calls/${callId}/events`, {
        type: 'placed',
        at: iso(at),
      });
      expect(answer.body).toMatchObject({ status: 422, errors: [{ pointer: '/at' }] });
    }
    expect((await read(callId)).events).toEqual([]);
  });

  it.each([
    [{ type: 'nonsense' }, '/type'],
    [{ type: 'dtmf' }, '/digits'],
    [{ type: 'placed', surprise: 1 }, '/surprise'],
    [{ type: 'ended', seconds: -1 }, '/seconds'],
    [{}, '/type'],
  ])('names what is wrong with %j', async (body, pointer) => {
    const { callId } = await allowed();
    const answer = await bank.dialer.post<ProblemBody>(`/v1/calls/${callId}/events`, {
      at: iso(TEN),
      ...body,
    });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
  });
});
