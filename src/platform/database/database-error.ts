import { isNativeError } from 'node:util/types';

/** What is known of the work that the error interrupted. */
export type WorkOutcome = 'rolled_back' | 'unknown';

/**
 * The database could not be asked, or gave up the work for a reason that has nothing to do with it. Faults of the
 * statement itself (a violated constraint, bad SQL) keep the error of the driver, whose `code` is the SQLSTATE.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  /** The same work may succeed later. After an `unknown` outcome it must be one that can be done twice. */
  readonly retriable = true;

  constructor(
    message: string,
    /** `unknown` when the connection was lost after COMMIT was sent: it may have been stored. */
    readonly outcome: WorkOutcome,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** Whether the connection behind an error may be used again. */
export type ConnectionFate = 'usable' | 'lost';

export interface Diagnosis {
  readonly connection: ConnectionFate;
  /** Undefined: the error is about the work, and goes to the caller as it is. */
  readonly reason: string | undefined;
}

/** Errors of the network and the driver, which have no SQLSTATE. */
const LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout)|not queryable|Cannot use a pool/;
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** SQLSTATEs that say nothing of the work (PostgreSQL manual, appendix A), and what becomes of the connection. */
const TRANSIENT: readonly (readonly [RegExp, ConnectionFate, string])[] = [
  [/^08/, 'lost', 'the connection failed'],
  [/^57P0[1-5]$/, 'lost', 'the database is stopping or starting'],
  [/^25P0[34]$/, 'lost', 'the transaction was idle too long'],
  // After a failover the old primary only reads; another connection reaches the new one.
  [/^25006$/, 'lost', 'the database is read-only'],
  [/^53/, 'lost', 'the database lacks a resource'],
  [/^58/, 'lost', 'the database met a fault of its system'],
  [/^40(?:001|P01)$/, 'usable', 'it collided with other work'],
  [/^55P03$/, 'usable', 'a lock was not free in time'],
  [/^57014$/, 'usable', 'a statement took too long'],
];

/** Tells an error of the database's state from an error of the work. */
export function diagnose(error: unknown): Diagnosis {
  if (!isNativeError(error)) return { connection: 'usable', reason: undefined };
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    if (NETWORK.has(code)) return { connection: 'lost', reason: `it cannot be reached (${code})` };
    const found = TRANSIENT.find(([pattern]) => pattern.test(code));
    if (found !== undefined) return { connection: found[1], reason: `${found[2]} (${code})` };
  }
  if (LOST.test(error.message)) return { connection: 'lost', reason: error.message };
  // Several addresses of one name were tried: the error of each is inside.
  if (error instanceof AggregateError && error.errors.length > 0) return diagnose(error.errors[0]);
  return { connection: 'usable', reason: undefined };
}

/** Whether the server cannot be reached at all: not one that merely has no connection to spare (class 53). */
export function isGone(error: unknown): boolean {
  if (diagnose(error).connection !== 'lost') return false;
  const { code } = error as { code?: unknown };
  return typeof code !== 'string' || !code.startsWith('53');
}

export function messageOf(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}
