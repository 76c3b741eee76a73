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

/** RULINGS 17: they may carry numbers and text. */
export const INBOUND_RETENTION_MS = 24 * 3_600_000;

export type InboundTopic = (typeof INBOUND_TOPICS)[number];
