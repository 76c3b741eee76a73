import Ajv2020 from 'ajv/dist/2020';
import fc from 'fast-check';
import { getCountries, isSupportedCountry } from 'libphonenumber-js/max';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isE164 } from './e164';
import { parseNumber, type NumberVerdict } from './parse-number';
import { emergency } from './tables/emergency-numbers.json';

interface Vector {
  readonly id: string;
  readonly raw: string;
  readonly region?: string;
  readonly expected: NumberVerdict;
}

const folder = join(__dirname, '../../../test/vectors/phone');
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const vectors = read('numbers.json') as { cases: Vector[] };

const digit = fc.integer({ min: 0, max: 9 });
const digits = (minLength: number, maxLength: number) =>
  fc.array(digit, { minLength, maxLength }).map((list) => list.join(''));
const region = fc.constantFrom(undefined, 'CN', 'US', 'CA', 'GB', 'XX', ...getCountries());
const separator = fc.constantFrom('', '', '', ' ', '-', '.', '/', '(', ')', ' - ', '\u3000', '\u2013');

describe('numbers as written', () => {
  it('has vectors that fit their schema, each with an id of its own', () => {
    const validate = new Ajv2020().compile(read('numbers.schema.json') as object);
    validate(vectors);
    expect(validate.errors).toBeNull();
    expect(new Set(vectors.cases.map((c) => c.id)).size).toBe(vectors.cases.length);
  });

  it.each(vectors.cases)('$id', ({ raw, region: from, expected }) => {
    expect(parseNumber(raw, from)).toEqual(expected);
  });

  it('calls an emergency number of a country so wherever that country is meant', () => {
    const calls = Object.entries(emergency).flatMap(([country, list]) =>
      list.split(' ').map((number) => ({ country, number })),
    );
    expect(calls.length).toBeGreaterThan(400);
    for (const { country, number } of calls) {
      expect(isSupportedCountry(country)).toBe(true);
      expect({ country, number, verdict: parseNumber(number, country) }).toEqual({
        country,
        number,
        verdict: { kind: 'not_callable', why: 'emergency' },
      });
    }
  });
});

describe('any text', () => {
  it('is answered, and a valid number is E.164 and means the same when written so', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      digits(1, 20),
      digits(1, 17).map((rest) => `+${rest}`),
      digits(4, 12).map((rest) => `0${rest}`),
    );
    fc.assert(
      fc.property(text, region, (raw, from) => {
        const verdict = parseNumber(raw, from);
        if (verdict.kind !== 'valid') return;
        expect(isE164(verdict.e164)).toBe(true);
        expect(verdict.country).toMatch(/^[A-Z]{2}$/);
        expect(parseNumber(verdict.e164)).toEqual(verdict);
        expect(parseNumber(verdict.e164, 'CN')).toEqual(verdict);
      }),
      { numRuns: 10_000 },
    );
  });

  it('means the same with separators in any place and in full-width digits', () => {
    const shape = fc.tuple(fc.constantFrom('', '+', '+86', '+1', '0', '1'), digits(3, 12));
    fc.assert(
      fc.property(
        shape,
        fc.array(separator, { minLength: 24, maxLength: 24 }),
        region,
        ([prefix, rest], gaps, from) => {
          const plain = prefix + rest;
          const spaced = [...plain].map((c, i) => `${gaps[i] ?? ''}${c}`).join('');
          const wide = spaced.replace(/[+0-9]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
          expect(parseNumber(spaced, from)).toEqual(parseNumber(plain, from));
          expect(parseNumber(wide, from)).toEqual(parseNumber(plain, from));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is no number as soon as one letter stands in it', () => {
    const letter = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .filter((c) => /^\p{L}/u.test(c));
    fc.assert(
      fc.property(digits(0, 12), letter, digits(0, 12), region, (before, between, after, from) => {
        expect(parseNumber(`+${before}${between}${after}`, from)).toEqual({
          kind: 'invalid',
          why: 'not_a_number',
        });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the E.164 form', () => {
  it.each(['+12', '+8613800138000', '+123456789012345'])('%s has it', (text) => {
    expect(isE164(text)).toBe(true);
  });

  it.each([
    '',
    '+',
    '+1',
    '13800138000',
    '+013800138000',
    '+1234567890123456',
    '+86 138',
    '+8613800138000\n',
    '+８６１３',
  ])('%j has not', (text) => {
    expect(isE164(text)).toBe(false);
  });
});
