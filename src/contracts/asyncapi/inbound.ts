import { REPORT_TYPES } from '../../domain/call/report';
import { INBOUND_KEPT_MS, type InboundTopic } from '../inbound-topics';
import { bodyOf, TEXT, TIME } from './shapes';

interface InboundChannel {
  readonly description: string;
  readonly retentionMs: number;
  /** By name: what it is, and the schema of its value. */
  readonly messages: Readonly<Record<string, { readonly summary: string; readonly payload: object }>>;
}

const WRITERS =
  'Written by the institution’s own systems only; keyed by the customer’s id, so that one customer’s messages keep their order.';

/** The body's own schema is a choice by `type` in the manner of OpenAPI, which AsyncAPI cannot point to. */
const CALL_REPORT = {
  type: 'object',
  required: ['callId', 'type', 'at'],
  properties: {
    callId: { ...TEXT, format: 'uuid', description: 'Which stands in the path there.' },
    type: { ...TEXT, enum: REPORT_TYPES },
    at: TIME,
  },
  description: 'The members of the body of POST /v1/calls/{callId}/events, and the id of the call.',
};

/** What may be published; the bodies are those of the REST endpoints, which says how each member is read. */
export const INBOUND_CHANNELS: Readonly<Record<InboundTopic, InboundChannel>> = {
  'call.requests.v1': {
    description: `May this call be placed now? Answered on call.decisions.v1. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      callRequest: {
        summary: 'As POST /v1/calls/authorize.',
        payload: bodyOf('post', '/v1/calls/authorize'),
      },
    },
  },
  'call.events.in.v1': {
    description: `What became of calls. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      callReport: {
        summary: 'As POST /v1/calls/{callId}/events.',
        payload: CALL_REPORT,
      },
    },
  },
  'sms.inbound.v1': {
    description: `Messages that customers sent. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      inboundSms: { summary: 'As POST /v1/sms/inbound.', payload: bodyOf('post', '/v1/sms/inbound') },
    },
  },
  'people.changes.in.v1': {
    description: `Wishes, consents and persons as the institution’s own systems learn of them. ${WRITERS}`,
    retentionMs: INBOUND_KEPT_MS,
    messages: {
      wish: { summary: 'As POST /v1/suppressions.', payload: bodyOf('post', '/v1/suppressions') },
      preference: { summary: 'As POST /v1/preferences.', payload: bodyOf('post', '/v1/preferences') },
      consent: { summary: 'As POST /v1/consents.', payload: bodyOf('post', '/v1/consents') },
      withdrawal: {
        summary: 'As POST /v1/consents/withdraw.',
        payload: bodyOf('post', '/v1/consents/withdraw'),
      },
      person: {
        summary: 'As PUT /v1/people/{id}.',
        payload: bodyOf('put', '/v1/people/{id}'),
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
