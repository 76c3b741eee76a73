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
