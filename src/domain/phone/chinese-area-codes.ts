import { provinces } from './tables/chinese-area-codes.json';

const PROVINCE_OF = new Map(
  Object.entries(provinces).flatMap(([province, codes]) => codes.split(' ').map((code) => [code, province])),
);

/**
 * The province of a Chinese fixed line as ISO 3166-2 (`CN-NX`), by its area code without the leading 0. A number
 * stays in its local network when it is ported (cn.md section 7), so the area code does say where the line is.
 * Mobiles have no area code. Undefined for a code that no place uses.
 */
export function chineseProvince(areaCode: string): string | undefined {
  return PROVINCE_OF.get(areaCode);
}

/**
 * How many digits of a Chinese national number are its area code: two for Beijing (10) and the codes that begin with
 * 2, three for all that begin with 3 to 9, none for mobiles and service numbers.
 */
export function areaCodeLength(nationalNumber: string): 0 | 2 | 3 {
  if (nationalNumber.startsWith('10') || nationalNumber.startsWith('2')) return 2;
  return nationalNumber >= '3' ? 3 : 0;
}
