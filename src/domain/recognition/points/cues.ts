import type { Sensed } from '../rules/senses';
import { BREAK, type Views } from '../text/views';

/** Longer pieces of text are too rare to learn from. */
const MOST_CHARACTERS_OF_CUE = 4;
const MOST_WORDS = 3;
/** Two words with others between them: `stop … me`. */
const FARTHEST = 5;
/** The stem of a longer word: `mess-`. */
const STEM = 4;
const START = '^';
const END = '$';
/** Scripts without blanks between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/u;
/** What stops contact when it is a label. */
const STOPPING: ReadonlySet<string> = new Set(['opt_out', 'refuse_permanent', 'wrong_person']);

/**
 * The pieces of a text that can have points: runs of one to four characters of scripts without blanks; elsewhere one to
 * three words, two words with others between, and stems. `^` and `$` are the ends of the text, `|` that of a clause.
 */
export function textCues({ spaced, tight }: Views): Set<string> {
  const cues = new Set<string>();
  addRuns(`${START}${tight}${END}`, cues);
  const words = [START, ...spaced.split(' ').filter((word) => word !== ''), END];
  words.forEach((word, at) => {
    if (UNSPACED.test(word)) return;
    addWords(words, at, cues);
    addPairs(words, at, cues);
    if (word.length > STEM) cues.add(`${word.slice(0, STEM)}-`);
  });
  return cues;
}

function addRuns(text: string, cues: Set<string>): void {
  const unspaced = Array.from(text, (character) => UNSPACED.test(character));
  if (!unspaced.includes(true)) return;
  const characters = Array.from(text);
  for (let from = 0; from < characters.length; from++) {
    let run = '';
    let any = false;
    for (let at = from; at < Math.min(characters.length, from + MOST_CHARACTERS_OF_CUE); at++) {
      run += characters[at] as string;
      any ||= unspaced[at] as boolean;
      if (any) cues.add(run);
    }
  }
}

function addWords(words: readonly string[], from: number, cues: Set<string>): void {
  let run = '';
  for (const word of words.slice(from, from + MOST_WORDS)) {
    if (UNSPACED.test(word)) return;
    run += run === '' ? word : ` ${word}`;
    cues.add(run);
  }
}

function addPairs(words: readonly string[], from: number, cues: Set<string>): void {
  const first = words[from] as string;
  const later = words.slice(from + 1, from + FARTHEST + 1);
  const clause = later.includes(BREAK) ? later.slice(0, later.indexOf(BREAK)) : later;
  if (first === BREAK) return;
  for (const word of clause.slice(1)) if (!UNSPACED.test(word)) cues.add(`${first} … ${word}`);
}

/** What the rules said, as cues beside those of the text: each rule, each sense, the labels, how many rules hear a stop. */
export function ruleCues(heard: readonly Sensed[], labels: readonly string[]): Set<string> {
  const stops = heard.filter(({ sense }) => sense === 'stop');
  const stopRules = new Set(stops.map(({ rule }) => rule)).size;
  return new Set([
    ...heard.map(({ rule }) => `rule:${rule}`),
    ...heard.map(({ sense }) => `sense:${sense}`),
    ...labels.map((label) => `label:${label}`),
    ...(labels.some((label) => STOPPING.has(label)) ? [] : ['rules:no-stop']),
    ...(stopRules > 1 ? ['rules:two-stops'] : []),
    ...(stopRules > 2 ? ['rules:three-stops'] : []),
    ...(stops.length > 1 ? ['rules:stop-twice'] : []),
    ...(stops.length > 3 ? ['rules:stop-four-times'] : []),
  ]);
}
