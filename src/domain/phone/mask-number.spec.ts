import Ajv2020 from 'ajv/dist/2020';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskDigits, maskNumber } from './mask-number';

interface Vector {
  readonly id: string;
  readonly raw: string;
  readonly expected: string;
}

const folder = join(__dirname, '../../../test/vectors/phone');
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const vectors = read('masks.json') as { numbers: Vector[]; texts: Vector[] };

const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength }).map((list) => list.join(''));

it('has vectors that fit their schema', () => {
  const validate = new Ajv2020().compile(read('masks.schema.json') as object);
  validate(vectors);
  expect(validate.errors).toBeNull();
});

describe('maskNumber', () => {
  it.each(vectors.numbers)('$id', ({ raw, expected }) => {
    expect(maskNumber(raw)).toBe(expected);
  });

  it('never shows three digits or more of what it hides', () => {
    fc.assert(
      fc.property(digits(6, 11), (rest) => {
        const masked = maskNumber(`+86${rest}`);
        expect(masked.replace(/\D/g, '').length - 2).toBeLessThanOrEqual(rest.length < 10 ? 3 : 7);
        expect(masked).not.toContain(rest);
      }),
    );
  });
});

describe('maskDigits', () => {
  it.each(vectors.texts)('$id', ({ raw, expected }) => {
    expect(maskDigits(raw)).toBe(expected);
  });

  it('leaves no seven digits, however they are parted', () => {
    const gap = fc.constantFrom('', '', ' ', '-', '.', ') ', ' - ', '\u200b', '\u3000');
    const number = fc
      .tuple(digits(7, 15), fc.array(gap, { minLength: 15, maxLength: 15 }))
      .map(([text, gaps]) => [...text].map((c, i) => `${c}${gaps[i] ?? ''}`).join(''));
    fc.assert(
      fc.property(
        fc.string({ maxLength: 10 }),
        number,
        fc.string({ maxLength: 10 }),
        (before, text, after) => {
          const masked = maskDigits(`${before} ${text} ${after}`);
          expect(masked).toContain('‹number›');
          expect(masked.replace(/[\s\-.()\u200b\u3000]/g, '')).not.toMatch(/\d{7}/);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes no longer than the text is long', () => {
    const text = '1 '.repeat(500_000);
    expect(maskDigits(text)).toBe('‹number› ');
    expect(maskDigits('1    '.repeat(100_000))).toHaveLength(500_000);
  });
});
