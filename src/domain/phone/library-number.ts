import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
  type CountryCode,
  type ValidatePhoneNumberLengthResult,
} from 'libphonenumber-js/max';
import { invalid, NO_COUNTRY, verdictOf, type InvalidReason, type NumberVerdict } from './number-verdict';
import type { WrittenNumber } from './written-number';

const LENGTH_FAULTS: Readonly<Record<ValidatePhoneNumberLengthResult, InvalidReason>> = {
  INVALID_COUNTRY: 'country_unknown',
  NOT_A_NUMBER: 'not_a_number',
  TOO_SHORT: 'too_short',
  TOO_LONG: 'too_long',
  INVALID_LENGTH: 'wrong_length',
};

/**
 * The verdict of libphonenumber with its full metadata: slower by two orders of magnitude than the plan, and the
 * authority wherever the plan has no answer. It never guesses: below +1 a number whose area code no country claims is
 * unassigned, although its length is right.
 */
export function verdictFromLibrary(written: WrittenNumber, region: string | undefined): NumberVerdict {
  if (written.international) return ask(`+${written.digits}`, {});
  if (region === undefined) return invalid('region_needed');
  return isSupportedCountry(region)
    ? ask(written.digits, { defaultCountry: region })
    : invalid('region_unknown');
}

function ask(text: string, from: { defaultCountry?: CountryCode }): NumberVerdict {
  // Nothing but digits comes here; `extract: false` makes sure that no number is looked for inside them.
  const number = parsePhoneNumberFromString(text, { ...from, extract: false });
  const type = number?.getType();
  if (number === undefined || type === undefined) {
    const fault = validatePhoneNumberLength(text, from);
    return invalid(fault === undefined ? 'unassigned' : LENGTH_FAULTS[fault]);
  }
  return verdictOf(number.country ?? NO_COUNTRY, type, number.countryCallingCode, number.nationalNumber);
}

/** Whether there are telephone numbers of this country: ISO 3166-1 alpha-2. */
export const isCountry = (code: string): boolean => isSupportedCountry(code);
