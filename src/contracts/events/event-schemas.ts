import type { TObject } from '@sinclair/typebox';
import { type EventType, TOPICS } from '../topics';
import { busEvents } from './bus-events';
import { callDecisions, callEvents } from './call-events';
import { inboundEvents } from './inbound-events';
import { consentEvents, personEvents, wishEvents } from './people-events';
import { flagEvents, resultEvents } from './result-events';
import { stopEvents } from './stop-events';
import { approvalEvents, campaignEvents, importEvents, settingEvents } from './setting-events';

/**
 * The data of every type as it leaves the gateway: exactly these members, and no others. A member may be added to a
 * type; one that is taken away or means something else makes a new version of it.
 */
export const EVENT_SCHEMAS: Readonly<Record<EventType, TObject>> = {
  ...callDecisions,
  ...callEvents,
  ...wishEvents,
  ...flagEvents,
  ...resultEvents,
  ...consentEvents,
  ...campaignEvents,
  ...settingEvents,
  ...importEvents,
  ...approvalEvents,
  ...personEvents,
  ...stopEvents,
  ...inboundEvents,
  ...busEvents,
};

/** Every type, in the order of the topics. */
export const EVENT_TYPES = Object.values(TOPICS).flat() as readonly EventType[];

/**
 * A schema as readers are given it: open, because members are added without a new version, and a reader that refuses
 * what it does not know would stop at the next release.
 */
export function published(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(published);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([member]) => member !== 'additionalProperties')
      .map(([member, value]) => [member, published(value)]),
  );
}
