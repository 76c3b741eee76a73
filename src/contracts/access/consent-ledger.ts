import { type AccessEntry, OFFICE, READING, REFUSING } from './entry';

export const consentLedger: AccessEntry[] = [
  {
    method: 'POST',
    path: '/v1/consents/refused',
    roles: REFUSING,
    tag: 'consents',
    summary: 'Record that a person said no when asked for consent',
  },
  {
    method: 'GET',
    path: '/v1/consents/:id/receipt',
    // Whoever hands it to the customer: marketing and the hotline.
    roles: [...READING, 'care'],
    tag: 'consents',
    summary: 'The receipt of a consent, a withdrawal or a refusal (ISO/IEC TS 27560)',
  },
  {
    method: 'GET',
    path: '/v1/people/:id/export',
    roles: OFFICE,
    tag: 'people',
    summary: 'All wishes, consents, calls and readings of a person as one document',
  },
];
