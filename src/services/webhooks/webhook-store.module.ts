import { Module } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { CONFIG } from '../../platform/installation/tokens';
import { DeliveriesRepository } from './deliveries.repository';
import { WebhookChanges } from './webhook-changes';
import { DEFAULT_WEBHOOK_OPTIONS, WEBHOOK_OPTIONS, type WebhookOptions } from './webhook-options';
import { WebhookSecrets } from './webhook-secrets';
import { WebhooksRepository } from './webhooks.repository';

/** What administration and sending share: the subscribers, their secrets, and what waits for them. */
@Module({
  providers: [
    {
      provide: WEBHOOK_OPTIONS,
      inject: [CONFIG],
      useFactory: (config: Config): WebhookOptions => ({
        ...DEFAULT_WEBHOOK_OPTIONS,
        networks: config.webhooks.privateNetworks,
      }),
    },
    DeliveriesRepository,
    WebhookChanges,
    WebhookSecrets,
    WebhooksRepository,
  ],
  exports: [WEBHOOK_OPTIONS, DeliveriesRepository, WebhookChanges, WebhookSecrets, WebhooksRepository],
})
export class WebhookStoreModule {}
