import { parsePointer, textOf, valuesAt } from './pointer';

/** RFC 6901 section 5. */
const RFC = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

describe('valuesAt', () => {
  it.each([
    ['', [RFC]],
    ['/foo', [['bar', 'baz']]],
    ['/foo/0', ['bar']],
    ['/', [0]],
    ['/a~1b', [1]],
    ['/c%d', [2]],
    ['/i\\j', [5]],
    ['/k"l', [6]],
    ['/ ', [7]],
    ['/m~0n', [8]],
    ['/foo/*', ['bar', 'baz']],
    ['/foo/2', []],
    ['/foo/01', []],
    ['/foo/-', []],
    ['/none', []],
    ['/a~1b/c', []],
    ['/constructor', []],
    ['foo', []],
  ])('finds at %j what RFC 6901 says', (pointer, found) => {
    expect(valuesAt(RFC, pointer)).toEqual(found);
  });

  it('takes every item of lists within lists, and a star as a name where there is no list', () => {
    const body = { calls: [{ lines: [{ t: 1 }, { t: 2 }] }, {}, { lines: [{ t: 3 }] }], '*': 'star' };
    expect(valuesAt(body, '/calls/*/lines/*/t')).toEqual([1, 2, 3]);
    expect(valuesAt(body, '/*')).toEqual(['star']);
    expect(valuesAt(null, '/a')).toEqual([]);
  });

  it('is undefined for what is no pointer, or one deeper than anything is read', () => {
    expect(parsePointer('a')).toBeUndefined();
    expect(parsePointer('/a~2')).toBeUndefined();
    expect(parsePointer('/x'.repeat(16))).toHaveLength(16);
    expect(parsePointer('/x'.repeat(17))).toBeUndefined();
  });
});

describe('textOf', () => {
  it.each([
    ['word', 'word'],
    [' word ', 'word'],
    [7, '7'],
    [false, 'false'],
    ['  ', undefined],
    [null, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('reads %j as %j', (value, text) => expect(textOf(value)).toBe(text));
});
