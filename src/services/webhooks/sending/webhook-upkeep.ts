import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HOUR } from '../../../domain/time/instant';
import { LOG, type Log } from '../../../platform/observability/logger';
import { OldDeliveriesRepository } from './old-deliveries.repository';

/** Forgets deliveries that are over, and secrets that sign no more. The events themselves stay. */
@Injectable()
export class WebhookUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly old: OldDeliveriesRepository,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run(), HOUR).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async run(): Promise<void> {
    try {
      await this.old.forget();
    } catch (error) {
      this.log.warn(
        { err: error },
        'Old deliveries of webhooks could not be removed; tried again in an hour.',
      );
    }
  }
}
