import { calls, audit } from './access/calls';
import { consentLedger } from './access/consent-ledger';
import type { AccessEntry } from './access/entry';
import { flags } from './access/flags';
import { imports } from './access/imports';
import { inbound } from './access/inbound';
import { my } from './access/my';
import { operations } from './access/operations';
import { consents, people, wishes } from './access/people';
import { results } from './access/results';
import { approvals, campaigns, clients, monitors, stops } from './access/settings';
import { sms } from './access/sms';
import { webhooks } from './access/webhooks';

/** Every endpoint and who may use it. The only such table: requests are judged by it and docs/roles.md is made of it. */
export const ACCESS: readonly AccessEntry[] = [
  ...clients,
  ...campaigns,
  ...approvals,
  ...stops,
  ...monitors,
  ...people,
  ...wishes,
  ...consents,
  ...imports,
  ...sms,
  ...consentLedger,
  ...my,
  ...calls,
  ...audit,
  ...results,
  ...flags,
  ...webhooks,
  ...inbound,
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
