import { verdictFromLibrary } from './library-number';
import { verdictFromPlan } from './number-plan';
import { invalid, notCallable, type NumberVerdict } from './number-verdict';
import { serviceOf } from './service-numbers';
import { readWrittenNumber } from './written-number';

export type { NumberVerdict } from './number-verdict';

/**
 * What a number, as a person or a list wrote it, can be used for. `region` (ISO 3166-1 alpha-2, upper case) says in
 * which country a number without `+` was written. A valid number of another country is valid here; that no pack
 * covers it is for the decision to say. The same text and region always give the same verdict: nothing is remembered
 * from one number to the next.
 */
export function parseNumber(raw: string, region?: string): NumberVerdict {
  const written = readWrittenNumber(raw);
  if (written === undefined) return invalid('not_a_number');
  const service = serviceOf(written, region);
  if (service !== undefined) return notCallable(service);
  return verdictFromPlan(written, region) ?? verdictFromLibrary(written, region);
}
