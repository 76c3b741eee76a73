import { type AccessEntry, ADMIN } from './entry';

export const operations: AccessEntry[] = [
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
  {
    method: 'GET',
    path: '/asyncapi.json',
    roles: 'open',
    tag: 'operations',
    summary: 'What comes and goes by Kafka as AsyncAPI 3.1',
  },
  { method: 'GET', path: '/docs', roles: 'open', tag: 'operations', summary: 'This API to browse' },
  { method: 'GET', path: '/docs/*', roles: 'open', tag: 'operations', summary: 'Files of the browsable API' },
  { method: 'GET', path: '/v1/bus', roles: ADMIN, tag: 'operations', summary: 'How far behind events are' },
  {
    method: 'GET',
    path: '/v1/bus/letters',
    roles: ADMIN,
    tag: 'operations',
    summary: 'Events that consumers could not handle, newest first',
  },
  {
    method: 'POST',
    path: '/v1/bus/letters/:consumer/:eventId/replay',
    roles: ['admin', 'compliance'],
    tag: 'operations',
    summary: 'Hand a dead letter to its consumer again, and those parked behind it',
  },
];
