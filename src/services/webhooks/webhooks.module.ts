import { Module } from '@nestjs/common';
import { SubscriberCheck } from './outbound/subscriber-check';
import { WebhookStoreModule } from './webhook-store.module';
import { WebhooksController } from './webhooks.controller';
import { WebhooksService } from './webhooks.service';

/** Who of the institution's own systems is told what (API.md, "Audit, complaints, evidence"). */
@Module({
  imports: [WebhookStoreModule],
  controllers: [WebhooksController],
  providers: [SubscriberCheck, WebhooksService],
})
export class WebhooksModule {}
