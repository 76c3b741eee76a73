import { fold } from '../text/fold';
import { BLANK, BREAK } from '../text/views';

export type WordClasses = Readonly<Record<string, readonly string[]>>;

/** Deeper than any class is made of others: a class that names itself would never end. */
const DEEPEST = 5;

/**
 * Compiles a pattern of a rule file. `{name}` is any word of that class; `..3` at most three characters (three words
 * where words are spaced) of the same clause between; `~9` the same across clauses; `,,9` the same without a word for the speaker himself; `(a|b)`, `?` and `(?!a)` as in
 * regular expressions; `^` and `$` are the ends of the text, `<` and `>` those of the clause; in spaced languages a
 * word that ends in `-` may go on. Nothing repeats without bound, so the time to read a text grows with its length only.
 *
 * @throws Error on a class that does not exist, or on a sign that could repeat without bound.
 */
export function compile(pattern: string, classes: WordClasses, spaced: boolean): RegExp {
  const expanded = expand(fold(pattern), classes, 0);
  if (/[*+\\{}]/.test(expanded)) throw new Error(`Not allowed in a pattern: ${pattern}`);
  const own = Object.entries(classes).flatMap(([name, words]) => (name === 'self' ? words : []));
  const self = fold(own.join(spaced ? ' |' : '|'));
  const source = expanded.replace(SIGNS, (sign) => signs(spaced)[sign] ?? part(sign, spaced, self));
  return new RegExp(spaced ? `(?<= )${source}` : source, 'gu');
}

function expand(pattern: string, classes: WordClasses, depth: number): string {
  return pattern.replace(/\{([a-z-]+)\}/g, (_, name: string) => {
    const words = classes[name];
    if (words === undefined || depth > DEEPEST) throw new Error(`No such word class: ${name}`);
    return `(${words.map((word) => expand(fold(word), classes, depth + 1)).join('|')})`;
  });
}

const SIGNS = /(?:\.\.|,,|~)\d+|\(\?<?[!=]|[()|?^$<>]|\s+|[^\s()|?^$<>~.]+/g;

const SPACED: Readonly<Record<string, string>> = {
  '(': '(?:',
  '^': '(?<=^ )',
  '<': '(?<=(?:^|\\|) )',
  '>': '(?=\\||$)',
};
const TIGHT: Readonly<Record<string, string>> = {
  '(': '(?:',
  '<': '(?<![^|])',
  '>': '(?![^|])',
};
const signs = (spaced: boolean): Readonly<Record<string, string>> => (spaced ? SPACED : TIGHT);

/** In spaced languages every word takes the blank after it: a gap is then a repetition of "word, blank". */
function part(sign: string, spaced: boolean, self: string): string {
  const [, kind, most] = /^(\.\.|,,|~)(\d+)$/.exec(sign) ?? [];
  if (most !== undefined) {
    const stops = kind === '~' ? '' : `${BREAK}${BLANK}`;
    const one = spaced ? `[^ ${stops}]{1,64} ` : `[^${stops}]`;
    return `(?:${kind === ',,' ? `(?!${self}${spaced ? ' ' : ''})` : ''}${one}){0,${most}}`;
  }
  if (/^\s/.test(sign)) return '';
  if (!spaced || /^[()|?$]/.test(sign)) return sign;
  return `(?:${sign.replace(/-$/, '[^ |]{0,24}')} )`;
}
