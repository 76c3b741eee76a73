import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../contracts/app-error';
import type { EventAttributes } from '../../../contracts/events';
import { inboundType } from '../../../contracts/inbound-topics';
import type { ForeignEvent } from '../../../platform/bus/cloud-event-message';
import type { InboundReader, InboundRecord } from '../../../platform/bus/inbound';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { toAppError } from '../../../platform/http/to-app-error';
import { uuidOfName } from '../../../platform/ids/uuid-of-name';
import { LOG, type Log } from '../../../platform/observability/logger';
import { AnsweredBefore, callKeyHash } from '../../decisions/batch/pending-decision';
import { rowOf } from '../../decisions/batch-rows';
import type { AuthorizeBody } from '../../decisions/decisions.dto';
import { type AskedEvent, EventAnswers, type Rejection } from '../../decisions/events/event-answers';
import { type Arrival, Arrivals } from '../arrivals';
import { FRONT_DOOR_OPTIONS, type FrontDoorOptions } from '../front-door-options';
import { FrontDoorMetrics, type RecordOutcome } from '../front-door-metrics';
import { inLines } from '../in-lines';
import { INSTITUTION } from './institution';
import { holdsNumber, isNumber, mayHoldNumber } from './numbers-in-words';
import { willPass } from '../passing';

/**
 * Questions by Kafka: the data is the body of POST /v1/calls/authorize, decided by the same path. Each event gets one
 * answer, `call.decided.v1` or `call.request.rejected.v1`, whatever is offered again. Questions of one key are decided
 * in the order they came; what cannot be decided now is offered again until it is too old to be.
 */
@Injectable()
export class CallRequests implements InboundReader {
  readonly name = 'call-requests';
  readonly topic = 'call.requests.v1';
  readonly atOnce = 512;

  constructor(
    private readonly answers: EventAnswers,
    private readonly arrivals: Arrivals,
    private readonly metrics: FrontDoorMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(FRONT_DOOR_OPTIONS) private readonly options: FrontDoorOptions,
  ) {}

  async take(records: readonly InboundRecord[], signal: AbortSignal): Promise<void> {
    await inLines(records, async (record) => {
      signal.throwIfAborted();
      this.metrics.ended(this.topic, await this.answer(this.arrivals.of(record), signal));
    });
  }

  private async answer(arrival: Arrival, signal: AbortSignal): Promise<RecordOutcome> {
    const asked = askedEvent(arrival);
    const question = this.questionOf(arrival);
    if ('rejection' in question) return this.reject(asked, question.rejection);
    const { body } = question;
    if (
      holdsNumber(asked.attributes['requestid'], body) ||
      holdsNumber(asked.attributes['requestsource'], body)
    ) {
      return this.reject(withoutNames(asked), NUMBER_IN_NAMES);
    }
    const { callId } = body.external ?? {};
    const named =
      callId === undefined || holdsNumber(callId, body)
        ? asked
        : withAttributes(asked, { externalcallid: callId });
    return this.decide(named, body, signal);
  }

  private async decide(asked: AskedEvent, body: AuthorizeBody, signal: AbortSignal): Promise<RecordOutcome> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { callId, repeated } = await this.answers.decide(asked, body);
        return repeated === true ? await this.reject(asked, { ...ANSWERED, callId }) : 'decided';
      } catch (error) {
        if (error instanceof AnsweredBefore) return 'duplicate';
        if (willPass(error)) throw error;
        if (!(error instanceof AppError) && attempt < this.options.tries) {
          await delay(this.options.backoffMs(attempt), undefined, { signal });
          continue;
        }
        if (!(error instanceof AppError)) this.log.error({ err: error }, 'A question could not be decided.');
        return this.reject(asked, rejectionOf(toAppError(error)));
      }
    }
  }

  private async reject(asked: AskedEvent, rejection: Rejection): Promise<RecordOutcome> {
    return (await this.answers.reject(withoutNumbers(asked), rejection)) ? 'rejected' : 'duplicate';
  }

  private questionOf({ read, record }: Arrival): { body: AuthorizeBody } | { rejection: Rejection } {
    if ('fault' in read) {
      const { code, detail, errors } = read.fault;
      return { rejection: { code, detail, ...(errors === undefined ? {} : { errors }) } };
    }
    const { event } = read;
    const rejection = this.wrongOf(event, record);
    if (rejection !== undefined) return { rejection };
    const body = rowOf(event.data);
    return body instanceof AppError ? { rejection: rejectionOf(body) } : { body };
  }

  /**
   * A decision is of the moment it is made in, so an old question would be answered rightly. But nobody may still be
   * there to act on it, and an allow that nobody acts on takes a slot and counts as a call.
   */
  private wrongOf({ type, time }: ForeignEvent, { timestamp }: InboundRecord): Rejection | undefined {
    if (inboundType(this.topic, type) === undefined) {
      return invalidAttribute('/type', 'TYPE', 'This topic is read for call.request.v1.');
    }
    const at = time ?? timestamp;
    if (at === undefined) return invalidAttribute('/time', 'REQUIRED', 'Says how old the question is.');
    const age = this.clock.now() - at;
    if (age > this.options.oldestQuestionMs) return EXPIRED;
    if (age < -this.options.oldestQuestionMs)
      return invalidAttribute('/time', 'FUTURE', 'Lies in the future.');
    return undefined;
  }
}

const EXPIRED: Rejection = {
  code: 'REQUEST_EXPIRED',
  detail: 'The question waited too long to be answered.',
};
const ANSWERED: Rejection = {
  code: 'ALREADY_ANSWERED',
  detail: 'Another event asked for the same external.callId, and its answer stands.',
};
const NUMBER_IN_NAMES: Rejection = invalidAttribute(
  '/id',
  'NUMBER',
  'Neither the id nor the source of an event may hold the number that it asks for: they leave with the answer.',
);

function invalidAttribute(pointer: string, code: string, detail: string): Rejection {
  return { code: 'INVALID', detail: `Look at ${pointer}.`, errors: [{ pointer, code, detail }] };
}

function rejectionOf(error: AppError): Rejection {
  const { code, message: detail, errors, members } = error;
  const { callId } = members;
  return {
    code,
    detail,
    ...(errors === undefined ? {} : { errors }),
    ...(typeof callId === 'string' ? { callId } : {}),
  };
}

function askedEvent({ read, record, print, keyPrint, content }: Arrival): AskedEvent {
  const { id, source } = 'event' in read ? read.event : read.fault;
  const { topic, partition, offset } = record;
  return {
    actor: INSTITUTION,
    key: { hash: callKeyHash('event', print.toString('hex')), request: content },
    partitionKey: uuidOfName('inbound-key', keyPrint.toString('hex')),
    attributes: {
      ...(id === undefined || isNumber(id) ? {} : { requestid: id }),
      ...(source === undefined || isNumber(source) ? {} : { requestsource: source }),
      requestpartition: String(partition),
      requestoffset: offset,
    },
    origin: { topic, partition, offset, id, source },
  };
}

const withAttributes = (asked: AskedEvent, more: EventAttributes): AskedEvent => ({
  ...asked,
  attributes: { ...asked.attributes, ...more },
});

function withoutNames(asked: AskedEvent): AskedEvent {
  const { requestid: _id, requestsource: _source, ...attributes } = asked.attributes;
  return { ...asked, attributes };
}

/**
 * Of a question that has no decision the number may be unknown, and a name may hold any: then its place in the topic
 * says alone whose question it was.
 */
function withoutNumbers(asked: AskedEvent): AskedEvent {
  const { requestid: id, requestsource: source, ...attributes } = asked.attributes;
  return {
    ...asked,
    attributes: {
      ...(id === undefined || mayHoldNumber(id) ? {} : { requestid: id }),
      ...(source === undefined || mayHoldNumber(source) ? {} : { requestsource: source }),
      ...attributes,
    },
  };
}
