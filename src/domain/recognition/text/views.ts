/** Marks where a clause ends in both views. */
export const BREAK = '|';
/** Stands where an innocent phrase was taken out: no rule may reach over it. */
export const BLANK = '_';

/** The same text in the two forms that rules are written for. */
export interface Views {
  /** Words with one blank between, before the first and after the last: for scripts with blanks. */
  spaced: string;
  /** No blanks at all: for Chinese, Japanese and Korean. */
  tight: string;
}

const BREAKS = /[,.;:!?。、،؛؟।…·\n\r()[\]{}"“”„«»<>「」『』【】《》〈〉/\\|~～—–]+|(?<=\s)-+(?=\s)|--+/g;
/** An hour, an amount or a rate is one word. */
const INSIDE_NUMBER = /(?<=\d)[.,:](?=\d)/g;
/** `opt-out`, `un-unsubscribe` and `t-shirt` are one word. */
const INSIDE_WORD = /(?<=[\p{L}\p{N}])[-_](?=[\p{L}\p{N}])/gu;
const SYMBOLS = /[^\p{L}\p{M}\p{N}+%$@&*#|]+/gu;
/** Between Latin and Chinese words nobody types a blank. */
const SCRIPT_CHANGE =
  /(?<=[\p{Script=Latin}\d])(?=[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}])|(?<=[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}])(?=[\p{Script=Latin}\d])/gu;
const DRAWN_OUT = /([\p{Script=Latin}\p{Script=Arabic}\p{Script=Devanagari}])\1{2,}/gu;
/** `s t o p`, `s.t.o.p`: three letters or more that stand alone. */
const SPELLED =
  /(?<![\p{L}\p{N}])(?:t[.*_-]d|\p{Script=Latin}(?:[ .*_-]{1,2}\p{Script=Latin}){2,})(?![\p{L}\p{N}])/gu;

/** Signs around a text are no clauses: `^` and `$` of a pattern mean its first and its last word. */
const AROUND = /^[ |]+|(?<![ |])[ |]+$/g;

/** @param folded as `fold` gives it. */
export function viewsOf(folded: string): Views {
  const plain = folded
    .replace(SPELLED, (letters) => letters.replace(/[^\p{L}]/gu, ''))
    .replace(DRAWN_OUT, '$1')
    .replace(INSIDE_NUMBER, '')
    .replace(INSIDE_WORD, '')
    .replace(BREAKS, ` ${BREAK} `)
    .replace(SYMBOLS, ' ')
    .replace(AROUND, '');
  return {
    spaced: ` ${plain.replace(SCRIPT_CHANGE, ' ').trim()} `.replace(/ {2,}/g, ' '),
    tight: plain.replace(/ /g, ''),
  };
}
