import { Module } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { CONFIG } from '../../platform/installation/tokens';
import { CallReader } from '../decisions/call.reader';
import { OpenedEventsReader } from '../people/opened-events.reader';
import { PeopleReader } from '../people/people/people.reader';
import { CallDirectives } from './call-directives';
import { DeliveriesRepository } from './deliveries.repository';
import { FanOut } from './fan-out';
import { EventPost } from './outbound/event-post';
import { SubscriberCheck } from './outbound/subscriber-check';
import { DeliveryAttempts } from './sending/delivery-attempts';
import { DeliverySender } from './sending/delivery-sender';
import { EventBodies } from './sending/event-bodies';
import { OldDeliveriesRepository } from './sending/old-deliveries.repository';
import { ReplayQueue } from './sending/replay-queue';
import { ReplaysRepository } from './sending/replays.repository';
import { SignedPost } from './sending/signed-post';
import { WebhookMetrics } from './sending/webhook-metrics';
import { WebhookUpkeep } from './sending/webhook-upkeep';
import { WebhookChanges } from './webhook-changes';
import { DEFAULT_WEBHOOK_OPTIONS, WEBHOOK_OPTIONS, type WebhookOptions } from './webhook-options';
import { WebhookSecrets } from './webhook-secrets';
import { WebhooksController } from './webhooks.controller';
import { WebhooksRepository } from './webhooks.repository';
import { WebhooksService } from './webhooks.service';

/** Tells the institution's own systems what happened (API.md, "Audit, complaints, evidence"). */
@Module({
  controllers: [WebhooksController],
  providers: [
    {
      provide: WEBHOOK_OPTIONS,
      inject: [CONFIG],
      useFactory: (config: Config): WebhookOptions => ({
        ...DEFAULT_WEBHOOK_OPTIONS,
        networks: config.webhooks.privateNetworks,
      }),
    },
    CallDirectives,
    CallReader,
    DeliveriesRepository,
    DeliveryAttempts,
    DeliverySender,
    EventBodies,
    EventPost,
    FanOut,
    OldDeliveriesRepository,
    OpenedEventsReader,
    PeopleReader,
    ReplayQueue,
    ReplaysRepository,
    SignedPost,
    SubscriberCheck,
    WebhookChanges,
    WebhookMetrics,
    WebhookSecrets,
    WebhookUpkeep,
    WebhooksRepository,
    WebhooksService,
  ],
})
export class WebhooksModule {}
