import { type AccessEntry, OFFICE } from './entry';

/** Codes and places only, no customer data: so whoever runs the gateway may look and try again, too. */
export const inbound: AccessEntry[] = [
  {
    method: 'GET',
    path: '/v1/inbound-letters',
    roles: [...OFFICE, 'admin'],
    tag: 'inbound',
    summary: 'Records of the inbound topics that could not be handled',
  },
  {
    method: 'POST',
    path: '/v1/inbound-letters/:id/replay',
    roles: [...OFFICE, 'admin'],
    tag: 'inbound',
    summary: 'Take such a record again, and those that wait behind it',
  },
  {
    method: 'POST',
    path: '/v1/inbound-letters/:id/discard',
    roles: OFFICE,
    tag: 'inbound',
    summary: 'Give such a record up, with a reason; those that wait behind it are taken',
  },
];
