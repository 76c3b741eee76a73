import fc from 'fast-check';
import metadata from 'libphonenumber-js/max/metadata';
import { callingCodeOf } from './e164';
import { verdictFromLibrary } from './library-number';
import { verdictFromPlan } from './number-plan';
import type { WrittenNumber } from './written-number';

/** Counts how often the plan answered, so that a plan that always asks the library cannot pass. */
function compare(written: WrittenNumber, region: string | undefined): number {
  const verdict = verdictFromPlan(written, region);
  if (verdict === undefined) return 0;
  expect({ written, region, verdict }).toEqual({
    written,
    region,
    verdict: verdictFromLibrary(written, region),
  });
  return 1;
}

/** Digits that look random and are the same in every run. */
function scramble(seed: number, length: number): string {
  let text = '';
  for (let state = seed * 2_654_435_761 + 1; text.length < length;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += String(state >>> 12);
  }
  return text.slice(0, length);
}

const international = (digits: string): WrittenNumber => ({ international: true, digits });
const national = (digits: string): WrittenNumber => ({ international: false, digits });

describe('the plan against the library', () => {
  it('agrees on every North American area code with every first digit of the exchange', () => {
    let answered = 0;
    for (let areaCode = 200; areaCode < 1000; areaCode++) {
      for (let exchange = 0; exchange < 10; exchange++) {
        const number = `${areaCode}${exchange}${scramble(areaCode * 10 + exchange, 6)}`;
        answered += compare(international(`1${number}`), undefined);
        answered += compare(national(exchange % 2 ? number : `1${number}`), exchange % 3 ? 'US' : 'CA');
      }
    }
    expect(answered).toBe(16_000);
  });

  it('agrees on every exchange of the area codes whose exchanges differ', () => {
    let answered = 0;
    for (const areaCode of [
      242, 246, 264, 268, 284, 345, 473, 523, 524, 526, 658, 721, 758, 787, 809, 829, 868, 876,
    ]) {
      for (let exchange = 200; exchange < 1000; exchange++) {
        answered += compare(international(`1${areaCode}${exchange}${scramble(exchange, 4)}`), undefined);
      }
    }
    expect(answered).toBe(18 * 800);
  });

  it('agrees on every Chinese mobile prefix of four digits', () => {
    let answered = 0;
    for (let prefix = 1000; prefix < 2000; prefix++) {
      for (let i = 0; i < 4; i++) {
        const number = `${prefix}${scramble(prefix * 4 + i, 7)}`;
        answered += compare(international(`86${number}`), undefined);
        answered += compare(national(['', '0', '86', '0086'][i] + number), 'CN');
      }
    }
    // All but 11xx, 12xx and 179x, where the library may read a carrier selection.
    expect(answered).toBe((1_000 - 210) * 8);
  });

  it('agrees on every Chinese prefix of three digits at every length', () => {
    let answered = 0;
    for (let prefix = 100; prefix < 1000; prefix++) {
      for (let length = 5; length <= 13; length++) {
        const number = `${prefix}${scramble(prefix * 13 + length, length - 3)}`;
        answered += compare(international(`86${number}`), undefined);
        answered += compare(national(length % 2 ? number : `0${number}`), 'CN');
      }
    }
    expect(answered).toBeGreaterThanOrEqual(9_000);
  });

  it.each([
    ['+86 179 51 10 10086: behind a carrier selection', international('86179511010086'), undefined],
    ['17951 10 10086', national('179511010086'), 'CN'],
    ['12593 10 10086', national('125931010086'), 'CN'],
    ['+86 0 10 6552 9988', international('8601065529988'), undefined],
    ['00 852 9876 5432', national('0085298765432'), 'CN'],
    ['011 212 5551 from the United States', national('0112125551'), 'US'],
    ['five digits', national('34567'), 'CN'],
    ['a Chinese number, of no known region', national('13800138000'), undefined],
    ['an American number in Puerto Rico', national('2125550123'), 'PR'],
    ['+44', international('442079460123'), undefined],
  ])('leaves %s to the library', (_, written, region) => {
    expect(verdictFromPlan(written, region)).toBeUndefined();
  });

  it.each([
    ['8612345', 'CN'],
    ['86123456', 'CN'],
    ['861010086', 'CN'],
    ['861065529988', 'CN'],
    ['86106552998', 'CN'],
    ['11212555012', 'US'],
  ])('agrees on %s in %s', (digits, region) => {
    expect(compare(national(digits), region)).toBe(1);
  });

  it('agrees on whatever else is written', () => {
    const digit = fc.integer({ min: 0, max: 9 });
    const rest = fc.array(digit, { minLength: 1, maxLength: 14 }).map((list) => list.join(''));
    const prefix = fc.constantFrom(
      '',
      '0',
      '00',
      '1',
      '10',
      '11',
      '12',
      '179',
      '86',
      '0086',
      '861',
      '8610',
      '001',
      '011',
    );
    const region = fc.constantFrom(undefined, 'CN', 'US', 'CA', 'PR', 'GB', 'HK');
    fc.assert(
      fc.property(prefix, rest, fc.boolean(), region, (start, end, plus, from) => {
        compare({ international: plus, digits: start + end }, from);
      }),
      { numRuns: 60_000 },
    );
  });
});

describe('the metadata', () => {
  it('knows the type of every number it calls valid, so that no type means not valid', () => {
    const plans = [...Object.values(metadata.countries), ...Object.values(metadata.nonGeographic)];
    expect(plans.filter((plan) => !Array.isArray(plan?.[11]))).toEqual([]);
  });

  it('has the calling codes that the generated file lists, none the beginning of another', () => {
    const codes = [...Object.keys(metadata.country_calling_codes), ...Object.keys(metadata.nonGeographic)];
    for (const code of codes) expect(callingCodeOf(`${code}23456789`)).toBe(code);
    expect(callingCodeOf('999123456')).toBeUndefined();
    expect(callingCodeOf('')).toBeUndefined();
  });
});
