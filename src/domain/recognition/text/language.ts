import type { Hint } from '../labels';
import functionWords from '../words/function-words.json';
import { fold } from './fold';
import type { Views } from './views';

/** How often the smaller words of a language stand in a text decides which languages in Latin letters it may be in. */
const LATIN = Object.entries(functionWords).map(
  ([language, words]) => [language, new Set(fold(words).split(' '))] as const,
);
/** One word more than its neighbours have: enough for a short text, outweighed in a longer one. */
const HINTED = 1.5;
/** A language with less than this share of the best one's words is not tried. */
const WORTH_TRYING = 0.5;

const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Devanagari}/u, 'hi'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/[\p{Script=Han}\p{Script=Bopomofo}]/u, 'zh'],
];

/** The languages whose rules are worth trying, the likeliest first. */
export function languagesOf({ spaced }: Views, hint: Hint): string[] {
  const found = SCRIPTS.find(([script]) => script.test(spaced))?.[1];
  // A Japanese who types nothing but 受信拒否希望 has left out the letters that would tell.
  const byScript = found === 'zh' && hint.language?.startsWith('ja') === true ? 'ja' : found;
  const words = spaced.split(/[ |]+/).filter((word) => /\p{Script=Latin}/u.test(word));
  const latin = words.length === 0 ? [] : latinLanguages(words, hint);
  return byScript === undefined ? latin : [byScript, ...(latin.length === LATIN.length ? ['en'] : latin)];
}

function latinLanguages(words: readonly string[], hint: Hint): string[] {
  const hinted = hint.language?.split('-')[0];
  const scores = LATIN.map(([language, small]) => {
    const found = words.filter((word) => small.has(word)).length;
    return { language, score: found + (language === hinted ? HINTED : 0) };
  }).sort((a, b) => b.score - a.score);
  const best = Math.max(...scores.map(({ score }) => score));
  return scores.filter(({ score }) => score >= best * WORTH_TRYING).map(({ language }) => language);
}

/** What the hint says in full, when the text does not contradict it. */
export function answerLanguage(languages: readonly string[], hint: Hint): string {
  const [likeliest] = languages;
  if (likeliest === undefined) return hint.language ?? 'und';
  if (hint.language !== undefined && sameLanguage(hint.language, likeliest)) return hint.language;
  return likeliest;
}

/** Cantonese is written like Chinese. */
const sameLanguage = (hinted: string, found: string): boolean =>
  hinted.split('-')[0] === found.split('-')[0] || (hinted.startsWith('yue') && found === 'zh');
