import type { Role } from './actor';

export type HttpMethod = 'GET' | 'POST' | 'PUT';

export interface AccessEntry {
  method: HttpMethod;
  /** As registered, with `:name` for a variable part; a final `/*` stands for everything below. */
  path: string;
  roles: readonly Role[] | 'open';
  summary: string;
  tag: string;
  /**
   * The use case checks the version of the settings inside the statement that writes, so the caller is recognised
   * from memory, without a query; a revoked key is refused there. Every other endpoint asks for fresh settings first.
   */
  checkedInWrite?: true;
}

/** `compliance` may do all that marketing, care and dialers may (API.md, "Who may call"). */
const DIALING: readonly Role[] = ['dialer', 'marketing', 'compliance'];
const RUNNING: readonly Role[] = ['marketing', 'compliance'];
const OFFICE: readonly Role[] = ['compliance'];
const READING: readonly Role[] = ['marketing', 'compliance', 'auditor'];
const INSPECTING: readonly Role[] = ['compliance', 'auditor'];
/** Adding a refusal is open to every role but `auditor` and `admin`. */
const REFUSING: readonly Role[] = ['dialer', 'marketing', 'care', 'compliance', 'carrier'];
const ADMIN: readonly Role[] = ['admin'];

const clients: AccessEntry[] = [
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

const campaigns: AccessEntry[] = [
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
const approvals: AccessEntry[] = [
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

/**
 * `/v1/people/:id` is a customer id for PUT, which makes or corrects a person, and a personId for everything else
 * (SHAPES, "People").
 */
const people: AccessEntry[] = [
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

const wishes: AccessEntry[] = [
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

const consents: AccessEntry[] = [
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

const calls: AccessEntry[] = [
  {
    method: 'POST',
    path: '/v1/calls/authorize',
    roles: DIALING,
    tag: 'calls',
    summary: 'May this call be placed now?',
    checkedInWrite: true,
  },
  {
    method: 'POST',
    path: '/v1/calls/authorize/batch',
    roles: DIALING,
    tag: 'calls',
    summary: 'Up to 1,000 such questions at once',
    checkedInWrite: true,
  },
  {
    method: 'POST',
    path: '/v1/calls/preview',
    roles: DIALING,
    tag: 'calls',
    summary: 'Would this call be allowed at that instant? Reserves nothing',
  },
  {
    method: 'POST',
    path: '/v1/calls/preview/batch',
    roles: DIALING,
    tag: 'calls',
    summary: 'Up to 1,000 previews at once',
  },
  {
    method: 'GET',
    path: '/v1/calls/:callId',
    roles: [...DIALING, 'auditor'],
    tag: 'calls',
    summary: 'State of a call',
  },
  {
    method: 'POST',
    path: '/v1/calls/:callId/events',
    // Carriers report "delivery and call events" (API.md, "Who may call").
    roles: [...DIALING, 'carrier'],
    tag: 'calls',
    summary: 'Report what became of a call',
  },
  {
    method: 'POST',
    path: '/v1/authorizations/redeem',
    roles: ['carrier'],
    tag: 'calls',
    summary: 'Redeem an authorization on the carrier leg, once',
  },
];

const audit: AccessEntry[] = [
  {
    method: 'GET',
    path: '/v1/audit/calls/:callId',
    roles: INSPECTING,
    tag: 'audit',
    summary: 'The dossier of a call',
  },
  {
    method: 'POST',
    path: '/v1/audit/calls/:callId/replay',
    roles: INSPECTING,
    tag: 'audit',
    summary: 'Make the decision again and compare',
  },
  {
    method: 'GET',
    path: '/v1/policies',
    roles: READING,
    tag: 'policies',
    summary: 'Packs and rules in force',
  },
];

const operations: AccessEntry[] = [
  { method: 'GET', path: '/health/live', roles: 'open', tag: 'operations', summary: 'The process runs' },
  {
    method: 'GET',
    path: '/health/ready',
    roles: 'open',
    tag: 'operations',
    summary: 'The process can decide',
  },
  {
    method: 'GET',
    path: '/metrics',
    roles: 'open',
    tag: 'operations',
    summary: 'Prometheus metrics; open on loopback, otherwise with METRICS_TOKEN',
  },
  {
    method: 'GET',
    path: '/openapi.json',
    roles: 'open',
    tag: 'operations',
    summary: 'This API as OpenAPI 3.1',
  },
  { method: 'GET', path: '/docs', roles: 'open', tag: 'operations', summary: 'This API to browse' },
  { method: 'GET', path: '/docs/*', roles: 'open', tag: 'operations', summary: 'Files of the browsable API' },
];

/** Every endpoint and who may use it. The only such table: requests are judged by it and docs/roles.md is made of it. */
export const ACCESS: readonly AccessEntry[] = [
  ...clients,
  ...campaigns,
  ...approvals,
  ...people,
  ...wishes,
  ...consents,
  ...calls,
  ...audit,
  ...operations,
];

const exact = new Map(ACCESS.map((entry) => [`${entry.method} ${entry.path}`, entry]));
const trees = ACCESS.filter((entry) => entry.path.endsWith('/*'));

/** The entry of a registered route, or undefined where nobody decided who may use it. HEAD follows GET. */
export function accessOf(method: string, path: string): AccessEntry | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  return (
    exact.get(`${asked} ${path}`) ??
    trees.find((entry) => entry.method === asked && path.startsWith(entry.path.slice(0, -1)))
  );
}
