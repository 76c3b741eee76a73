import type { Role } from '../actor';
import { type AccessEntry, INSPECTING, RUNNING, OFFICE, READING, REFUSING, ADMIN } from './entry';

export const clients: AccessEntry[] = [
  {
    method: 'POST',
    path: '/v1/clients',
    roles: ADMIN,
    tag: 'clients',
    summary: 'Make a client and its first key',
  },
  { method: 'GET', path: '/v1/clients', roles: ADMIN, tag: 'clients', summary: 'List clients' },
  { method: 'GET', path: '/v1/clients/:id', roles: ADMIN, tag: 'clients', summary: 'One client' },
  {
    method: 'POST',
    path: '/v1/clients/:id/keys',
    roles: ADMIN,
    tag: 'clients',
    summary: 'Make another key; earlier keys end after 24 hours',
  },
  {
    method: 'POST',
    path: '/v1/clients/:id/revoke',
    roles: ADMIN,
    tag: 'clients',
    summary: 'Revoke a client; binds its next request',
  },
];

/** PUT, GET one and GET list of a thing whose id the caller chooses. */
function named(
  path: string,
  tag: string,
  one: string,
  many: string,
  writers: readonly Role[],
): AccessEntry[] {
  return [
    { method: 'PUT', path: `${path}/:id`, roles: writers, tag, summary: `Make or replace ${one}` },
    { method: 'GET', path: `${path}/:id`, roles: READING, tag, summary: `Read ${one}` },
    { method: 'GET', path, roles: READING, tag, summary: `List ${many}` },
  ];
}

export const campaigns: AccessEntry[] = [
  ...named('/v1/entities', 'entities', 'an entity', 'entities', OFFICE),
  ...named('/v1/vendors', 'vendors', 'a vendor', 'vendors', RUNNING),
  ...named('/v1/caller-ids', 'caller ids', 'a caller number', 'caller numbers', OFFICE),
  ...named('/v1/campaigns', 'campaigns', 'a campaign', 'campaigns', RUNNING),
  step('submit', RUNNING, 'Submit a campaign for review'),
  step('approve', OFFICE, 'Approve a submitted campaign (another person with compliance)'),
  step('return', OFFICE, 'Return a submitted campaign'),
  step('start', RUNNING, 'Start an approved campaign'),
  step('pause', RUNNING, 'Pause a running campaign'),
  step('end', RUNNING, 'End a campaign for good'),
  {
    method: 'POST',
    path: '/v1/campaigns/:id/scripts',
    roles: RUNNING,
    tag: 'scripts',
    summary: 'Submit a version of the script',
  },
  {
    method: 'GET',
    path: '/v1/campaigns/:id/scripts',
    roles: READING,
    tag: 'scripts',
    summary: 'List the versions of a script',
  },
  {
    method: 'GET',
    path: '/v1/campaigns/:id/scripts/:version',
    roles: READING,
    tag: 'scripts',
    summary: 'Read one version of a script',
  },
  {
    method: 'POST',
    path: '/v1/campaigns/:id/scripts/:version/approve',
    roles: OFFICE,
    tag: 'scripts',
    summary: 'Approve a version of a script (another person with compliance)',
  },
];

function step(name: string, roles: readonly Role[], summary: string): AccessEntry {
  return { method: 'POST', path: `/v1/campaigns/:id/${name}`, roles, tag: 'campaigns', summary };
}

/** Who may ask for something that needs a second person, and who may look at what was asked. */
const APPROVAL_READERS: readonly Role[] = ['marketing', 'compliance', 'auditor', 'admin'];
export const approvals: AccessEntry[] = [
  {
    method: 'GET',
    path: '/v1/approvals',
    roles: APPROVAL_READERS,
    tag: 'approvals',
    summary: 'List approvals',
  },
  {
    method: 'GET',
    path: '/v1/approvals/:id',
    roles: APPROVAL_READERS,
    tag: 'approvals',
    summary: 'One approval',
  },
  {
    method: 'POST',
    path: '/v1/approvals/:id/approve',
    roles: OFFICE,
    tag: 'approvals',
    summary: 'Grant what another person asked for; the effect happens now',
  },
  {
    method: 'POST',
    path: '/v1/approvals/:id/reject',
    roles: OFFICE,
    tag: 'approvals',
    summary: 'Refuse what another person asked for',
  },
];

export const stops: AccessEntry[] = [
  {
    method: 'POST',
    path: '/v1/stops',
    roles: REFUSING,
    tag: 'stops',
    summary: 'Stop all calls of a scope; binds the next decision',
  },
  { method: 'GET', path: '/v1/stops', roles: READING, tag: 'stops', summary: 'List stops' },
  { method: 'GET', path: '/v1/stops/:id', roles: READING, tag: 'stops', summary: 'Read a stop' },
  {
    method: 'POST',
    path: '/v1/stops/:id/lift',
    roles: RUNNING,
    tag: 'stops',
    summary: 'Ask for the lift of a stop (another person with compliance decides)',
  },
];

export const monitors: AccessEntry[] = [
  {
    method: 'GET',
    path: '/v1/monitors',
    roles: INSPECTING,
    tag: 'monitors',
    summary: 'What the monitors see of campaigns and vendors',
  },
  { method: 'GET', path: '/v1/monitors/:id', roles: INSPECTING, tag: 'monitors', summary: 'Read a monitor' },
  {
    method: 'PUT',
    path: '/v1/monitors/:id',
    roles: OFFICE,
    tag: 'monitors',
    summary: 'Tighten a monitor, or ask for its loosening (another person with compliance decides)',
  },
];
