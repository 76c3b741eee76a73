import { Inject, Injectable } from '@nestjs/common';
import { invalidMember } from '../../../contracts/app-error';
import { inboundType } from '../../../contracts/inbound-topics';
import type { ForeignEvent } from '../../../platform/bus/cloud-event-message';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { InboundSms } from '../../sms/inbound-sms.service';
import { requireSms } from '../../sms/message-lists';
import { readMessage } from '../../sms/sms-message';
import type { Effect, EffectSource } from '../effect';
import { INSTITUTION } from './institution';

/**
 * Messages of customers. Each stands for itself, as by REST: a message says when it was received, so none waits for
 * another. Nobody hears an answer here, so replies go out where SMS_SENDER_URL has them sent.
 */
@Injectable()
export class SmsIn implements EffectSource {
  readonly name = 'sms-inbound';
  readonly topic = 'sms.inbound.v1';
  readonly ordered = false;

  constructor(
    private readonly inbound: InboundSms,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  read(event: ForeignEvent): Effect {
    if (inboundType(this.topic, event.type) === undefined) {
      throw invalidMember('/type', 'This topic is read for sms.message.v1.', 'TYPE');
    }
    const message = readMessage(requireSms(event.data), this.clock.now());
    return {
      waits: false,
      run: async (frame) => {
        await this.inbound.take(message, { actor: INSTITUTION, reply: 'queue' }, frame);
      },
    };
  }
}
