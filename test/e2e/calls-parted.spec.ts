import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank, question } from '../support/bank';
import { conversations, DAY, iso, TEN, WORDS } from '../support/calls/conversations';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { mapping, MAPPING, post as postResult, user } from '../support/results';

interface Parted {
  callId: string;
  session: string;
  /** The number that rang, which the customer no longer has. */
  rang: string;
  /** The one that the customer kept. */
  kept: string;
  customerId: string;
}

describe('what was said on a number that its customer has given up since', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: iso(TEN) });
    bank = await openBank(app);
    await expectStatus(201, bank.cast.marketing.put(MAPPING, mapping()));
  });
  afterAll(() => app.close());
  beforeEach(() => app.clock.set(TEN));

  const { post, customer, nextDay, flagsOf } = conversations(() => bank);

  let last = 0;
  const people = (customerId: string, numbers: string[]) =>
    bank.cast.officer.put<{ personId: string }>(`/v1/people/${customerId}`, { numbers });
  /** A call that rings one of the customer's two numbers. */
  const called = async (): Promise<Parted> => {
    const [rang, kept] = [freshNumber(), freshNumber()];
    const [customerId, session] = [`C-parted-${last}`, `parted-${last++}`];
    await expectStatus(201, people(customerId, [rang, kept]));
    await consent(bank, { customerId });
    const body = question({ ...bank, campaignId: bank.vendorCampaignId }, rang, {
      customerId,
      external: { callId: session },
    });
    const { callId } = await expectStatus<{ callId: string }>(
      200,
      bank.vendorDialer.post('/v1/calls/authorize', body),
    );
    await post(bank.vendorDialer, callId, 'answered');
    return { callId, session, rang, kept, customerId };
  };
  const partedCall = async (): Promise<Parted> => {
    const call = await called();
    await expectStatus(200, people(call.customerId, [call.kept]));
    return call;
  };
  const says = ({ callId }: Parted, text: string) => customer(callId, text, {}, bank.vendorDialer);
  const later = async (to: string, days: number, more: Record<string, unknown> = {}): Promise<string[]> => {
    app.clock.set(TEN + days * DAY);
    const codes = codesOf(await ask(bank, to, more));
    app.clock.set(TEN);
    return codes;
  };

  it.each([
    ['refuse_permanent', 'SUPPRESSED', 5],
    ['vulnerable', 'SUPPRESSED', 5],
    ['complaint_threat', 'SUPPRESSED', 5],
    ['not_interested', 'REFUSAL_COOLDOWN', 5],
    ['tomorrow', 'REFUSAL_COOLDOWN', 0.99],
  ] as const)('%s binds the number and the customer', async (words, code, days) => {
    const call = await partedCall();
    await says(call, WORDS[words]);
    expect(await later(call.rang, days)).toContain(code);
    expect(await later(call.kept, days, { customerId: call.customerId })).toContain(code);
  });

  it('a wish for a person binds both where nobody came', async () => {
    const call = await partedCall();
    await says(call, WORDS.human_request);
    await post(bank.vendorDialer, call.callId, 'ended', { seconds: 20 });
    expect(await later(call.rang, 5)).toContain('AI_VOICE_BARRED');
    expect(await later(call.kept, 5, { customerId: call.customerId })).toContain('AI_VOICE_BARRED');
  });

  it('binds whoever has claimed the number since', async () => {
    const call = await partedCall();
    await expectStatus(201, people('C-next-owner', [call.rang]));
    await consent(bank, { customerId: 'C-next-owner' });
    await post(bank.vendorDialer, call.callId, 'dtmf', { digits: '9' });
    expect(codesOf(await nextDay(call.rang))).toContain('SUPPRESSED');
    expect(await later(call.rang, 5, { customerId: 'C-next-owner' })).toContain('SUPPRESSED');
  });

  it('makes work of both, and the words stay with the customer who was called', async () => {
    const call = await partedCall();
    await says(call, WORDS.vulnerable);
    await says(call, `${WORDS.vulnerable} 唉`);
    const flags = await flagsOf(call.callId);
    expect(flags.map(({ kind }) => kind)).toEqual(['vulnerable', 'vulnerable']);
    expect(new Set(flags.map(({ personId }) => personId)).size).toBe(2);
    expect(new Set(flags.map(({ suppressionId }) => suppressionId)).size).toBe(2);
    const texts = await Promise.all(
      flags.map(({ id }) =>
        expectStatus<{ detail: { text?: string } }>(200, bank.cast.officer.get(`/v1/flags/${id}`)),
      ),
    );
    expect(texts.filter(({ detail }) => detail.text !== undefined)).toHaveLength(1);
  });

  it('a stranger on it frees nobody and binds that number alone', async () => {
    const call = await partedCall();
    await says(call, WORDS.wrong_person);
    await says(call, `${WORDS.wrong_person} 真的`);
    expect(await later(call.rang, 5)).toContain('SUPPRESSED');
    expect(await later(call.kept, 5, { customerId: call.customerId })).not.toContain('SUPPRESSED');
    expect(await flagsOf(call.callId)).toHaveLength(1);
  });

  it.each([
    ['refuse_permanent', { talk: [user('退订')] }, 'SUPPRESSED'],
    ['vulnerable', { tags: ['upset'] }, 'SUPPRESSED'],
    ['complaint_threat', { tags: ['lawyer'] }, 'SUPPRESSED'],
    ['not_interested', { level: 'D' }, 'REFUSAL_COOLDOWN'],
  ])('%s that a vendor reports later binds the number and the customer', async (_, more, code) => {
    const call = await partedCall();
    app.clock.set(TEN + 6 * 3_600_000);
    const { results } = await postResult(bank.vendorDialer, { session: call.session, result: 'OK', ...more });
    expect(results).toEqual([{ state: 'applied', callId: call.callId }]);
    expect(await later(call.rang, 5)).toContain(code);
    expect(await later(call.kept, 5, { customerId: call.customerId })).toContain(code);
  });

  it('binds the customer also where the record of whoever has the number now is erased', async () => {
    const call = await partedCall();
    const customerId = `C-erased-${call.session}`;
    const { personId } = await expectStatus<{ personId: string }>(201, people(customerId, [call.rang]));
    await queryRows(app.database, 'UPDATE subjects SET wrapping_key = NULL WHERE id = $1', [personId]);
    await says(call, WORDS.refuse_permanent);
    expect(await later(call.kept, 5, { customerId: call.customerId })).toContain('SUPPRESSED');
  });

  it('on a number that is still the customer’s is one wish, as ever', async () => {
    const call = await called();
    await says(call, WORDS.refuse_permanent);
    const { items } = await expectStatus<{ items: unknown[] }>(
      200,
      bank.cast.officer.post('/v1/suppressions/search', { customerId: call.customerId }),
    );
    expect(items).toHaveLength(1);
  });

  it('holds whatever is first, the refusal or the parting, and neither waits for the other for ever', async () => {
    const calls = await Promise.all(Array.from({ length: 12 }, called));
    await Promise.all(
      calls.flatMap((call, index) => [
        expectStatus(200, people(call.customerId, [call.kept])),
        index % 2 === 0
          ? says(call, WORDS.refuse_permanent)
          : postResult(bank.vendorDialer, { session: call.session, level: 'X' }),
      ]),
    );
    for (const { rang, kept, customerId } of calls) {
      expect(await later(rang, 5)).toContain('SUPPRESSED');
      expect(await later(kept, 5, { customerId })).toContain('SUPPRESSED');
    }
  }, 60_000);
});
