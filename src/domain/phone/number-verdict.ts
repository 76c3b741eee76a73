import type { PhoneNumberType } from 'libphonenumber-js/max';
import { areaCodeLength } from './chinese-area-codes';
import type { E164 } from './e164';

export type LineType = 'mobile' | 'fixed' | 'fixed_or_mobile' | 'voip' | 'unknown';

/** Why a number that exists is nobody's telephone (READINGS 9). */
export type NotCallableReason =
  | 'emergency'
  | 'short_code'
  | 'machine'
  | 'toll_free'
  | 'premium'
  | 'shared_cost'
  | 'personal'
  | 'uan'
  | 'voicemail'
  | 'pager';

/**
 * Why a text is no number. `unassigned`: a possible length, in a range that was given to nobody; `wrong_length`:
 * between two possible lengths; `country_unknown`: a calling code that does not exist; `region_needed`: written
 * nationally, and nobody said of which country.
 */
export type InvalidReason =
  | 'not_a_number'
  | 'region_needed'
  | 'region_unknown'
  | 'country_unknown'
  | 'too_short'
  | 'too_long'
  | 'wrong_length'
  | 'unassigned';

export type NumberVerdict =
  | {
      readonly kind: 'valid';
      readonly e164: E164;
      /** ISO 3166-1 alpha-2, or `NO_COUNTRY`. */
      readonly country: string;
      readonly lineType: LineType;
      /** The area code below +1, or that of a Chinese fixed line without its 0; absent for everything else. */
      readonly areaCode?: string;
    }
  | { readonly kind: 'not_callable'; readonly why: NotCallableReason }
  | { readonly kind: 'invalid'; readonly why: InvalidReason };

/** ISO 3166 leaves `ZZ` to its users: here for numbers of no country, such as satellite telephones (+881). */
export const NO_COUNTRY = 'ZZ';

/** The longest number of ITU-T E.164, calling code included. */
const LONGEST = 15;
/** Area code and number of a Chinese line; what is shorter is a service number such as 95588 behind an area code. */
const SHORTEST_CHINESE_LINE = 10;

const MEANINGS: Readonly<Record<PhoneNumberType, LineType | NumberVerdict>> = {
  MOBILE: 'mobile',
  FIXED_LINE: 'fixed',
  FIXED_LINE_OR_MOBILE: 'fixed_or_mobile',
  VOIP: 'voip',
  TOLL_FREE: notCallable('toll_free'),
  PREMIUM_RATE: notCallable('premium'),
  SHARED_COST: notCallable('shared_cost'),
  PERSONAL_NUMBER: notCallable('personal'),
  UAN: notCallable('uan'),
  VOICEMAIL: notCallable('voicemail'),
  PAGER: notCallable('pager'),
};

export function notCallable(why: NotCallableReason): NumberVerdict {
  return { kind: 'not_callable', why };
}

export function invalid(why: InvalidReason): NumberVerdict {
  return { kind: 'invalid', why };
}

/** What follows from a number that is assigned: both ways of looking it up, table and library, end here. */
export function verdictOf(
  country: string,
  type: PhoneNumberType,
  callingCode: string,
  nationalNumber: string,
): NumberVerdict {
  const meaning = MEANINGS[type];
  if (typeof meaning !== 'string') return meaning;
  if (callingCode.length + nationalNumber.length > LONGEST) return invalid('too_long');
  const e164 = `+${callingCode}${nationalNumber}` as E164;
  if (callingCode === '1') {
    const areaCode = nationalNumber.slice(0, 3);
    // The library calls the Canadian 600 "voip" and 622 and 633, which relieve it, "personal": READINGS 9 bars all.
    if (areaCode === '600') return notCallable('personal');
    return { kind: 'valid', e164, country, lineType: meaning, areaCode };
  }
  if (country === 'CN' && meaning === 'fixed') {
    if (nationalNumber.length < SHORTEST_CHINESE_LINE) return notCallable('short_code');
    const areaCode = nationalNumber.slice(0, areaCodeLength(nationalNumber));
    return { kind: 'valid', e164, country, lineType: meaning, areaCode };
  }
  return { kind: 'valid', e164, country, lineType: meaning };
}
