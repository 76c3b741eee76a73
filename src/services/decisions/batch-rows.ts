import type { AppError } from '../../contracts/app-error';
import { invalid, memberCheck } from '../../platform/http/validation';
import { AuthorizeBody } from './decisions.dto';

const faultsOf = memberCheck(AuthorizeBody);

/** One row of a batch as a question, or what is wrong with it; never throws, so that one bad row fails alone. */
export function rowOf(row: unknown): AuthorizeBody | AppError {
  const faults = faultsOf(row);
  return faults === undefined ? (row as AuthorizeBody) : invalid(faults);
}
