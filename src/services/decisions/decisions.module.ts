import { type BeforeApplicationShutdown, Module, type OnModuleInit } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { CONFIG } from '../../platform/installation/tokens';
import { PeopleModule } from '../people/people.module';
import { PolicyStore } from '../policies/policy-store';
import { PoliciesModule } from '../policies/policies.module';
import { AuthorizationTokens } from './authorization-token';
import { DecisionBatch } from './batch/decision-batch';
import { DecisionMaker } from './batch/decision-maker';
import { DecisionRepository } from './batch/decision.repository';
import { FirstAnswers } from './batch/first-answers';
import { checkSlotHorizon } from './batch/row-slots';
import { NamedCustomers } from './batch/named-customers';
import { CallReader } from './call.reader';
import { EventAnswers } from './events/event-answers';
import { DecisionMetrics } from './decision-metrics';
import { AUTHORIZATION_TTL } from './decision-options';
import { DecisionsController } from './decisions.controller';
import { DecisionsService } from './decisions.service';
import { PreviewReads } from './preview-reads';
import { PreviewsService } from './previews.service';
import { RedemptionsService } from './redemptions.service';
import { CallStops } from './stopping/call-stops';

@Module({
  imports: [PeopleModule, PoliciesModule],
  controllers: [DecisionsController],
  providers: [
    AuthorizationTokens,
    CallReader,
    CallStops,
    DecisionBatch,
    DecisionMaker,
    DecisionMetrics,
    DecisionRepository,
    DecisionsService,
    EventAnswers,
    FirstAnswers,
    NamedCustomers,
    PreviewReads,
    PreviewsService,
    RedemptionsService,
    {
      provide: AUTHORIZATION_TTL,
      inject: [CONFIG],
      useFactory: (config: Config) => config.decision.authorizationTtlMs,
    },
  ],
  exports: [AuthorizationTokens, CallReader, CallStops, DecisionsService, EventAnswers],
})
export class DecisionsModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly decisions: DecisionsService,
    private readonly policies: PolicyStore,
  ) {}

  onModuleInit(): void {
    checkSlotHorizon(this.policies.current());
  }

  /** HTTP still accepts now; a question that arrives later than this is refused, never half decided. */
  beforeApplicationShutdown(): void {
    this.decisions.close();
  }
}
