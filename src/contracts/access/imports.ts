import { type AccessEntry, RUNNING } from './entry';

const UPLOADS = {
  suppressions: 'Load a do-not-disturb list',
  people: 'Load customers and their numbers',
  consents: 'Load consents (two persons)',
} as const;

/** Lists and the jobs that they become. A job is its creator's and compliance's to read. */
export const imports: AccessEntry[] = [
  ...Object.entries(UPLOADS).map(([name, summary]): AccessEntry => ({
    method: 'POST',
    path: `/v1/${name}/imports`,
    roles: RUNNING,
    tag: 'imports',
    summary,
  })),
  {
    method: 'PUT',
    path: '/v1/import-mappings/:name',
    roles: RUNNING,
    tag: 'imports',
    summary: 'Make or replace a mapping of columns',
  },
  {
    method: 'GET',
    path: '/v1/import-mappings/:name',
    roles: RUNNING,
    tag: 'imports',
    summary: 'Read a mapping of columns',
  },
  {
    method: 'GET',
    path: '/v1/import-mappings',
    roles: RUNNING,
    tag: 'imports',
    summary: 'List mappings of columns',
  },
  { method: 'GET', path: '/v1/jobs', roles: RUNNING, tag: 'jobs', summary: 'List jobs' },
  { method: 'GET', path: '/v1/jobs/:id', roles: RUNNING, tag: 'jobs', summary: 'One job' },
  {
    method: 'GET',
    path: '/v1/jobs/:id/result',
    roles: RUNNING,
    tag: 'jobs',
    summary: 'What a finished job found to differ, as CSV',
  },
];
