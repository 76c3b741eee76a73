import { HOUR } from '../domain/time/instant';

/**
 * Topics that the institution's own systems write to (RULINGS 17): they may carry numbers and text, so they are kept for
 * a day at most, and an access list lets nobody else write. A record proves no client; vendors use REST.
 */
export const INBOUND_TOPICS = [
  'call.requests.v1',
  'call.events.in.v1',
  'sms.inbound.v1',
  'people.changes.in.v1',
] as const;

/** Numbers and words (RULINGS 17): with what is only removed in whole segments, within a day. */
export const INBOUND_KEPT_MS = 18 * HOUR;

export type InboundTopic = (typeof INBOUND_TOPICS)[number];

/** The event types that a topic is read for; another one is none of ours, or of a later version. */
export const INBOUND_TYPES = {
  'call.requests.v1': ['call.request.v1'],
  'call.events.in.v1': ['call.event.v1'],
  'sms.inbound.v1': ['sms.message.v1'],
  'people.changes.in.v1': [
    'person.put.v1',
    'wish.add.v1',
    'preference.put.v1',
    'consent.grant.v1',
    'consent.withdraw.v1',
    'wrong_number.v1',
  ],
} as const satisfies Record<InboundTopic, readonly string[]>;

/** A type of the topic, or undefined. */
export function inboundType<T extends InboundTopic>(
  topic: T,
  type: string,
): (typeof INBOUND_TYPES)[T][number] | undefined {
  const types: readonly (typeof INBOUND_TYPES)[T][number][] = INBOUND_TYPES[topic];
  return types.find((known) => known === type);
}
