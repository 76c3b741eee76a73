import { AppError } from '../../../contracts/app-error';
import { invalid, memberCheck } from '../../../platform/http/validation';

/** @throws AppError INVALID naming the members */
export function requirer<Body>(schema: object): (data: unknown) => Body {
  const faultsOf = memberCheck(schema);
  return (data) => {
    const faults = faultsOf(data);
    if (faults !== undefined) throw invalid(faults);
    return data as Body;
  };
}

/** What stands in a path of REST stands beside the body here. @throws AppError INVALID */
export function partFrom(
  data: unknown,
  names: readonly string[],
): { path: Record<string, unknown>; body: unknown } {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new AppError('INVALID', {
      detail: 'The data is no JSON object.',
      errors: [{ pointer: '', code: 'TYPE', detail: 'Must be an object.' }],
    });
  }
  const entries = Object.entries(data);
  return {
    path: Object.fromEntries(entries.filter(([name]) => names.includes(name))),
    body: Object.fromEntries(entries.filter(([name]) => !names.includes(name))),
  };
}
