import type { AppError } from '../../contracts/app-error';
import { toAppError } from '../../platform/http/to-app-error';

const PASSING: ReadonlySet<AppError['code']> = new Set([
  'DECISION_UNAVAILABLE',
  'RATE_LIMITED',
  'IDEMPOTENCY_IN_PROGRESS',
]);

/** Whether the failure says nothing of the record: the same record may be handled later. */
export const willPass = (error: unknown): boolean => PASSING.has(toAppError(error).code);

/** A statement took too long, a deadlock, a lock that was not free in time (PostgreSQL manual, appendix A). */
const OF_THE_WORK: ReadonlySet<unknown> = new Set(['57014', '40P01', '55P03']);

/** The failure, where the database answers and the record itself may bring it about each time; else undefined. */
export function failureOfTheWork(error: unknown): Error | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (OF_THE_WORK.has((cause as { code?: unknown }).code)) return cause;
  }
  return undefined;
}

/** How often each record failed in a way that passes as a rule; only of the latest, because some end elsewhere. */
export class PassingFailures {
  private readonly counts = new Map<string, number>();

  /** How often by now. */
  add(print: Buffer): number {
    const name = print.toString('hex');
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.delete(name);
    this.counts.set(name, count);
    const [oldest] = this.counts.keys();
    if (this.counts.size > MOST_COUNTED && oldest !== undefined) this.counts.delete(oldest);
    return count;
  }

  forget(print: Buffer): void {
    this.counts.delete(print.toString('hex'));
  }
}

const MOST_COUNTED = 10_000;
