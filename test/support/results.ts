import { freshNumber, type Answered, type Bank, consent, question } from './bank';
import { expectStatus, type HttpCaller } from './http';

export const RESULTS = '/v1/vendors/vendor-7/results';
export const MAPPING = '/v1/vendors/vendor-7/results-mapping';

/** A vendor's own form, as small as one can be. */
export const mapping = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  sessionId: '/session',
  number: { at: '/phone', region: 'CN' },
  grade: ['/level'],
  tag: ['/tags'],
  status: ['/result'],
  dialogue: {
    lines: '/talk',
    text: '/text',
    speaker: { at: '/role', customer: ['user'], agent: ['bot'] },
  },
  transferred: { at: '/toAgent', values: ['1'] },
  startedAt: { at: '/begin', format: 'local', timeZone: 'Asia/Shanghai' },
  endedAt: { at: '/end', format: 'local', timeZone: 'Asia/Shanghai' },
  seconds: '/seconds',
  recording: '/audio',
  labels: {
    grade: { A: 'none', D: 'not_interested', X: 'refuse_permanent', W: 'wrong_person' },
    tag: {
      later: 'refuse_now',
      never: 'refuse_permanent',
      upset: 'vulnerable',
      lawyer: 'complaint_threat',
      person: 'human_request',
      mapped: 'none',
    },
    status: { OK: 'answered', NOBODY: 'no_answer', UNDIALLED: 'not_placed', MAILBOX: 'voicemail' },
  },
  example: {
    session: 's',
    phone: '13900000000',
    level: 'A',
    tags: ['mapped'],
    result: 'OK',
    toAgent: 0,
    begin: '2026-11-20 10:00:00',
    end: '2026-11-20 10:00:40',
    seconds: 40,
    audio: 'https://audio.example/1.wav',
    talk: [
      { role: 'bot', text: '您好' },
      { role: 'user', text: '喂' },
    ],
  },
  ...more,
});

export const user = (text: string) => ({ role: 'user', text });
export const bot = (text: string) => ({ role: 'bot', text });

export interface Call {
  callId: string;
  session: string;
  to: string;
}

let lastSession = 0;

/** A call that the vendor's dialer was allowed to place to somebody new. */
export async function vendorCall(bank: Bank, more: Record<string, unknown> = {}): Promise<Call> {
  const to = freshNumber();
  await consent(bank, { number: to });
  const session = `session-${lastSession++}`;
  const body = question({ ...bank, campaignId: bank.vendorCampaignId }, to, {
    external: { callId: session },
    ...more,
  });
  const answer = await expectStatus<Answered>(200, bank.vendorDialer.post('/v1/calls/authorize', body));
  if (answer.outcome !== 'allow') throw new Error(`Not allowed: ${JSON.stringify(answer)}`);
  return { callId: answer.callId, session, to };
}

export interface Taken {
  results: { state: string; callId?: string }[];
}

export const post = (as: HttpCaller, body: unknown, url = RESULTS): Promise<Taken> =>
  expectStatus<Taken>(200, as.post<Taken>(url, body));

export const listOf = async <T>(as: HttpCaller, url: string): Promise<T[]> =>
  (await expectStatus<{ items: T[] }>(200, as.get<{ items: T[] }>(url))).items;

/** Puts a mapping; what hears or binds less by it is granted by a second person. */
export async function putMapping(
  bank: Bank,
  body: unknown,
  as = bank.cast.marketing,
  url = MAPPING,
): Promise<void> {
  const { status, body: put } = await as.put<{ approvalId?: string }>(url, body);
  if (status === 202) {
    await expectStatus(200, bank.cast.otherOfficer.post(`/v1/approvals/${put.approvalId}/approve`, {}));
  } else if (status >= 300) throw new Error(`Not put: ${status} ${JSON.stringify(put)}`);
}
