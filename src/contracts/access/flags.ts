import { type AccessEntry, DIALING, INSPECTING, OFFICE } from './entry';

export const flags: AccessEntry[] = [
  {
    method: 'GET',
    path: '/v1/flags',
    roles: INSPECTING,
    tag: 'flags',
    summary: 'Work for compliance: wrong persons, vulnerable people, threatened complaints, unknown results',
  },
  { method: 'GET', path: '/v1/flags/:id', roles: INSPECTING, tag: 'flags', summary: 'Read a flag' },
  {
    method: 'POST',
    path: '/v1/flags/:id/resolve',
    roles: OFFICE,
    tag: 'flags',
    summary: 'Resolve a flag, and ask for the release of what it suppressed (two persons)',
  },
  {
    method: 'POST',
    path: '/v1/people/:id/wrong-number',
    roles: ['care', 'compliance'],
    tag: 'people',
    summary: 'This number is not, or no longer, that person’s',
  },
  {
    method: 'GET',
    path: '/v1/calls/:callId/live',
    roles: [...DIALING, 'carrier'],
    tag: 'calls',
    summary: 'Report and be told during the call, over a WebSocket (quietline.live.v1)',
  },
];
