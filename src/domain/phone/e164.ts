import { CALLING_CODES } from './number-plan.generated';

declare const brand: unique symbol;

/**
 * A telephone number as ITU-T E.164 writes it: `+`, calling code, national number, at most 15 digits. The brand says
 * that the string has this form; that the number is assigned and may be called is what `parseNumber` finds out.
 */
export type E164 = string & { readonly [brand]: 'E164' };

const E164_FORM = /^\+[1-9]\d{1,14}$/;
const LONGEST_CALLING_CODE = 3;
const callingCodes = new Set(CALLING_CODES.flatMap((line) => line.split(' ')));

/** True for strings in E.164 form; a number that a person typed goes through `parseNumber` instead. */
export function isE164(value: string): value is E164 {
  return E164_FORM.test(value);
}

/**
 * The calling code at the start of international digits (written without `+`). No code is the beginning of another,
 * so there is one at most; undefined when no country has it.
 */
export function callingCodeOf(digits: string): string | undefined {
  for (let length = 1; length <= LONGEST_CALLING_CODE; length++) {
    const code = digits.slice(0, length);
    if (callingCodes.has(code)) return code;
  }
  return undefined;
}
