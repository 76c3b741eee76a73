import { type AccessEntry, DIALING, READING, INSPECTING } from './entry';

export const calls: AccessEntry[] = [
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

export const audit: AccessEntry[] = [
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
