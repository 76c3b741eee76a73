import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import type { Instant } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { readInstant } from '../../platform/http/instants';
import { InboundSms, type TakenMessage } from './inbound-sms.service';
import { eachByItself, requireSms } from './message-lists';
import { readMessage } from './sms-message';
import type { ReconcileAnswer, ReconcileBody } from './sms.dto';

const MAX_ERRORS = 100;

/**
 * Takes the provider's own list of what it received: what a lost push would have dropped is taken now, by the same
 * rules and judged by when it was received, and what is known already stays as it is.
 */
@Injectable()
export class ReconcileSms {
  constructor(
    private readonly inbound: InboundSms,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AppError INVALID for a time that ends before it begins. */
  async reconcile(body: ReconcileBody, actor: Actor): Promise<ReconcileAnswer> {
    const from = readInstant(body.from, '/from');
    const to = readInstant(body.to, '/to');
    if (to <= from) throw invalidMember('/to', 'Must be later than from.', 'OUT_OF_RANGE');
    const results = await eachByItself(body.messages, (message) => this.take(message, { from, to }, actor));
    const taken = results.filter((result): result is TakenMessage => !(result instanceof AppError));
    const recovered = taken.filter((message) => !message.known);
    return {
      read: results.length,
      known: taken.length - recovered.length,
      recovered: recovered.length,
      optOuts: recovered.filter((message) => message.action === 'opted_out').length,
      rejected: results.length - taken.length,
      errors: errorsOf(results),
    };
  }

  private async take(
    body: unknown,
    within: { from: Instant; to: Instant },
    actor: Actor,
  ): Promise<TakenMessage> {
    const message = readMessage(requireSms(body), this.clock.now());
    if (message.receivedAt < within.from || message.receivedAt >= within.to) {
      throw invalidMember('/receivedAt', 'Lies outside of [from, to).', 'OUT_OF_RANGE');
    }
    return this.inbound.take({ ...message, listed: true }, { actor, reply: 'queue' });
  }
}

/** The first of them, each with its place in the list and its members. */
function errorsOf(results: readonly (TakenMessage | AppError)[]): ReconcileAnswer['errors'] {
  const errors: ReconcileAnswer['errors'] = [];
  for (const [index, result] of results.entries()) {
    if (errors.length === MAX_ERRORS) break;
    if (!(result instanceof AppError)) continue;
    const [first] = result.errors ?? [];
    const place = first === undefined ? '' : ` (/messages/${index}${first.pointer})`;
    errors.push({ index, code: first?.code ?? result.code, detail: `${result.message}${place}` });
  }
  return errors;
}
