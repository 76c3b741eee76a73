import type { Hint } from '../labels';
import keywords from '../words/keywords.json';
import courtesies from '../words/courtesies.json';
import { fold } from './fold';
import { BREAK } from './views';

export type KeywordLabel = 'opt_out' | 'opt_in' | 'help';

interface Keyword {
  label: KeywordLabel;
  rule: string;
}

/** Nobody types more words around a keyword; what is longer is read by the rules. */
const MOST_WORDS = 6;
/** In shorter words one wrong letter makes too many other words. */
const SHORTEST_MISTYPED = 4;

const WORDS = new Map<string, Keyword>();
for (const [label, byLanguage] of Object.entries(keywords)) {
  for (const [language, words] of Object.entries(byLanguage)) {
    for (const word of words) {
      const key = fold(word).replace(/ /g, '');
      const keyword = { label: label as KeywordLabel, rule: `keyword.${label}.${language}` };
      WORDS.set(key, WORDS.get(key) ?? keyword);
    }
  }
}
/** Only whole messages are compared, so that a word which is one letter from a keyword must be listed when it is common. */
const OTHER_WORDS = new Set(courtesies.otherWords.map(fold));
const COURTESY = new Set(courtesies.words.map(fold));
const MISTYPED = [...WORDS].filter(([word]) => /^\p{Script=Latin}{4,}$/u.test(word));
/** Stars and rhombs around a word: *T*, #TD#. */
const EDGES = /^[*#]+|[*#]+$/g;
/** A word of four letters or more that a narrow screen tore into two lines. */
const TORN = /^\s*\p{L}{2,12}\n\p{L}{2,12}\s*$/u;
/** The number that a keyword is sent to: STOP 55512. */
const SHORT_CODE = /^\d{5,6}$/;
const SIGNS = /[\u{1f6d1}\u26d4\u{1f6ab}\u{1f645}\u{1f595}\u{1f515}\u{1f4f5}]/u;

/**
 * A message that is nothing but a keyword, in any spelling, with courtesies around it.
 *
 * @param spaced the spaced view; @param folded the text itself, for a sign without a word.
 */
export function keywordOf(spaced: string, folded: string, hint: Hint): Keyword | undefined {
  const all = spaced
    .split(/[ |]+/)
    .map((word) => word.replace(EDGES, ''))
    .filter((word) => word !== '');
  if (all.length === 0) return SIGNS.test(folded) ? { label: 'opt_out', rule: 'keyword.sign' } : undefined;
  const words = all.filter((word, at) => !COURTESY.has(word) && !(at > 0 && SHORT_CODE.test(word)));
  if (words.length === 0 || words.length > MOST_WORDS) return undefined;
  // "退 订" and "opt out" are one keyword, "stop" and "start" in one message are not.
  const whole =
    spaced.trim().includes(BREAK) && !TORN.test(folded) ? undefined : lookUp(words.join(''), hint);
  if (whole !== undefined) return whole;
  const found = words.map((word) => lookUp(word, hint) ?? mistyped(word));
  const [first] = found;
  return first !== undefined && found.every((one) => one?.label === first.label) ? first : undefined;
}

/** A channel digit may follow the keyword: TD1. A single letter is a keyword in China only. */
function lookUp(typed: string, { country = 'CN', language = 'zh' }: Hint): Keyword | undefined {
  const word = once(typed);
  const plain = WORDS.get(word) ?? WORDS.get(word.replace(/(?<=\p{L})\d$/u, '')) ?? WORDS.get(unleeted(word));
  if (plain?.rule.endsWith('.letters') === true && (country !== 'CN' || !/^(?:zh|yue)/.test(language))) {
    return undefined;
  }
  return plain;
}

/** `tdtdtd` is `td`. */
function once(word: string): string {
  const unit = [2, 4, 3].map((length) => word.slice(0, length)).find((start) => isRepeated(word, start));
  return unit ?? word;
}

const isRepeated = (word: string, unit: string): boolean =>
  word.length > unit.length &&
  word.length % unit.length === 0 &&
  unit.repeat(word.length / unit.length) === word;

const LEET: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
};
const unleeted = (word: string): string =>
  /\p{L}/u.test(word) ? word.replace(/[013457@$]/g, (sign) => LEET[sign] as string) : word;

function mistyped(word: string): Keyword | undefined {
  if (word.length < SHORTEST_MISTYPED || OTHER_WORDS.has(word)) return undefined;
  return MISTYPED.find(([keyword]) => oneEditApart(word, keyword))?.[1];
}

/** One letter wrong, missing, too many, or two changed places. */
export function oneEditApart(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const rests = [
    [same + 1, same + 1],
    [same + 1, same],
    [same, same + 1],
  ] as const;
  if (rests.some(([from, otherFrom]) => one.slice(from) === other.slice(otherFrom))) return true;
  return (
    one[same] === other[same + 1] &&
    one[same + 1] === other[same] &&
    one.slice(same + 2) === other.slice(same + 2)
  );
}
