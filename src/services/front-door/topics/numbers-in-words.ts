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

const digitsOf = (text: string): string => text.normalize('NFKC').replace(/\D/g, '');
