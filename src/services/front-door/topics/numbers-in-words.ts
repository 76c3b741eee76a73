import { parseNumber } from '../../../domain/phone/parse-number';

/** Of a national number's end so much that it stands in no other word by chance. */
const TELLING_DIGITS = 7;

/** Whether a word, written by whoever asks, holds the number that is asked for, however it is spaced. */
export function holdsNumber(word: string | undefined, { to }: { to: string }): boolean {
  const number = digitsOf(to).slice(-TELLING_DIGITS);
  return word !== undefined && number.length === TELLING_DIGITS && digitsOf(word).includes(number);
}

/** Whether it is a number in full, as nothing else is written. */
export const isNumber = (word: string): boolean => parseNumber(word, undefined).kind === 'valid';

/**
 * Whether it may hold somebody's number, where nothing says whose: digits as many as tell one, however they are spaced.
 * A UUID has such runs by chance and is nobody's number.
 */
export const mayHoldNumber = (word: string): boolean =>
  RUN.test(word.normalize('NFKC').replace(UUIDS, 'uuid'));

const RUN = new RegExp(`\\p{Nd}(?:[\\s.()/+_\\p{Pd}\\p{Cf}]*\\p{Nd}){${TELLING_DIGITS - 1}}`, 'u');
const UUIDS = /(?<![0-9a-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-z])/gi;

const digitsOf = (text: string): string => text.normalize('NFKC').replace(/\D/g, '');
