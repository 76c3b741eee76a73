import { areaCodeLength } from './chinese-area-codes';
import { callingCodeOf } from './e164';
import { NORTH_AMERICA_REGIONS } from './number-plan.generated';
import type { NotCallableReason } from './number-verdict';
import { emergency as emergencyNumbers } from './tables/emergency-numbers.json';
import type { WrittenNumber } from './written-number';

type Service = Extract<NotCallableReason, 'emergency' | 'short_code' | 'machine'>;

/** 3GPP TS 22.101 section 10.1.1: what telephones treat as an emergency call everywhere, some only without a SIM. */
const everywhere = new Set(['112', '911', '000', '08', '110', '118', '119', '999']);
const ofRegion = new Map(
  Object.entries(emergencyNumbers).map(([region, list]) => [region, new Set(list.split(' '))]),
);
/** No subscriber has three digits: up to that length, what is an emergency number in one country is one in all. */
const ofAnyRegion = new Set(
  [...everywhere, ...[...ofRegion.values()].flatMap((list) => [...list])].filter(
    (number) => number.length <= 3,
  ),
);
const LONGEST_EMERGENCY_NUMBER = 6;

const northAmerica = new Set(NORTH_AMERICA_REGIONS.flatMap((line) => line.split(' ')));
/** 211 to 811 and the test line 933; five and six digits are text message codes. */
const NORTH_AMERICAN_SHORT = /^(?:[2-8]11|933|[2-9]\d{4,5})$/;
const LONGEST_NORTH_AMERICAN_SHORT = 6;

/** cn.md section 7: numbers of 13 digits in 140–144, 146, 148 and below 10 (1064x) belong to machines. */
const CHINESE_MACHINE = /^1(?:0\d|4[0-468])\d{10}$/;
/** Codes below 106 send text messages; nothing of that length is a line in Beijing (10). */
const CHINESE_TEXT_SENDER = /^106\d{8,}$/;
/** 1xx to 1xxxxx (110, 10086, 12345), 95xxx and 96xxx (cn.md CN-18). */
const CHINESE_SHORT = /^(?:1\d{2,5}|95\d{3,6}|96\d{3,4})$/;
/** What can stand behind an area code: 021 95588 rings the same bank as 95588. */
const CHINESE_SHORT_BEHIND_AREA_CODE = /^(?:1\d{2,5}|9[56]\d{3,4})$/;

/**
 * Emergency numbers, short codes and machine numbers, found before validity is asked (READINGS 9): most of them are
 * no valid number, some (021 95588) would pass for a fixed line, and "invalid" would not say what nearly happened.
 */
export function serviceOf(written: WrittenNumber, region: string | undefined): Service | undefined {
  const { digits, international } = written;
  if (international) {
    if (digits.startsWith('86')) return chineseService(digits, 2);
    return digits.startsWith('1') ? northAmericanService(digits, 1) : foreignService(digits);
  }
  if (digits.length <= LONGEST_EMERGENCY_NUMBER && isEmergency(digits, region)) return 'emergency';
  if (region === 'CN') return dialledInChina(digits);
  if (region === undefined || !northAmerica.has(region)) return undefined;
  return northAmericanService(digits, digits.startsWith('1') ? 1 : 0);
}

function isEmergency(number: string, region: string | undefined): boolean {
  if (region === undefined) return ofAnyRegion.has(number);
  return everywhere.has(number) || ofRegion.get(region)?.has(number) === true;
}

function foreignService(digits: string): Service | undefined {
  const callingCode = callingCodeOf(digits);
  const found = callingCode !== undefined && ofAnyRegion.has(digits.slice(callingCode.length));
  return found ? 'emergency' : undefined;
}

function northAmericanService(digits: string, offset: number): Service | undefined {
  if (digits.length - offset > LONGEST_NORTH_AMERICAN_SHORT) return undefined;
  const number = digits.slice(offset);
  if (isEmergency(number, 'US')) return 'emergency';
  return NORTH_AMERICAN_SHORT.test(number) ? 'short_code' : undefined;
}

function dialledInChina(digits: string): Service | undefined {
  if (digits.startsWith('00')) return serviceOf({ international: true, digits: digits.slice(2) }, 'CN');
  // 86 without anything before it is the calling code only where the rest is too long to be a number by itself.
  if (digits.startsWith('86')) return digits.length > 13 ? chineseService(digits, 2) : undefined;
  return chineseService(digits, 0);
}

/** Behind a calling code (an offset) or a trunk 0 a number may begin with an area code. */
function chineseService(digits: string, offset: number): Service | undefined {
  const trunk = digits.startsWith('0', offset);
  const start = trunk ? offset + 1 : offset;
  const length = digits.length - start;
  // Fixed lines and mobiles, nearly all traffic, leave here.
  if (length === 10 || (length === 11 && !digits.startsWith('10', start))) return undefined;
  const number = digits.slice(start);
  const local = start > 0 ? number.slice(areaCodeLength(number)) : number;
  if (isEmergency(number, 'CN') || isEmergency(local, 'CN')) return 'emergency';
  if (CHINESE_SHORT.test(number) || CHINESE_SHORT_BEHIND_AREA_CODE.test(local)) return 'short_code';
  // A trunk 0 makes 10 the area code of Beijing, and whatever follows too many digits of it.
  if (trunk) return undefined;
  if (CHINESE_MACHINE.test(number)) return 'machine';
  return CHINESE_TEXT_SENDER.test(number) ? 'short_code' : undefined;
}
