import type { AccessEntry } from './entry';

export const sms: AccessEntry[] = [
  {
    method: 'POST',
    path: '/v1/sms/inbound',
    // No key: the signature says who it is, and is judged before the body is read.
    roles: 'open',
    tag: 'sms',
    summary: 'Messages of customers, one or up to 1,000; signed with SMS_WEBHOOK_SECRET',
  },
  {
    method: 'POST',
    path: '/v1/sms/inbound/twilio',
    roles: 'open',
    tag: 'sms',
    summary: 'A message of a customer from Twilio; signed with TWILIO_AUTH_TOKEN, answered with TwiML',
  },
  {
    method: 'POST',
    path: '/v1/sms/reconcile',
    roles: ['carrier', 'compliance'],
    tag: 'sms',
    summary: "The provider's whole list of a time, to find what a lost push would have dropped",
  },
];
