import type { KafkaMessage } from 'kafkajs';
import { dataSchemaOf } from '../../../contracts/events';
import { isUuid } from '../../ids/uuid';
import type { BusEvent } from '../event-bus';

/** An event of ours as it comes back from a topic; undefined where the record is not one. */
export function eventOf({
  headers = {},
  value,
}: Pick<KafkaMessage, 'headers' | 'value'>): BusEvent | undefined {
  const header = (name: string): string | undefined => {
    const found = headers[name];
    return found === undefined || Array.isArray(found) ? undefined : found.toString('utf8');
  };
  const [id, source, type, time, partitionkey] = ['id', 'source', 'type', 'time', 'partitionkey'].map(
    (name) => header(`ce_${name}`),
  );
  if (id === undefined || !isUuid(id) || value === null) return undefined;
  if (source === undefined || type === undefined || time === undefined || partitionkey === undefined)
    return undefined;
  const subject = header('ce_subject');
  return {
    specversion: '1.0',
    id,
    source,
    type,
    time,
    ...(subject === undefined ? {} : { subject }),
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(type),
    partitionkey,
    data: value.toString('utf8'),
  };
}
