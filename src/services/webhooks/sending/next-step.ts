import { type Instant, SECOND } from '../../../domain/time/instant';
import type { Sent } from '../outbound/event-post';
import type { WebhookOptions } from '../webhook-options';

type Waits = Pick<WebhookOptions, 'retryWaitsMs' | 'shortestWaitMs' | 'longestWaitMs' | 'longestHoldMs'>;

/** What follows from one attempt. `outcome` and `status` are what its subscriber's owner is shown of it. */
export interface NextStep {
  state: 'delivered' | 'pending' | 'dead';
  outcome: string;
  status?: number;
  /** Of a pending one: how long until it is tried again. */
  waitMs?: number;
  /** How long nothing at all is sent to this subscriber. */
  holdMs?: number;
  /** The subscriber wants no more, ever. */
  gone?: true;
}

export interface Attempt {
  sent: Sent;
  /** Counted from 1. */
  attempt: number;
  at: Instant;
  /** In [0, 1): spreads retries that failed together. */
  chance: number;
}

const GONE = 410;
/** Answers that may say how long to wait; RFC 6585 section 4, RFC 9110 section 15.6.4. */
const BUSY: readonly number[] = [429, 503];
/** A tenth to either side. */
const SPREAD = 0.2;

/** Standard Webhooks 1.0.0, "Delivery success and failure": any 2xx is success and anything else is not. */
export function nextStep({ sent, attempt, at, chance }: Attempt, waits: Waits): NextStep {
  if (sent.kind === 'failed') return retried({ outcome: sent.code }, attempt, chance, waits);
  const { status } = sent;
  if (status >= 200 && status <= 299) return { state: 'delivered', outcome: 'DELIVERED', status };
  if (status === GONE) return { state: 'dead', outcome: 'GONE', status, gone: true };
  const step = retried({ outcome: 'REFUSED', status }, attempt, chance, waits);
  const askedMs = BUSY.includes(status) ? retryAfterMs(sent.retryAfter, at) : undefined;
  if (askedMs === undefined) return step;
  const holdMs = Math.min(askedMs, waits.longestHoldMs);
  if (step.state === 'dead') return { ...step, holdMs };
  return { ...step, holdMs, waitMs: within(askedMs, waits) };
}

function retried(
  seen: Pick<NextStep, 'outcome' | 'status'>,
  attempt: number,
  chance: number,
  waits: Waits,
): NextStep {
  const wait = waits.retryWaitsMs[attempt - 1];
  if (wait === undefined) return { ...seen, state: 'dead' };
  return { ...seen, state: 'pending', waitMs: within(wait * (1 - SPREAD / 2 + SPREAD * chance), waits) };
}

function within(ms: number, { shortestWaitMs, longestWaitMs }: Waits): number {
  return Math.round(Math.min(longestWaitMs, Math.max(shortestWaitMs, ms)));
}

/** RFC 9110 section 10.2.3: seconds, or a date. Undefined for what is neither. */
function retryAfterMs(header: string | undefined, at: Instant): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND;
  // IMF-fixdate only: the engine's parser would take much else for a date.
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(header.trim())) return undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - at);
}
