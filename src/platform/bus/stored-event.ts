import { cloudEventAttributes, type EventAttributes } from '../../contracts/events';
import type { BusEvent } from './event-bus';

/** A row of `events e` as STORED_EVENT selects it: never the sealed parts. */
export interface StoredEvent {
  event_id: string;
  type: string;
  subject_id: string | null;
  at: number;
  /** The text exactly as it was written: the column is `json`, not `jsonb`. */
  clear: string;
  instance: string | null;
  /** Only where it was read with its place in the outbox. */
  attributes?: EventAttributes | null;
}

export const STORED_EVENT = `e.event_id, e.type, e.subject_id, e.clear::text AS clear,
  floor(extract(epoch FROM e.recorded_at) * 1000)::float8 AS at,
  (SELECT instance_id FROM installation) AS instance`;

export function toBusEvent(row: StoredEvent): BusEvent {
  if (row.instance === null) throw new Error('The installation has no identity yet.');
  const attributes = cloudEventAttributes(row.instance, {
    id: row.event_id,
    type: row.type,
    at: row.at,
    subjectId: row.subject_id ?? undefined,
    partitionKey: partitionKeyOf(row),
    ...(row.attributes == null ? {} : { attributes: row.attributes }),
  });
  return { ...attributes, data: row.clear };
}

/** One event without a key must not stop the queue for all others: it is ordered with its subject, or with nothing. */
export function partitionKeyOf(row: Pick<StoredEvent, 'clear' | 'subject_id' | 'event_id'>): string {
  const clear = JSON.parse(row.clear) as { partitionKey?: unknown } | null;
  const key = clear?.partitionKey;
  return typeof key === 'string' ? key : (row.subject_id ?? row.event_id);
}
