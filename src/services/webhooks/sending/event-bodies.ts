import { Injectable } from '@nestjs/common';
import type { BusEvent } from '../../../platform/bus/event-bus';
import { Database } from '../../../platform/database/database';
import { PeopleReader } from '../../people/people/people.reader';
import { DeliveriesRepository } from '../deliveries.repository';

/**
 * What subscribers are sent: a CloudEvent with the attributes that the bus carries, and as `data` the event's clear
 * part. To it comes the institution's own name for the person, `customerId`, where the event is of one known person's
 * record; it is looked up at each sending, so that no table of ours holds it in clear and none is sent of somebody who
 * has been erased.
 */
@Injectable()
export class EventBodies {
  constructor(
    private readonly database: Database,
    private readonly deliveries: DeliveriesRepository,
    private readonly people: PeopleReader,
  ) {}

  /** By event id; without events that are no longer kept. */
  async of(eventIds: readonly string[]): Promise<Map<string, string>> {
    const events = await this.deliveries.events([...new Set(eventIds)]);
    const customers = await this.customersOf([...events.values()]);
    return new Map([...events].map(([id, event]) => [id, bodyOf(event, customers.get(event.subject ?? ''))]));
  }

  private async customersOf(events: readonly BusEvent[]): Promise<Map<string, string>> {
    const customers = new Map<string, string>();
    const subjects = new Set(events.flatMap(({ subject }) => subject ?? []));
    if (subjects.size === 0) return customers;
    await this.database.transaction(async (tx) => {
      for (const subject of subjects) {
        const customerId = (await this.people.find(tx, subject))?.customerId;
        if (customerId !== undefined) customers.set(subject, customerId);
      }
    });
    return customers;
  }
}

function bodyOf({ data, ...attributes }: BusEvent, customerId: string | undefined): string {
  const clear = JSON.parse(data) as Record<string, unknown>;
  return JSON.stringify({
    ...attributes,
    data: { ...clear, ...(customerId === undefined ? {} : { customerId }) },
  });
}
