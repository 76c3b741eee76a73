import { REPORT_TYPES } from '../../domain/call/report';
import { INBOUND_KEPT_MS, type INBOUND_TYPES, type InboundTopic } from '../inbound-topics';
import { bodyOf, TEXT, TIME } from './shapes';

interface InboundChannel<T extends string> {
  readonly description: string;
  readonly retentionMs: number;
  /** By name: what it is, and the schema of its value. */
  readonly messages: Readonly<Record<T, { readonly summary: string; readonly payload: object }>>;
}

const WRITERS =
  'Written by the institution’s own systems only; keyed by the customer’s id, so that one customer’s messages keep their order.';

/** The body's own schema is a choice by `type` in the manner of OpenAPI, which AsyncAPI cannot point to. */
const CALL_REPORT = {
  type: 'object',
  required: ['type', 'at'],
  oneOf: [{ required: ['callId'] }, { required: ['externalCallId'] }],
  properties: {
    callId: { ...TEXT, format: 'uuid', description: 'Which stands in the path there.' },
    externalCallId: {
      ...TEXT,
      description: 'Instead: the `external.callId` of a request on call.requests.v1.',
    },
    type: { ...TEXT, enum: REPORT_TYPES },
    at: TIME,
  },
  description:
    'The members of the body of POST /v1/calls/{callId}/events, and which call it is; the event’s id is its `eventId`.',
};

/** The body there, and what stands in the path there. */
const withCustomer = (body: object): object => ({
  allOf: [body, { type: 'object', required: ['customerId'], properties: { customerId: TEXT } }],
});

/** What may be published; the bodies are those of the REST endpoints, which says how each member is read. */
export const INBOUND_CHANNELS: {
  readonly [T in InboundTopic]: InboundChannel<(typeof INBOUND_TYPES)[T][number]>;
} = {
  'call.requests.v1': {
    description: `May this call be placed now? Answered on call.decisions.v1. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      'call.request.v1': {
        summary: 'As POST /v1/calls/authorize.',
        payload: bodyOf('post', '/v1/calls/authorize'),
      },
    },
  },
  'call.events.in.v1': {
    description: `What became of calls. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      'call.event.v1': { summary: 'As POST /v1/calls/{callId}/events.', payload: CALL_REPORT },
    },
  },
  'sms.inbound.v1': {
    description: `Messages that customers sent. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      'sms.message.v1': { summary: 'As POST /v1/sms/inbound.', payload: bodyOf('post', '/v1/sms/inbound') },
    },
  },
  'people.changes.in.v1': {
    description: `Wishes, consents and persons as the institution’s own systems learn of them. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      'person.put.v1': {
        summary: 'As PUT /v1/people/{customerId}, with `customerId`.',
        payload: withCustomer(bodyOf('put', '/v1/people/{id}')),
      },
      'wish.add.v1': { summary: 'As POST /v1/suppressions.', payload: bodyOf('post', '/v1/suppressions') },
      'preference.put.v1': {
        summary: 'As POST /v1/preferences.',
        payload: bodyOf('post', '/v1/preferences'),
      },
      'consent.grant.v1': { summary: 'As POST /v1/consents.', payload: bodyOf('post', '/v1/consents') },
      'consent.withdraw.v1': {
        summary: 'As POST /v1/consents/withdraw.',
        payload: bodyOf('post', '/v1/consents/withdraw'),
      },
      'wrong_number.v1': {
        summary: 'As POST /v1/people/{id}/wrong-number, with `customerId`.',
        payload: withCustomer(bodyOf('post', '/v1/people/{id}/wrong-number')),
      },
    },
  },
};

export function inboundMessages(): Record<string, object> {
  return Object.fromEntries(
    Object.values(INBOUND_CHANNELS).flatMap(({ messages }) =>
      Object.entries(messages).map(([name, { summary, payload }]) => [
        name,
        {
          name,
          summary,
          contentType: 'application/json',
          payload,
          bindings: {
            kafka: { key: { ...TEXT, description: 'The customer’s id.' }, bindingVersion: '0.5.0' },
          },
        },
      ]),
    ),
  );
}
