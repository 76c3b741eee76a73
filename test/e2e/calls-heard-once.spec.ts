import { Hearing } from '../../src/services/calls/hearing';
import { startApp, type TestApp } from '../support/app';
import { type Answered, ask, type Bank, codesOf, consent, freshNumber, openBank } from '../support/bank';
import { holdLock, queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { eventually } from '../support/proofs/eventually';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const AT = new Date(TEN).toISOString();
const STOP = 'Por favor, no me llamen más';

interface Told {
  type: string;
  text?: string;
}

describe('what is heard is heard once, and under no lock', () => {
  let app: TestApp;
  let bank: Bank;
  beforeAll(async () => {
    app = await startApp({ now: AT });
    bank = await openBank(app);
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => app.close());

  const inCall = async (): Promise<Answered & { to: string }> => {
    const to = freshNumber();
    await consent(bank, { number: to });
    const call = { ...(await ask(bank, to)), to };
    await expectStatus(
      200,
      bank.dialer.post(`/v1/calls/${call.callId}/events`, { type: 'answered', at: AT }),
    );
    return call;
  };
  const say = (callId: string, text: string) =>
    expectStatus<{ directives: Told[] }>(
      200,
      bank.dialer.post(`/v1/calls/${callId}/events`, {
        type: 'transcript',
        at: AT,
        speaker: 'customer',
        text,
      }),
    );
  const hearing = () => app.nest.get(Hearing, { strict: false });

  it('answers the same report again from what was stored of it, in the same words', async () => {
    const { callId } = await inCall();
    const heard = jest.spyOn(hearing(), 'hear');
    const first = await say(callId, STOP);
    expect(first.directives.map(({ type }) => type)).toEqual(['confirm_opt_out', 'end_call']);
    expect(first.directives[0]?.text).toMatch(/llama/);
    for (let again = 0; again < 3; again++) expect(await say(callId, STOP)).toEqual(first);
    expect(heard).toHaveBeenCalledTimes(1);
    const rows = await queryRows(app.database, `SELECT 1 FROM call_events WHERE call_id = $1`, [callId]);
    expect(rows).toHaveLength(2);
  });

  it('understands words before it waits for the row of whoever said them', async () => {
    const { callId } = await inCall();
    const lock = await holdLock(
      app.database,
      `SELECT 1 FROM subjects s JOIN calls c ON c.subject_id = s.id WHERE c.call_id = '${callId}' FOR UPDATE OF s`,
    );
    const heard = jest.spyOn(hearing(), 'hear');
    const answer = say(callId, STOP);
    await eventually('it was heard', () => Promise.resolve(heard.mock.calls.length === 1));
    await lock.waitForWaiter();
    await lock.release();
    expect((await answer).directives.map(({ type }) => type)).toEqual(['confirm_opt_out', 'end_call']);
  });

  it('hears a refusal anywhere in a text that is heard in parts, also across a cut', async () => {
    const talk = 'I will think about it and talk to my wife. '.repeat(200);
    for (const at of [0, 980, 1_000, 4_100, 8_100]) {
      const { callId, to } = await inCall();
      const text = `${talk.slice(0, at)}. 以后别再打了。 ${talk}`.slice(0, 8_192);
      const { directives } = await say(callId, text);
      expect(directives.map(({ type }) => type)).toEqual(['confirm_opt_out', 'end_call']);
      expect(codesOf(await ask(bank, to))).toContain('SUPPRESSED');
    }
  });
});
