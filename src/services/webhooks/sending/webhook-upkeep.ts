import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Upkeep } from '../../../platform/upkeep/upkeep';
import { OldDeliveriesRepository } from './old-deliveries.repository';

/** Forgets deliveries that are over, and secrets that sign no more. The events themselves stay. */
@Injectable()
export class WebhookUpkeep implements OnModuleInit {
  constructor(
    private readonly old: OldDeliveriesRepository,
    private readonly upkeep: Upkeep,
  ) {}

  onModuleInit(): void {
    this.upkeep.register('webhook-deliveries', (stopping) => this.old.forget(stopping));
  }
}
