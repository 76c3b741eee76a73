import type { Instant } from '../domain/time/instant';

/**
 * CloudEvents 1.0.2 attributes in their JSON names (STANDARDS section 10). `source` and `id` together are what a
 * reader dedupes by. Nothing here is or holds a phone number.
 */
export interface CloudEventAttributes {
  specversion: '1.0';
  id: string;
  /** `/quietline/<instance>`: one installation, whichever of its processes wrote. */
  source: string;
  type: string;
  /** RFC 3339: when we recorded it. */
  time: string;
  /** The subject id; absent for what concerns no person. */
  subject?: string;
  datacontenttype: 'application/json';
  /** Names the schema of `data`; the same for ever for one version of a type. */
  dataschema: string;
  /** Extension "partitioning": events of one key keep their order. The subject id where there is one. */
  partitionkey: string;
  /** Further extension attributes, each a header of its own on Kafka; only of an event on its first way. */
  extensions?: EventAttributes;
}

/** CloudEvents extension attributes: names of lower-case letters and digits, at most 20 (CloudEvents 1.0.2, 3.1). */
export type EventAttributes = Readonly<Record<string, string>>;

/** What of a recorded event goes into its attributes. */
export interface RecordedEvent {
  id: string;
  type: string;
  at: Instant;
  subjectId: string | undefined;
  partitionKey: string;
  attributes?: EventAttributes;
}

export const dataSchemaOf = (type: string): string => `urn:quietline:event:${type}`;

export function cloudEventAttributes(instance: string, event: RecordedEvent): CloudEventAttributes {
  return {
    specversion: '1.0',
    id: event.id,
    source: `/quietline/${instance}`,
    type: event.type,
    time: new Date(event.at).toISOString(),
    ...(event.subjectId === undefined ? {} : { subject: event.subjectId }),
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(event.type),
    partitionkey: event.partitionKey,
    ...(event.attributes === undefined ? {} : { extensions: event.attributes }),
  };
}
