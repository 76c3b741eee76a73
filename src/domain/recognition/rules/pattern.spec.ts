import { compile } from './pattern';

const CLASSES = {
  self: ['i'],
  dont: ['do not', 'never'],
  contact: ['call-', 'text'],
  both: ['{dont}', '{contact}'],
};
const has = (pattern: string, text: string, spaced = true): boolean =>
  compile(pattern, CLASSES, spaced).test(text);

describe('a pattern', () => {
  it('takes any word of a class, and words that go on', () => {
    expect(has('{dont} {contact}', ' do not calling ')).toBe(true);
    expect(has('{dont} {contact}', ' never texting ')).toBe(false);
    expect(has('{both}', ' text ')).toBe(true);
  });

  it('leaves a bounded gap within a clause', () => {
    expect(has('{dont} ..2 text', ' never ever again text ')).toBe(true);
    expect(has('{dont} ..1 text', ' never ever again text ')).toBe(false);
    expect(has('{dont} ..2 text', ' never | text ')).toBe(false);
    expect(has('{dont} ~2 text', ' never | text ')).toBe(true);
    expect(has('{dont} ..2 text', ' never _ text ')).toBe(false);
  });

  it('stops before the speaker himself', () => {
    expect(has('mom ,,3 text', ' mom says text ')).toBe(true);
    expect(has('mom ,,3 text', ' mom says i text ')).toBe(false);
  });

  it('knows the ends of text and clause', () => {
    expect(has('^ text $', ' text ')).toBe(true);
    expect(has('< text >', ' no | text | yes ')).toBe(true);
    expect(has('< text >', ' no text | yes ')).toBe(false);
    expect(has('<别打>', '好|别打|嗯', false)).toBe(true);
    expect(has('<别打>', '好别打', false)).toBe(false);
  });

  it('leaves a gap of characters where words are not spaced', () => {
    expect(has('别..2打', '别给我打', false)).toBe(true);
    expect(has('别..1打', '别给我打', false)).toBe(false);
    expect(has('别~2打', '别|打', false)).toBe(true);
    expect(has('別..1打', '别再打', false)).toBe(true);
  });

  it.each(['a+', 'a*', 'a\\d', '{nobody}', 'a{2}'])('%s is refused', (pattern) => {
    expect(() => compile(pattern, CLASSES, true)).toThrow();
  });

  it('refuses a class that names itself', () => {
    expect(() => compile('{loop}', { loop: ['{loop}'] }, true)).toThrow('loop');
  });
});
