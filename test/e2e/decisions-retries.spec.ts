import { type TestApp, startApp } from '../support/app';
import { type Answered, type Bank, codesOf, consent, freshNumber, openBank, question } from '../support/bank';
import { expectStatus, type ProblemBody } from '../support/http';

/** A Friday, working day, ten in the morning in Shanghai. */
const TEN = '2026-11-20T10:00:00+08:00';

describe('asking again, and asking for many', () => {
  let app: TestApp;
  let bank: Bank;

  beforeAll(async () => {
    app = await startApp({ now: TEN });
    bank = await openBank(app);
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(Date.parse(TEN)));

  describe('a retry', () => {
    it('with the same id and body gets the same bytes while the authorization lives', async () => {
      const to = freshNumber();
      await consent(bank, { number: to });
      const body = question(bank, to);
      const first = await bank.dialer.post('/v1/calls/authorize', body);
      const again = await bank.dialer.post('/v1/calls/authorize', body);
      expect(again.status).toBe(200);
      expect(again.text).toBe(first.text);
    });

    it('never resurrects an authorization that ended', async () => {
      const to = freshNumber();
      await consent(bank, { number: to });
      const body = question(bank, to);
      await expectStatus(200, bank.dialer.post('/v1/calls/authorize', body));
      app.clock.advance(30_000);
      expect((await bank.dialer.post('/v1/calls/authorize', body)).body).toMatchObject({
        status: 409,
        code: 'AUTHORIZATION_ENDED',
      });
    });

    it('of a refusal is the same refusal, though the reason has gone meanwhile', async () => {
      const to = freshNumber();
      const body = question(bank, to);
      const first = await expectStatus<Answered>(
        200,
        bank.dialer.post<Answered>('/v1/calls/authorize', body),
      );
      await consent(bank, { number: to });
      const again = await expectStatus<Answered>(
        200,
        bank.dialer.post<Answered>('/v1/calls/authorize', body),
      );
      expect(again).toEqual(first);
    });

    it('with another body is a mistake; another client’s id is another call', async () => {
      const to = freshNumber();
      const body = question(bank, to);
      await expectStatus(200, bank.dialer.post('/v1/calls/authorize', body));
      const changed = await bank.dialer.post('/v1/calls/authorize', { ...body, voice: 'human' });
      expect(changed.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
      await expectStatus(200, bank.cast.marketing.post('/v1/calls/authorize', { ...body, voice: 'human' }));
    });

    it('by Idempotency-Key works for whoever has no call ids, and both keys together are refused', async () => {
      const to = freshNumber();
      const { external: _, ...body } = question(bank, to);
      const headers = { 'idempotency-key': '"8e03978e-40d5-43dd-bc93-6894a57f9324"' };
      const first = await bank.dialer.post('/v1/calls/authorize', body, headers);
      const again = await bank.dialer.post('/v1/calls/authorize', body, headers);
      expect(again.text).toBe(first.text);
      const both = await bank.dialer.post('/v1/calls/authorize', question(bank, to), headers);
      expect(both.status).toBe(422);
    });

    it('a hundred times at once is one call', async () => {
      const to = freshNumber();
      await consent(bank, { number: to });
      const body = question(bank, to);
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => bank.dialer.post('/v1/calls/authorize', body)),
      );
      expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
      expect(answers[0]?.status).toBe(200);
    });
  });

  describe('a batch', () => {
    it('answers a thousand rows in order; a bad row is that row’s problem', async () => {
      const numbers = Array.from({ length: 1_000 }, freshNumber);
      const calls = numbers.map((to, row) =>
        row % 100 === 7 ? { to: 7, campaignId: 'x' } : question(bank, to),
      );
      const { results } = await expectStatus<{ results: (Answered & { problem?: ProblemBody })[] }>(
        200,
        bank.dialer.post('/v1/calls/authorize/batch', { calls }),
      );
      expect(results).toHaveLength(1_000);
      results.forEach((result, row) => {
        if (row % 100 === 7) {
          expect(result.problem).toMatchObject({ code: 'INVALID', status: 422 });
          expect(result.problem?.errors?.map((error) => error.pointer)).toContain('/to');
        } else expect(codesOf(result)).toEqual(['CONSENT_MISSING']);
      });
    });

    it('with one id a thousand times is one call, and does not hold up the others', async () => {
      const to = freshNumber();
      await consent(bank, { number: to });
      const call = question(bank, to);
      const calls = Array.from({ length: 1_000 }, (_, row) =>
        row === 999 ? { ...call, voice: 'human' } : call,
      );
      const { results } = await expectStatus<{ results: (Answered & { problem?: ProblemBody })[] }>(
        200,
        bank.dialer.post('/v1/calls/authorize/batch', { calls }),
      );
      expect(new Set(results.slice(0, 999).map((result) => result.callId)).size).toBe(1);
      expect(results[999]?.problem).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    });

    it('takes no key of its own, since each row has one', async () => {
      const calls = [question(bank, freshNumber())];
      const answer = await bank.dialer.post(
        '/v1/calls/authorize/batch',
        { calls },
        { 'idempotency-key': '"k"' },
      );
      expect(answer.status).toBe(422);
    });

    it('takes no more than a thousand', async () => {
      const calls = Array.from({ length: 1_001 }, () => ({}));
      expect((await bank.dialer.post('/v1/calls/authorize/batch', { calls })).status).toBe(422);
    });

    it('decides two rows of one person in their order', async () => {
      const to = freshNumber();
      await consent(bank, { number: to });
      const calls = [question(bank, to), question(bank, to)];
      const { results } = await expectStatus<{ results: Answered[] }>(
        200,
        bank.dialer.post('/v1/calls/authorize/batch', { calls }),
      );
      expect(results.map((result) => result.outcome)).toEqual(['allow', 'defer']);
      expect(codesOf(results[1] as Answered)).toEqual(['CALL_IN_PROGRESS']);
    });
  });
});
