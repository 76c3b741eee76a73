import { Inject, Module, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Config } from '../../config/load-config';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import { CONFIG } from '../../platform/installation/tokens';
import { FlagRaisingModule } from '../flags/flag-raising.module';
import { PeopleModule } from '../people/people.module';
import { InboundSms } from './inbound-sms.service';
import { ReconcileSms } from './reconcile-sms';
import { ReplyQueueModule } from './replies/reply-queue.module';
import { ReplySender } from './replies/reply-sender';
import { SenderIdentity } from './replies/sender-identity';
import { demandSignatures } from './signed-bodies';
import { SmsController } from './sms.controller';
import { SmsDuties } from './sms-duties';
import { SmsRepository } from './sms.repository';

/** What customers write by SMS, and the one answer they get. */
@Module({
  imports: [FlagRaisingModule, PeopleModule, ReplyQueueModule],
  controllers: [SmsController],
  providers: [InboundSms, ReconcileSms, ReplySender, SenderIdentity, SmsDuties, SmsRepository],
  exports: [InboundSms],
})
export class SmsModule implements NestModule {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Nest calls this when there is a server and before there is a route: the one moment for what must precede routes. */
  configure(): void {
    const { sms, http } = this.config;
    demandSignatures(this.host.httpAdapter.getInstance(), {
      sms,
      publicUrl: http.publicUrl,
      now: () => this.clock.now(),
    });
  }
}
