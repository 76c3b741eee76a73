import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { EventType } from '../../contracts/topics';
import { type BusEvent, type Consumer, EVENT_BUS, type EventBus } from '../../platform/bus/event-bus';
import type { Tx } from '../../platform/database/database';
import { DeliveriesRepository } from './deliveries.repository';
import { WEBHOOK_TYPES } from './webhook';

/** Queues each event for those who subscribe to its type, together with the memory that this was done. */
@Injectable()
export class FanOut implements Consumer, OnModuleInit {
  readonly name = 'webhooks';
  readonly types: readonly EventType[] = WEBHOOK_TYPES;
  /** While nobody subscribes to a type its events leave the queue unread. */
  readonly onDemand = true;

  constructor(
    private readonly deliveries: DeliveriesRepository,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
  ) {}

  onModuleInit(): void {
    this.bus.subscribe(this);
  }

  async handle(tx: Tx, event: BusEvent): Promise<void> {
    await this.deliveries.fanOut(tx, event.id, event.type);
  }
}
