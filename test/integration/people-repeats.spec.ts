import type { SubjectFacts } from '../../src/domain/decision/facts';
import type { E164 } from '../../src/domain/phone/e164';
import { Keyring } from '../../src/platform/keys/keyring';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { sms, SMS_ENV, SmsProvider } from '../support/sms-provider';

const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
const SECOND = 1_000;
const at = (ms: number): string => new Date(NOW + ms).toISOString();

let app: TestApp;
let bank: Bank;
let provider: SmsProvider;
beforeAll(async () => {
  app = await startApp({ now: MORNING, env: SMS_ENV });
  bank = await openBank(app);
  provider = SmsProvider.of(app);
});
afterAll(() => app.close());
beforeEach(() => app.clock.set(NOW));

/** Of the row that a decision on the number locks. */
async function factsOf(number: string): Promise<SubjectFacts> {
  const [row] = await queryRows<{ facts: SubjectFacts }>(
    app.database,
    'SELECT s.facts FROM numbers n JOIN subjects s ON s.id = n.subject_id WHERE n.tag = $1',
    [app.nest.get(Keyring).tagOfNumber(number as E164)],
  );
  if (row === undefined) throw new Error('Nobody knows this number.');
  return row.facts;
}

async function wish(target: object, more: object = {}): Promise<string> {
  app.clock.advance(SECOND);
  const body = { ...target, source: 'customer', reason: '别再打了', ...more };
  return (await expectStatus<{ id: string }>(201, bank.cast.care.post('/v1/suppressions', body))).id;
}

async function lift(path: string): Promise<void> {
  const words = { reason: 'asked again', evidence: 'mail 4' };
  const asked = await expectStatus<{ approvalId: string }>(202, bank.cast.officer.post(path, words));
  await expectStatus(200, bank.cast.otherOfficer.post(`/v1/approvals/${asked.approvalId}/approve`, {}));
}
const release = (id: string): Promise<void> => lift(`/v1/suppressions/${id}/release`);

async function statesOf(number: string): Promise<Record<string, string>> {
  const { items } = await expectStatus<{ items: { id: string; state: string }[] }>(
    200,
    bank.cast.officer.post('/v1/suppressions/search', { number, limit: 100 }),
  );
  return Object.fromEntries(items.map(({ id, state }) => [id, state]));
}

const isSuppressed = async (number: string): Promise<boolean> =>
  codesOf(await ask(bank, number)).includes('SUPPRESSED');

describe('a wish that is said again', () => {
  it('has its event and receipt, and the row that decisions lock grows no more', async () => {
    const number = freshNumber();
    const ids: string[] = [];
    for (let time = 0; time < 30; time++) ids.push(await wish({ number }));
    expect((await factsOf(number)).wishes.map(({ id }) => id)).toEqual([ids.at(-1)]);
    expect(await statesOf(number)).toEqual(Object.fromEntries(ids.map((id) => [id, 'active'])));
    const [{ count } = { count: '' }] = await queryRows<{ count: string }>(
      app.database,
      `SELECT count(*) FROM events WHERE type = 'wish.recorded.v1' AND clear->>'suppressionId' = ANY ($1)`,
      [ids],
    );
    expect(count).toBe('30');
    expect(await isSuppressed(number)).toBe(true);
  });

  it('is each lifted alone: the last one lifts the last of it, in whatever order', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const number = freshNumber();
      const ids = [await wish({ number }), await wish({ number }), await wish({ number })];
      for (const index of order) {
        expect(await isSuppressed(number)).toBe(true);
        expect((await factsOf(number)).wishes).toHaveLength(1);
        await release(ids[index] ?? '');
      }
      expect(await isSuppressed(number)).toBe(false);
      expect((await factsOf(number)).wishes).toEqual([]);
    }
  });

  it('holds as long as it said when what held longer is lifted', async () => {
    const number = freshNumber();
    const [day, week] = [at(86_400_000), at(7 * 86_400_000)];
    const first = await wish({ number }, { until: week });
    const whole = await wish({ number });
    await wish({ number }, { until: day });
    expect((await factsOf(number)).wishes).toMatchObject([{ id: whole }]);
    await release(whole);
    expect((await factsOf(number)).wishes).toMatchObject([{ id: first, until: Date.parse(week) }]);
    await release(first);
    expect((await factsOf(number)).wishes).toMatchObject([{ until: Date.parse(day) }]);
    expect(await isSuppressed(number)).toBe(true);
    app.clock.set(NOW + 86_400_000 + SECOND);
    expect(await isSuppressed(number)).toBe(false);
  });

  it('leaves the row when it has ended', async () => {
    const number = freshNumber();
    await wish({ number }, { until: at(60_000), purposes: ['survey'] });
    app.clock.set(NOW + 61_000);
    const id = await wish({ number });
    expect((await factsOf(number)).wishes).toMatchObject([{ id }]);
  });

  it('is lifted with all others by the person’s own word, and none that was said after it', async () => {
    const number = freshNumber();
    for (const second of [1, 3, 5]) await provider.push(sms(number, 'STOP', at(-60_000 + second * SECOND)));
    expect((await provider.push(sms(number, 'START', at(-56_000)))).action).toBe('none');
    expect(await isSuppressed(number)).toBe(true);
    expect(Object.values(await statesOf(number)).sort()).toEqual(['active', 'released', 'released']);
    await provider.push(sms(number, 'START', at(-54_000)));
    expect(await isSuppressed(number)).toBe(false);
    expect((await factsOf(number)).wishes).toEqual([]);
  });

  it('stands again where a word in between lifts only the later one', async () => {
    const number = freshNumber();
    await provider.push(sms(number, 'STOP', at(-10 * SECOND)));
    // Came later, and was said before.
    await provider.push(sms(number, 'STOP', at(-30 * SECOND)));
    await provider.push(sms(number, 'START', at(-20 * SECOND)));
    expect(await isSuppressed(number)).toBe(true);
  });

  it('stands for no other person’s word', async () => {
    const [shared, own, his] = [freshNumber(), freshNumber(), freshNumber()];
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-wife', { numbers: [own, shared] }));
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-husband', { numbers: [his, shared] }));
    const state = (): Promise<boolean[]> => Promise.all([shared, own, his].map(isSuppressed));
    const hers = await wish({ customerId: 'C-wife' });
    const anybody = await wish({ number: shared });
    expect(await state()).toEqual([true, true, true]);
    await release(anybody);
    expect(await state()).toEqual([true, true, false]);
    await release(hers);
    expect(await state()).toEqual([false, false, false]);
  });

  it('ends the consents that were given since it was said before', async () => {
    const number = freshNumber();
    const [first] = [await wish({ number })];
    app.clock.advance(SECOND);
    await consent(bank, { number }, { grantedAt: new Date(app.clock.now()).toISOString() });
    const second = await wish({ number });
    await release(second);
    await release(first);
    expect(codesOf(await ask(bank, number))).toEqual(['CONSENT_WITHDRAWN']);
  });

  it('of a stranger is one for each number', async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await expectStatus(201, bank.cast.officer.put('/v1/people/C-moved-twice', { numbers: [one, two] }));
    const stranger = { source: 'wrong_person' };
    const ids = [await wish({ number: one }, stranger), await wish({ number: one }, stranger)];
    expect(await isSuppressed(two)).toBe(false);
    await wish({ number: two }, stranger);
    expect((await factsOf(two)).wishes).toHaveLength(2);
    await release(ids[1] ?? '');
    expect(await isSuppressed(one)).toBe(true);
    await release(ids[0] ?? '');
    expect(await isSuppressed(one)).toBe(false);
    expect(await isSuppressed(two)).toBe(true);
  });
});

describe('a preference that is said again', () => {
  it('stands once, and again when the one that stands for it is withdrawn', async () => {
    const number = freshNumber();
    const prefer = async (body: object): Promise<string> => {
      app.clock.advance(SECOND);
      const made = bank.cast.care.post<{ id: string }>('/v1/preferences', { number, ...body });
      return (await expectStatus(201, made)).id;
    };
    const short = await prefer({ quietUntil: at(3_600_000) });
    const long = await prefer({ quietUntil: at(7_200_000) });
    const person = [await prefer({ noAiVoice: true }), await prefer({ noAiVoice: true })];
    const standing = async (): Promise<string[]> => (await factsOf(number)).preferences.map(({ id }) => id);
    expect(await standing()).toEqual([long, person[1]]);
    await lift(`/v1/preferences/${long}/withdraw`);
    expect(await standing()).toEqual([person[1], short]);
    expect((await factsOf(number)).preferences.at(-1)).toMatchObject({ quietUntil: NOW + 3_600_000 });
    await lift(`/v1/preferences/${person[0] ?? ''}/withdraw`);
    await lift(`/v1/preferences/${person[1] ?? ''}/withdraw`);
    expect(await standing()).toEqual([short]);
  });
});

it('an offer declined again and again is one cool-down', async () => {
  const number = freshNumber();
  for (const second of [5, 9, 7]) await provider.push(sms(number, '不用了', at(-60_000 + second * SECOND)));
  expect((await factsOf(number)).cooldowns).toMatchObject([{ kind: 'not_interested', at: NOW - 51_000 }]);
});
