import { DAY, HOUR, MINUTE, SECOND } from '../../domain/time/instant';
import { nameResolver, type ResolveName } from './outbound/guarded-lookup';

/** What nobody can turn by a request, and a test can. */
export interface WebhookOptions {
  /** The wait after the first failed attempt, after the second …; after the last one of them the event is a dead letter. */
  readonly retryWaitsMs: readonly number[];
  /** Bounds of every wait between two attempts. */
  readonly shortestWaitMs: number;
  readonly longestWaitMs: number;
  /** The longest pause that a subscriber can ask for (Retry-After); for one delivery it is `longestWaitMs`. */
  readonly longestHoldMs: number;
  /** For a whole exchange, from the question for the name to the end of the answer. */
  readonly timeoutMs: number;
  /** How much of an answer is read; nothing of it is kept. */
  readonly answerBytes: number;
  /** Requests to one subscriber at a time, of each process. */
  readonly atOnce: number;
  /** How many subscriptions may be active, so that the requests of all of them together have a bound. */
  readonly mostActive: number;
  /** A delivery taken by a process that died is taken again after this; longer than `timeoutMs`. */
  readonly leaseMs: number;
  readonly pollMs: { readonly busy: number; readonly idle: number };
  /** How long a stop waits for the requests in hand. */
  readonly stopMs: number;
  /** Ports beside 443 that a subscriber may listen on. */
  readonly ports: readonly number[];
  /** Networks that are not public and may be sent to all the same, in CIDR notation. */
  readonly networks: readonly string[];
  readonly resolve: ResolveName;
  /** PEM of an authority to trust instead of those of Node. */
  readonly authority?: string;
}

export const WEBHOOK_OPTIONS = Symbol('WebhookOptions');

/**
 * The waits are those of the Standard Webhooks specification 1.0.0, "Deliverability and reliability": ten attempts in
 * three days. Port 8443 is IANA's other port for HTTPS and what application servers take that may not bind 443; every
 * other port belongs to some other service as likely as to a subscriber.
 */
export const DEFAULT_WEBHOOK_OPTIONS: WebhookOptions = {
  retryWaitsMs: [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
  ],
  shortestWaitMs: 5 * SECOND,
  longestWaitMs: DAY,
  longestHoldMs: HOUR,
  timeoutMs: 15 * SECOND,
  answerBytes: 65_536,
  atOnce: 8,
  mostActive: 50,
  leaseMs: 60 * SECOND,
  pollMs: { busy: 50, idle: 500 },
  stopMs: 2 * SECOND,
  ports: [8443],
  networks: [],
  resolve: nameResolver(),
};
