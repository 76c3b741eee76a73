import { AppError } from '../../contracts/app-error';
import { invalid, memberCheck } from '../../platform/http/validation';
import { SmsBody } from './sms.dto';

const faultsOf = memberCheck(SmsBody);

/** @throws AppError INVALID naming the members */
export function requireSms(body: unknown): SmsBody {
  const faults = faultsOf(body);
  if (faults !== undefined) throw invalid(faults);
  return body as SmsBody;
}

/** Transactions of one list at a time: the pool belongs to the decisions first. */
const LANES = 4;

/**
 * Does the work for each item, a few at a time, answers in order. What is wrong with one item is that item's answer;
 * what is no fault of the item (a database that is away) fails the whole, which may be sent again.
 */
export async function eachByItself<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<(Result | AppError)[]> {
  const results: (Result | AppError)[] = [];
  let next = 0;
  let broken = false;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length && !broken; index = next++) {
      try {
        results[index] = await work(items[index] as Item);
      } catch (error) {
        if (!isOfTheItem(error)) {
          broken = true;
          throw error;
        }
        results[index] = error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return results;
}

const isOfTheItem = (error: unknown): error is AppError =>
  error instanceof AppError && error.code !== 'DECISION_UNAVAILABLE' && error.code !== 'INTERNAL';
