import { Module } from '@nestjs/common';
import { EvidenceBatch } from '../../platform/evidence/evidence-batch';
import { CallSituationsModule } from '../calls/call-situations.module';
import { CallReader } from '../decisions/call.reader';
import { OpenedEventsReader } from '../people/opened-events.reader';
import { PeopleReader } from '../people/people/people.reader';
import { CallDirectives } from './call-directives';
import { FanOut } from './fan-out';
import { EventPost } from './outbound/event-post';
import { DeliveryAttempts } from './sending/delivery-attempts';
import { DeliverySender } from './sending/delivery-sender';
import { EventBodies } from './sending/event-bodies';
import { OldDeliveriesRepository } from './sending/old-deliveries.repository';
import { ReplayQueue } from './sending/replay-queue';
import { ReplaysRepository } from './sending/replays.repository';
import { SignedPost } from './sending/signed-post';
import { WebhookMetrics } from './sending/webhook-metrics';
import { WebhookUpkeep } from './sending/webhook-upkeep';
import { StopDirectives } from './stopping/stop-directives';
import { StopDirectivesRepository } from './stopping/stop-directives.repository';
import { StoppedCalls } from './stopping/stopped-calls';
import { WebhookStoreModule } from './webhook-store.module';

/** Tells them: listens to the bus, queues for each subscriber, and sends. */
@Module({
  imports: [CallSituationsModule, WebhookStoreModule],
  providers: [
    CallDirectives,
    CallReader,
    DeliveryAttempts,
    DeliverySender,
    EventBodies,
    EvidenceBatch,
    EventPost,
    FanOut,
    OldDeliveriesRepository,
    OpenedEventsReader,
    PeopleReader,
    ReplayQueue,
    ReplaysRepository,
    SignedPost,
    StopDirectives,
    StopDirectivesRepository,
    StoppedCalls,
    WebhookMetrics,
    WebhookUpkeep,
  ],
})
export class WebhookSendingModule {}
