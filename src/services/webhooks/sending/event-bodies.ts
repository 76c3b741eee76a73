import { Injectable } from '@nestjs/common';
import type { BusEvent } from '../../../platform/bus/event-bus';
import { Database, type Tx } from '../../../platform/database/database';
import { OpenedEventsReader } from '../../people/opened-events.reader';
import { PeopleReader } from '../../people/people/people.reader';
import { DeliveriesRepository } from '../deliveries.repository';

/** What a subscriber is told of whom an event concerns, beside the event's clear part. */
interface Whom {
  customerId?: string;
  numbers?: readonly string[];
}

/** Words of customers: whoever sends messages or dials has to know which numbers they bind. */
const WORDS = /^(?:wish|preference|consent)\./;

/**
 * What subscribers are sent: a CloudEvent with the attributes that the bus carries, and as `data` the event's clear
 * part. To it come the institution's own name for the person, `customerId`, where the event is of one known person's
 * record, and the `numbers` that a customer's word binds (RULINGS 18: whole in signed webhooks to the institution).
 * Both are looked up at each sending, so that no table of ours holds them in clear and none is sent of somebody who has
 * been erased.
 */
@Injectable()
export class EventBodies {
  constructor(
    private readonly database: Database,
    private readonly deliveries: DeliveriesRepository,
    private readonly people: PeopleReader,
    private readonly words: OpenedEventsReader,
  ) {}

  /** By event id; without events that are no longer kept. */
  async of(eventIds: readonly string[]): Promise<Map<string, string>> {
    const events = await this.deliveries.events([...new Set(eventIds)]);
    if (events.size === 0) return new Map();
    return this.database.transaction(async (tx) => {
      const bodies = new Map<string, string>();
      for (const [id, event] of events) bodies.set(id, bodyOf(event, await this.whom(tx, event)));
      return bodies;
    });
  }

  private async whom(tx: Tx, event: BusEvent): Promise<Whom> {
    if (event.subject === undefined) return {};
    const customerId = (await this.people.find(tx, event.subject))?.customerId;
    const numbers = WORDS.test(event.type) ? await this.numbersOf(tx, event, event.subject) : undefined;
    return {
      ...(customerId === undefined ? {} : { customerId }),
      ...(numbers === undefined ? {} : { numbers }),
    };
  }

  /** Those that the record holds now; of a word about one number, and of one whose row is another's by now, that one. */
  private async numbersOf(tx: Tx, event: BusEvent, subject: string): Promise<string[]> {
    const held = (await this.people.numbersOf(tx, subject)).map(({ number }) => number);
    const isOfOne = (JSON.parse(event.data) as { onlyNumber?: true }).onlyNumber === true;
    if (held.length > 0 && !isOfOne) return held;
    const said = (await this.words.find(tx, event.id))?.payload?.['said'];
    const named = (said as { number?: unknown } | undefined)?.number;
    return typeof named === 'string' ? [named] : [];
  }
}

function bodyOf({ data, ...attributes }: BusEvent, whom: Whom): string {
  return JSON.stringify({ ...attributes, data: { ...(JSON.parse(data) as object), ...whom } });
}
