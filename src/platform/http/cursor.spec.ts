import fc from 'fast-check';
import { decodeCursor, encodeCursor, pageOf, startOf } from './cursor';

const rows = [5, 4, 3, 2, 1].map((at) => ({ at, id: `r${at}` }));
const FIRST = Date.parse('0000-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');
const page = (some: typeof rows, limit: number) =>
  pageOf(
    some,
    limit,
    (row) => row,
    ({ id }) => id,
  );

describe('cursors', () => {
  it('point to the next page only where there is one', () => {
    expect(page(rows.slice(0, 3), 2)).toEqual({
      items: ['r5', 'r4'],
      nextCursor: encodeCursor({ at: 4, id: 'r4' }),
    });
    expect(page(rows.slice(0, 2), 2)).toEqual({ items: ['r5', 'r4'], nextCursor: null });
    expect(page([], 2)).toEqual({ items: [], nextCursor: null });
  });

  it('come back as they were given', () => {
    const time = fc.integer({ min: FIRST, max: LAST });
    const id = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\u0000'));
    fc.assert(
      fc.property(time, id, (at, text) => {
        expect(decodeCursor(encodeCursor({ at, id: text }))).toEqual({ at, id: text });
      }),
    );
  });

  it('of a stranger are refused and never thrown over', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => startOf({ cursor: text }, 'text')).toThrow(expect.objectContaining({ code: 'INVALID' }));
      }),
    );
  });

  it.each<[string, unknown, 'uuid' | 'text']>([
    ['no UUID where ids are UUIDs', [1, 'spring-card'], 'uuid'],
    ['NUL', [1, 'a\u0000'], 'text'],
    ['a UUID that we would not write', [1, '0193A000-0000-7000-8000-00000000000B'], 'uuid'],
    ['a time after the year 9999', [LAST + 1, 'a'], 'text'],
    ['a time before the year 0', [FIRST - 1, 'a'], 'text'],
    ['a time in words', ['2026', 'a'], 'text'],
    ['too little', [1], 'text'],
    ['too much', [1, 'a', 2], 'text'],
    ['another shape', { at: 1, id: 'a' }, 'text'],
  ])('are refused with %s', (_, content, ids) => {
    const cursor = Buffer.from(JSON.stringify(content)).toString('base64url');
    expect(() => startOf({ cursor }, ids)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });

  it('start at the beginning when there is none', () => {
    expect(startOf({}, 'uuid')).toEqual({ at: null, id: null });
  });
});
