import type { AccessEntry } from './entry';

/** The customer's own view: for the institution's app and IVR as an API, and as pages behind a one-time link. */
export const my: AccessEntry[] = [
  {
    method: 'POST',
    path: '/v1/people/:id/links',
    roles: ['care', 'compliance'],
    tag: 'my',
    summary: "Make a one-time link to a person's own page",
  },
  {
    method: 'POST',
    path: '/v1/my/view',
    roles: ['care', 'compliance'],
    tag: 'my',
    summary: 'Who called this person, for whom and why it was allowed, in words for that person',
  },
  {
    method: 'GET',
    path: '/my/:link',
    roles: 'open',
    tag: 'my',
    summary: 'What a link leads to; consumes nothing',
  },
  { method: 'POST', path: '/my/:link', roles: 'open', tag: 'my', summary: 'Open the page, once' },
  { method: 'GET', path: '/my', roles: 'open', tag: 'my', summary: "The person's own page" },
  {
    method: 'POST',
    path: '/my/stop',
    roles: 'open',
    tag: 'my',
    summary: 'Stop all marketing calls and messages',
  },
];
