import { Body, Controller, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { CurrentActor } from '../../platform/auth/current-actor';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { uuidOfName } from '../../platform/ids/uuid-of-name';
import { SettingsCache } from '../settings/settings-cache';
import { InboundSms, type TakenMessage } from './inbound-sms.service';
import { eachByItself, requireSms } from './message-lists';
import { ReconcileSms } from './reconcile-sms';
import { readMessage, readSender } from './sms-message';
import {
  InboundAnswer,
  InboundBody,
  type InboundRow,
  ReconcileAnswer,
  ReconcileBody,
  SignatureHeaders,
  type SmsAnswer,
  TwilioForm,
  TwilioHeaders,
} from './sms.dto';
import { twimlOf } from './replies/twiml';

/** Whoever knows the secret of a webhook has no key: it is the provider, and so it stands in the records. */
const providerOf = (webhook: string): Actor => ({
  clientId: uuidOfName('webhook', webhook),
  name: `SMS provider (${webhook} webhook)`,
  kind: 'system',
  roles: ['carrier'],
});
const GENERIC = providerOf('generic');
const TWILIO = providerOf('twilio');

/** Older names of the same id. @throws AppError INVALID where they name another message. */
function requireOneSid(form: TwilioForm): void {
  for (const name of ['SmsMessageSid', 'SmsSid'] as const) {
    if ((form[name] ?? form.MessageSid) !== form.MessageSid) {
      throw invalidMember(`/${name}`, 'This is not the id that MessageSid has.', 'MISMATCH');
    }
  }
}

/** Messages of customers to the institution's numbers. The signatures have been judged before (`signed-bodies.ts`). */
@Controller('v1/sms')
export class SmsController {
  constructor(
    private readonly inbound: InboundSms,
    private readonly reconciler: ReconcileSms,
    private readonly settings: SettingsCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post('inbound')
  @HttpCode(200)
  @RouteSchema({ headers: SignatureHeaders, body: InboundBody, response: { 200: InboundAnswer } })
  async take(@Body() body: unknown): Promise<InboundRow | InboundRow[]> {
    if (!Array.isArray(body)) return this.takeOne(body);
    const rows = await eachByItself<unknown, SmsAnswer>(body, (message) => this.takeOne(message));
    return rows.map((row) => (row instanceof AppError ? { problem: { ...row.toProblem() } } : row));
  }

  @Post('inbound/twilio')
  @HttpCode(200)
  @Header('content-type', 'text/xml; charset=utf-8')
  @RouteSchema({
    headers: TwilioHeaders,
    consumes: ['application/x-www-form-urlencoded'],
    produces: ['text/xml'],
    body: TwilioForm,
    response: { 200: { type: 'string', description: 'TwiML with at most one message.' } },
  })
  async takeFromTwilio(@Body() form: TwilioForm): Promise<string> {
    requireOneSid(form);
    const message = {
      messageId: form.MessageSid,
      to: form.To,
      text: form.Body ?? '',
      receivedAt: this.clock.now(),
      dated: false,
      declaredStop: form.OptOutType === 'STOP',
      ...readSender(form.From, undefined, '/From'),
    };
    const answered = form.OptOutType !== undefined;
    const { reply } = await this.takeNow(message, { actor: TWILIO, reply: answered ? 'none' : 'answer' });
    return twimlOf(reply);
  }

  @Post('reconcile')
  @HttpCode(200)
  @RouteSchema({ body: ReconcileBody, response: { 200: ReconcileAnswer } })
  reconcile(@CurrentActor() actor: Actor, @Body() body: ReconcileBody): Promise<ReconcileAnswer> {
    return this.reconciler.reconcile(body, actor);
  }

  private async takeOne(body: unknown): Promise<SmsAnswer> {
    const message = readMessage(requireSms(body), this.clock.now());
    const { action, reply } = await this.takeNow(message, { actor: GENERIC, reply: 'queue' });
    return reply === undefined ? { action } : { action, reply };
  }

  /** Who signs has no key, so nothing else in this process has asked what the institution has set up by now. */
  private async takeNow(...message: Parameters<InboundSms['take']>): Promise<TakenMessage> {
    await this.settings.fresh();
    return this.inbound.take(...message);
  }
}
