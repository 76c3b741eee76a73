import { EVENT_SCHEMAS, EVENT_TYPES, published } from '../events/event-schemas';
import { dataSchemaOf } from '../events';
import { OUTBOUND_KEPT_MS, type Topic } from '../topics';
import { reference, TEXT, TIME } from './shapes';

const describe = (description: string) => ({ description, retentionMs: OUTBOUND_KEPT_MS });

export const OUTBOUND_CHANNELS: Readonly<Record<Topic, { description: string; retentionMs: number }>> = {
  'call.decisions.v1': describe('Every decision, and requests that could not be read.'),
  'call.events.v1': describe('What became of calls, as dialers and carriers report it.'),
  'wish.events.v1': describe('Wishes not to be contacted, preferences, and the messages they came by.'),
  'flag.events.v1': describe('Work for compliance that was heard or found.'),
  'result.events.v1': describe('What vendors reported after calls, and what counts against them.'),
  'consent.events.v1': describe('Consents given, taken back and refused.'),
  'campaign.events.v1': describe('Campaigns and scripts on their way through review.'),
  'settings.events.v1': describe('Entities, vendors, caller ids, clients and webhooks.'),
  'import.events.v1': describe('Files that were loaded; what they brought are events of the people in them.'),
  'approval.events.v1': describe('What waits for a second person, and what became of it.'),
  'person.events.v1': describe('Persons known, and every reading of a person’s record.'),
  'stop.events.v1': describe('Nobody of a scope is called any more, or is again.'),
  'inbound.events.v1': describe('Records of the inbound topics that could not be handled.'),
  'bus.events.v1': describe('What operators did to the way of events.'),
};

/** Every type with the schema of its data. */
export function outboundMessages(): Record<string, object> {
  return Object.fromEntries(EVENT_TYPES.map((type) => [type, messageOf(type)]));
}

function messageOf(type: (typeof EVENT_TYPES)[number]): object {
  const schema = EVENT_SCHEMAS[type];
  return {
    name: type,
    title: type,
    summary: schema.description,
    contentType: 'application/json',
    headers: {
      allOf: [
        reference('components', 'schemas', 'cloudEventHeaders'),
        { properties: { ce_type: { const: type }, ce_dataschema: { const: dataSchemaOf(type) } } },
      ],
    },
    payload: published(schema),
    bindings: {
      kafka: {
        key: {
          ...TEXT,
          description: 'As the header `ce_partitionkey`; of a person’s events the subject id.',
        },
        bindingVersion: '0.5.0',
      },
    },
  };
}

/** CloudEvents 1.0.2, Kafka protocol binding, 3.2: every attribute is a header, `datacontenttype` is `content-type`. */
export const CLOUD_EVENT_HEADERS = {
  type: 'object',
  required: [
    'content-type',
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
    'ce_time',
    'ce_dataschema',
    'ce_partitionkey',
  ],
  properties: {
    'content-type': { ...TEXT, const: 'application/json' },
    ce_specversion: { ...TEXT, const: '1.0' },
    ce_id: { ...TEXT, format: 'uuid', description: 'Never given twice.' },
    ce_source: { ...TEXT, pattern: '^/quietline/', description: 'This installation.' },
    ce_type: { ...TEXT, description: 'The name of the message.' },
    ce_time: { ...TIME, description: 'When it was recorded.' },
    ce_subject: { ...TEXT, format: 'uuid', description: 'The person, where one is known.' },
    ce_dataschema: { ...TEXT, description: 'Names the schema of the value.' },
    ce_partitionkey: { ...TEXT, description: 'Events of one key keep their order.' },
  },
};
