import fc from 'fast-check';
import { uuidV7, uuidV7Floor, uuidV7Instant } from './uuid-v7';

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('uuidV7', () => {
  it('reads back the instant of the example in RFC 9562, appendix A.6', () => {
    expect(uuidV7Instant('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(Date.parse('2022-02-22T19:22:22Z'));
  });

  it('has the shape of version 7 and holds exactly its instant', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const id = uuidV7(at);
        expect(id).toMatch(SHAPE);
        expect(uuidV7Instant(id)).toBe(at);
      }),
    );
  });

  it('ascends within a millisecond, never twice the same', () => {
    const at = 1_795_132_800_000;
    let previous = uuidV7(at);
    for (let i = 0; i < 200_000; i += 1) {
      const next = uuidV7(at);
      if (next <= previous) throw new Error(`${next} came after ${previous}.`);
      previous = next;
    }
    expect(uuidV7Instant(previous)).toBe(at);
  });

  it('starts from new random bits when the instant changes, also backwards', () => {
    const ids = new Set<string>();
    for (let i = 0; i < 20_000; i += 1) ids.add(uuidV7(1_000 + (i % 2)).slice(14));
    expect(ids.size).toBe(20_000);
  });

  it('spreads its random bits', () => {
    const ones = new Array<number>(128).fill(0);
    const runs = 4_000;
    for (let i = 0; i < runs; i += 1) {
      const bits = BigInt(`0x${uuidV7(i).replaceAll('-', '')}`)
        .toString(2)
        .padStart(128, '0');
      for (let bit = 0; bit < 128; bit += 1) if (bits[bit] === '1') ones[bit] = (ones[bit] ?? 0) + 1;
    }
    // Bits 53-63 and 66-127 are free; 52 is kept clear for steps, 48-51 and 64-65 say version and variant.
    const free = [...Array(128).keys()].filter((bit) => (bit >= 53 && bit < 64) || bit >= 66);
    for (const bit of free) expect(Math.abs((ones[bit] ?? 0) / runs - 0.5)).toBeLessThan(0.06);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 48])('refuses the instant %d', (at) => {
    expect(() => uuidV7(at)).toThrow(RangeError);
  });

  it.each(['', 'x', '017f22e2-79b0-4cc3-98c4-dc0c0c07398f', '017f22e279b07cc398c4dc0c0c07398f'])(
    'refuses to read %s',
    (id) => {
      expect(() => uuidV7Instant(id)).toThrow(RangeError);
    },
  );
});

it('has a floor below every id of its moment and above all before', () => {
  const at = Date.UTC(2026, 10, 20, 2);
  expect(uuidV7Floor(at) < uuidV7(at)).toBe(true);
  expect(uuidV7Floor(at) > uuidV7(at - 1)).toBe(true);
});
