import { callingCodeOf, isE164 } from './e164';

const HIDDEN = '****';
/** National numbers below this length would be readable from seven digits. */
const LONG_NATIONAL_NUMBER = 10;

/**
 * A number as people may see it (RULINGS 18): calling code, three digits, `****`, the last four (`+86138****8000`);
 * of a national number under ten digits only the last three (`+852****567`). Whatever is not an E.164 number with a
 * known calling code is hidden altogether.
 */
export function maskNumber(e164: string): string {
  const callingCode = isE164(e164) ? callingCodeOf(e164.slice(1)) : undefined;
  if (callingCode === undefined) return HIDDEN;
  const national = e164.slice(1 + callingCode.length);
  return national.length < LONG_NATIONAL_NUMBER
    ? `+${callingCode}${HIDDEN}${national.slice(-3)}`
    : `+${callingCode}${national.slice(0, 3)}${HIDDEN}${national.slice(-4)}`;
}

/**
 * Seven digits or more, of any script, with up to three separators or invisible characters between two of them. A
 * date or an amount may look the same and is masked too: free text in a log is worth less than a number kept out.
 */
const NUMBER_IN_TEXT = /[+＋]?[(（]?\p{Nd}(?:[\s\p{Cf}\p{Pd}.．·・,，_/／()（）]{0,3}\p{Nd}){6,}/gu;

/** Free text for a log with every number in it replaced. */
export function maskDigits(text: string): string {
  return text.replace(NUMBER_IN_TEXT, '‹number›');
}
