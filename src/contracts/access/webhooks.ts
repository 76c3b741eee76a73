import { type AccessEntry, OFFICE } from './entry';

const entry = (method: AccessEntry['method'], path: string, summary: string): AccessEntry => ({
  method,
  path: `/v1/webhooks${path}`,
  roles: OFFICE,
  tag: 'webhooks',
  summary,
});

/** Where the institution's own systems are told what happened (SHAPES, "Role × endpoint": compliance). */
export const webhooks: AccessEntry[] = [
  entry('POST', '', 'Subscribe a URL to types of events; the secret is shown once'),
  entry('GET', '', 'List webhooks'),
  entry('GET', '/:id', 'One webhook, with its counts and its last outcome'),
  entry('GET', '/:id/deliveries', 'Deliveries of a webhook, newest event first'),
  entry('POST', '/:id/disable', 'Stop sending; what is pending waits'),
  entry('POST', '/:id/enable', 'Send again, beginning with what is pending'),
  entry('POST', '/:id/rotate', 'Make another secret; the earlier ones sign beside it for 24 hours'),
  entry('POST', '/:id/replay', 'Deliver the events of a time again'),
  entry('POST', '/:id/test', 'Send one event of type webhook.tested.v1'),
];
