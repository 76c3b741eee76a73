import { ACCESS } from './access';
import type { AccessEntry, HttpMethod } from './access/entry';

/** The services of which each can be a process of its own (ARCHITECTURE, "Who runs where"). */
export const SERVICES = ['gateway', 'optout', 'ledger', 'audit', 'jobs'] as const;
export type Service = (typeof SERVICES)[number];

/** What every process answers of itself. */
const OPERATIONS = 'operations';

/** Everything else is the gateway's: approvals carry out what they grant, so they stay with all that asks for them. */
const HOME_OF_TAG: Readonly<Record<string, Service>> = { sms: 'optout', my: 'optout', audit: 'audit' };

/** Read beside its home as well, by a process that has what it takes: auditors need not burden those who decide. */
const ALSO_AUDIT: ReadonlySet<string> = new Set([
  'POST /v1/people/lookup',
  'GET /v1/people/:id',
  'GET /v1/people/:id/timeline',
  'GET /v1/people/:id/export',
  'GET /v1/policies',
]);

/** Which services answer an endpoint, its home first. */
export function servicesOf(entry: AccessEntry): readonly Service[] {
  if (entry.tag === OPERATIONS) return SERVICES;
  const home = HOME_OF_TAG[entry.tag] ?? 'gateway';
  return ALSO_AUDIT.has(`${entry.method} ${entry.path}`) ? [home, 'audit'] : [home];
}

const BY_LENGTH = new Map<number, { entry: AccessEntry; segments: readonly string[] }[]>();
for (const entry of ACCESS) {
  const segments = segmentsOf(entry.path);
  BY_LENGTH.set(segments.length, [...(BY_LENGTH.get(segments.length) ?? []), { entry, segments }]);
}

/** The endpoint that a request's path means, without its query; undefined where there is none. HEAD follows GET. */
export function endpointAt(method: string, path: string): AccessEntry | undefined {
  const asked = (method === 'HEAD' ? 'GET' : method) as HttpMethod;
  const segments = segmentsOf(path);
  const fitting = (BY_LENGTH.get(segments.length) ?? []).filter(
    (known) => known.entry.method === asked && fits(known.segments, segments),
  );
  // A word of a path stands before a variable, as in the router.
  return fitting.reduce<(typeof fitting)[number] | undefined>(
    (best, known) => (best === undefined || isMoreExact(known.segments, best.segments) ? known : best),
    undefined,
  )?.entry;
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').slice(1);
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every((part, at) => (part.startsWith(':') ? segments[at] !== '' : part === segments[at]));
}

function isMoreExact(pattern: readonly string[], than: readonly string[]): boolean {
  const at = pattern.findIndex((part, index) => part.startsWith(':') !== than[index]?.startsWith(':'));
  return at >= 0 && pattern[at]?.startsWith(':') === false;
}
