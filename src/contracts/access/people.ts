import { type AccessEntry, RUNNING, OFFICE, READING, INSPECTING, REFUSING } from './entry';

/**
 * `/v1/people/:id` is a customer id for PUT, which makes or corrects a person, and a personId for everything else
 * (SHAPES, "People").
 */
export const people: AccessEntry[] = [
  {
    method: 'PUT',
    path: '/v1/people/:id',
    roles: OFFICE,
    tag: 'people',
    summary: 'Make or correct a person',
  },
  { method: 'POST', path: '/v1/people/lookup', roles: INSPECTING, tag: 'people', summary: 'Find a person' },
  { method: 'GET', path: '/v1/people/:id', roles: INSPECTING, tag: 'people', summary: 'Read a person' },
  {
    method: 'GET',
    path: '/v1/people/:id/timeline',
    roles: INSPECTING,
    tag: 'people',
    summary: 'Everything that happened to a person, newest first',
  },
];

export const wishes: AccessEntry[] = [
  {
    method: 'POST',
    path: '/v1/suppressions',
    roles: REFUSING,
    tag: 'wishes',
    summary: 'Record a wish not to be called',
  },
  {
    method: 'POST',
    path: '/v1/suppressions/search',
    roles: INSPECTING,
    tag: 'wishes',
    summary: 'Wishes of a person',
  },
  { method: 'GET', path: '/v1/suppressions/:id', roles: INSPECTING, tag: 'wishes', summary: 'Read a wish' },
  {
    method: 'POST',
    path: '/v1/suppressions/:id/release',
    roles: OFFICE,
    tag: 'wishes',
    summary: 'Ask for the release of a wish (two persons)',
  },
  { method: 'POST', path: '/v1/preferences', roles: REFUSING, tag: 'wishes', summary: 'Record a preference' },
  {
    method: 'POST',
    path: '/v1/preferences/search',
    roles: INSPECTING,
    tag: 'wishes',
    summary: 'Preferences of a person',
  },
  {
    method: 'POST',
    path: '/v1/preferences/:id/withdraw',
    roles: OFFICE,
    tag: 'wishes',
    summary: "Withdraw a preference, on the person's own word",
  },
  {
    method: 'GET',
    path: '/v1/receipts/:id',
    roles: [...REFUSING, 'auditor'],
    tag: 'wishes',
    summary: 'Read back the receipt of a wish, preference or withdrawal',
  },
];

export const consents: AccessEntry[] = [
  { method: 'POST', path: '/v1/consents', roles: RUNNING, tag: 'consents', summary: 'Record a consent' },
  {
    method: 'POST',
    path: '/v1/consents/withdraw',
    roles: REFUSING,
    tag: 'consents',
    summary: 'Withdraw consents',
  },
  {
    method: 'POST',
    path: '/v1/consents/search',
    roles: READING,
    tag: 'consents',
    summary: 'Consents of a person',
  },
  {
    method: 'GET',
    path: '/v1/consents/:id',
    roles: READING,
    tag: 'consents',
    summary: 'Read a consent or a withdrawal',
  },
];
