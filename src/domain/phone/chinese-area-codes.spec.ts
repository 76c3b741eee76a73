import { areaCodeLength, chineseProvince } from './chinese-area-codes';
import { parseNumber } from './parse-number';
import { provinces } from './tables/chinese-area-codes.json';

/** Every area code below which the metadata knows a fixed line. */
function assignedAreaCodes(): string[] {
  const codes = new Set<string>();
  for (let prefix = 10; prefix < 1000; prefix++) {
    for (const line of ['2345678', '5345678', '23456789', '53456789']) {
      const verdict = parseNumber(`+86${prefix}${line}`);
      if (verdict.kind === 'valid' && verdict.areaCode !== undefined) codes.add(verdict.areaCode);
    }
  }
  return [...codes].sort();
}

describe('the province of a Chinese area code', () => {
  it.each([
    ['10', 'CN-BJ'],
    ['20', 'CN-GD'],
    ['21', 'CN-SH'],
    ['23', 'CN-CQ'],
    ['24', 'CN-LN'],
    ['29', 'CN-SN'],
    ['335', 'CN-HE'],
    ['349', 'CN-SX'],
    ['371', 'CN-HA'],
    ['457', 'CN-HL'],
    ['470', 'CN-NM'],
    ['580', 'CN-ZJ'],
    ['691', 'CN-YN'],
    ['701', 'CN-JX'],
    ['728', 'CN-HB'],
    ['851', 'CN-GZ'],
    ['897', 'CN-XZ'],
    ['898', 'CN-HI'],
    ['951', 'CN-NX'],
    ['955', 'CN-NX'],
    ['979', 'CN-QH'],
    ['994', 'CN-XJ'],
  ])('%s lies in %s', (areaCode, province) => {
    expect(chineseProvince(areaCode)).toBe(province);
  });

  it.each(['', '1', '010', '138', '26', '9', '951 ', 'CN-NX'])('%j lies nowhere', (areaCode) => {
    expect(chineseProvince(areaCode)).toBeUndefined();
  });

  it('is known for every area code that has lines, but for 978, which the metadata admits and no place uses', () => {
    const assigned = assignedAreaCodes();
    expect(assigned.length).toBe(321);
    expect(assigned.filter((areaCode) => chineseProvince(areaCode) === undefined)).toEqual(['978']);
  });

  it('lists each area code once, under the 31 subdivisions of ISO 3166-2:CN that have +86', () => {
    const listed = Object.values(provinces).flatMap((codes) => codes.split(' '));
    expect(Object.keys(provinces)).toHaveLength(31);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.sort()).toEqual(assignedAreaCodes().filter((areaCode) => areaCode !== '978'));
  });

  it('is found from a number: a fixed line of Ningxia, but no mobile', () => {
    const fixed = parseNumber('0951-6012345', 'CN');
    expect(fixed.kind === 'valid' && fixed.areaCode !== undefined && chineseProvince(fixed.areaCode)).toBe(
      'CN-NX',
    );
    expect(parseNumber('13800138000', 'CN')).not.toHaveProperty('areaCode');
  });
});

describe('the length of an area code', () => {
  it.each([
    ['1065529988', 2],
    ['2165529988', 2],
    ['9516012345', 3],
    ['3116012345', 3],
    ['13800138000', 0],
    ['', 0],
  ])('in %s is %i', (number, length) => {
    expect(areaCodeLength(number)).toBe(length);
  });
});
