import { ask, type Answered, type Bank, consent, freshNumber, question } from '../bank';
import { expectStatus, type HttpCaller } from '../http';

/** The moment at which the calls of a test are: a Friday morning in China. */
export const TEN = Date.parse('2026-11-20T10:00:00+08:00');
export const DAY = 86_400_000;
export const iso = (at: number): string => new Date(at).toISOString();

export interface Told {
  type: string;
  text?: string;
}

/** What customers say, as a recogniser writes it down. */
export const WORDS = {
  refuse_permanent: '以后别再打了',
  refuse_now: '我现在在开会',
  tomorrow: '我在开会 明天上午十点再打吧',
  not_interested: '不需要 谢谢',
  human_request: '帮我转人工',
  ai_question: '你是机器人吗',
  wrong_person: '你打错了 这里没有这个人',
  vulnerable: '我妈妈昨天去世了',
  complaint_threat: '我要投诉你们',
  continue: '嗯 你说',
};

/** What a test does during calls, at the bank that is given once it is open. */
export function conversations(bankOf: () => Bank) {
  const post = async (
    caller: HttpCaller,
    callId: string,
    type: string,
    more: Record<string, unknown> = {},
  ): Promise<Told[]> => {
    const body = { type, at: iso(bankOf().app.clock.now()), ...more };
    const path = `/v1/calls/${callId}/events`;
    return (await expectStatus<{ directives: Told[] }>(200, caller.post(path, body))).directives;
  };
  const customer = async (
    callId: string,
    text: string,
    more = {},
    caller = bankOf().dialer,
  ): Promise<string[]> =>
    (await post(caller, callId, 'transcript', { speaker: 'customer', text, ...more })).map(
      ({ type }) => type,
    );
  const inCall = async (
    more: Record<string, unknown> = {},
    to = freshNumber(),
  ): Promise<{ to: string; callId: string }> => {
    await consent(bankOf(), { number: to });
    const { callId, outcome } = await ask(bankOf(), to, more);
    expect(outcome).toBe('allow');
    await post(bankOf().dialer, callId, 'answered');
    return { to, callId };
  };
  const end = (callId: string): Promise<Told[]> => post(bankOf().dialer, callId, 'ended', { seconds: 20 });
  const vendorAsks = (to: string): Promise<Answered> =>
    expectStatus<Answered>(
      200,
      bankOf().vendorDialer.post(
        '/v1/calls/authorize',
        question({ ...bankOf(), campaignId: bankOf().vendorCampaignId }, to),
      ),
    );
  /** Two days on, so that only what was said stands in the way, and no cap. */
  const nextDay = async (to: string): Promise<Answered> => {
    bankOf().app.clock.set(TEN + 2 * DAY);
    const answer = await ask(bankOf(), to);
    bankOf().app.clock.set(TEN);
    return answer;
  };
  const flagsOf = async (callId: string) => {
    const { items } = await expectStatus<{
      items: {
        id: string;
        kind: string;
        callId?: string;
        personId: string;
        suppressionId: string;
        state: string;
      }[];
    }>(200, bankOf().cast.officer.get('/v1/flags?limit=1000'));
    return items.filter((flag) => flag.callId === callId);
  };
  return { post, customer, inCall, end, vendorAsks, nextDay, flagsOf };
}
