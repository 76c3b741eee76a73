import type { Policy } from './policy';

/** ISO 3166-2, where whoever names a part of the country is held to the list. */
const LISTED: ReadonlyMap<string, string> = new Map([
  [
    'CN-',
    'AH BJ CQ FJ GD GS GX GZ HA HB HE HI HK HL HN JL JS JX LN MO NM NX QH SC SD SH SN SX TJ TW XJ XZ YN ZJ',
  ],
  [
    'US-',
    'AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR ' +
      'PA RI SC SD TN TX UT VA VT WA WI WV WY AS GU MP PR UM VI',
  ],
]);

const CODES: ReadonlySet<string> = new Set(
  [...LISTED].flatMap(([country, parts]) => parts.split(' ').map((part) => country + part)),
);

/** Whether a part of a country is one: by the list of its country, else because the policy speaks of it. */
export function isSubdivision(
  code: string,
  { packs, subdivisions }: Pick<Policy, 'packs' | 'subdivisions'>,
): boolean {
  const country = code.slice(0, code.indexOf('-') + 1);
  if (country === '') return false;
  if (LISTED.has(country)) return CODES.has(code);
  if ([...subdivisions.values()].includes(code)) return true;
  return [...packs.values()].some(({ jurisdiction }) => jurisdiction === code);
}
