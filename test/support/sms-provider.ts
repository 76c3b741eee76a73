import { createHmac } from 'node:crypto';
import type { SmsAnswer } from '../../src/services/sms/sms.dto';
import type { TestApp } from './app';
import { type Answer, expectStatus, type HttpCaller, type ProblemBody } from './http';

export const SMS_SECRET = 'a secret of a test'.replaceAll(' ', '-');
/** For `env` of a test app. */
export const SMS_ENV = { SMS_WEBHOOK_SECRET: SMS_SECRET } as const;

export interface Sms {
  messageId: string;
  from: string;
  to: string;
  text: string;
  receivedAt: string;
}

let lastMessage = 0;

/** A message to the bank's line with an id of its own. */
export function sms(from: string, text: string, receivedAt: string, more: Partial<Sms> = {}): Sms {
  return { messageId: `m-${lastMessage++}`, from, to: '95588', text, receivedAt, ...more };
}

/** The provider of API.md, "People's wishes": signs by its own code, not by ours. */
export class SmsProvider {
  constructor(
    private readonly caller: Pick<HttpCaller, 'send'>,
    private readonly now: () => number,
    private readonly secret = SMS_SECRET,
  ) {}

  static of(app: TestApp): SmsProvider {
    return new SmsProvider(app.anonymous, () => app.clock.now());
  }

  /** Headers of a body that was signed at this Unix second. */
  sign(raw: string, timestamp: number | string = Math.floor(this.now() / 1_000)): Record<string, string> {
    const mac = createHmac('sha256', this.secret).update(`${timestamp}.${raw}`, 'utf8').digest('hex');
    return { 'x-timestamp': String(timestamp), 'x-signature': `sha256=${mac}` };
  }

  post<T = ProblemBody>(body: unknown): Promise<Answer<T>> {
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    return this.caller.send<T>('POST', '/v1/sms/inbound', raw, this.sign(raw));
  }

  /** A message that must be taken. */
  async push(message: Sms): Promise<SmsAnswer> {
    return expectStatus(200, this.post<SmsAnswer>(message));
  }
}
