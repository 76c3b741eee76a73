import type { CallerIdClass } from '../../../domain/decision/purpose';

const WRITING = /[\s().-]/g;
const CHINA = /^(?:\+86|0086)/;

/** As a dialler sends it and a decision compares it: digits, and a `+` where there is one. */
export const dialledForm = (number: string): string => number.replace(WRITING, '');

/**
 * The class of a caller number by China's numbering (cn.md CN-18 and section 7), which nobody chooses: 953, 955 and
 * 956 are service numbers of large enterprises, the other 95x numbers are those of call centre and value-added
 * operators, 400 and 800 are toll-free, 11 digits from 13 to 19 are mobiles, and the rest are fixed lines. Undefined
 * for a number of another country, where the numbering says nothing of the kind.
 */
export function classOfCallerId(dialled: string): CallerIdClass | undefined {
  if (dialled.startsWith('+') && !CHINA.test(dialled)) return undefined;
  const digits = dialled.replace(CHINA, '');
  if (/^95[356]/.test(digits)) return 'enterprise';
  if (/^95[01247]/.test(digits)) return 'call_centre';
  if (/^[48]00\d{7}$/.test(digits)) return 'toll_free';
  return /^1[3-9]\d{9}$/.test(digits) ? 'mobile' : 'fixed';
}
