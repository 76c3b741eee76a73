import type { AppError } from '../../contracts/app-error';
import { toAppError } from '../../platform/http/to-app-error';

const PASSING: ReadonlySet<AppError['code']> = new Set([
  'DECISION_UNAVAILABLE',
  'RATE_LIMITED',
  'IDEMPOTENCY_IN_PROGRESS',
]);

/** Whether the failure says nothing of the record: the same record may be handled later. */
export const willPass = (error: unknown): boolean => PASSING.has(toAppError(error).code);
