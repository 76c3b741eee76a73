import { LANGUAGE_FILES } from '../rules/packs';
import type { WordClasses } from '../rules/pattern';
import { fold } from '../text/fold';
import { BREAK, type Views } from '../text/views';

/** A word of one of the rules' word classes, and where: in words or in characters, and in which clause. */
export interface ClassHit {
  name: string;
  at: number;
  clause: number;
}

/** Longer words of a class than that are phrases, which rules read better. */
const MOST_WORDS = 3;
const MOST_CHARACTERS = 6;
const SHORTEST_STEM = 3;
/** Two classes that belong to each other stand no farther apart. */
const FARTHEST = 12;
/** A word whose pattern has more spellings is a rule rather than a word. */
const MOST_SPELLINGS = 60;
const DEEPEST = 5;

type Lexicon = Map<string, Set<string>>;
interface Classes {
  language: string;
  spaced: boolean;
  words: Lexicon;
  /** What a word of a spaced language that goes on begins with. */
  stems: Lexicon;
}

const LOOKAROUND = /\(\?<?[!=][^()]*\)/g;
const GROUP = /\(([^()]*)\)(\?)?/;
const MAYBE = /(.)\?/u;
const PATTERN_SIGNS = /[[\](){}^$<>~.?|]/;

const CLASSES: readonly Classes[] = LANGUAGE_FILES.map(({ language, spaced, words }) => {
  const lexicons: Classes = { language, spaced, words: new Map(), stems: new Map() };
  for (const [name, patterns] of Object.entries(words)) {
    for (const word of patterns.flatMap((pattern) => spellingsOf(fold(pattern), words, spaced, 0))) {
      const stem = spaced && word.endsWith('-');
      put(stem ? lexicons.stems : lexicons.words, stem ? word.slice(0, -1) : word, name);
    }
  }
  return lexicons;
});

function put(lexicon: Lexicon, word: string, name: string): void {
  const names = lexicon.get(word) ?? new Set<string>();
  lexicon.set(word, names.add(name));
}

/** The plain words that a pattern of a class stands for; none where it is more than words. */
function spellingsOf(pattern: string, classes: WordClasses, spaced: boolean, depth: number): string[] {
  const plain = pattern.replace(LOOKAROUND, '');
  const again = (next: string): string[] => spellingsOf(next, classes, spaced, depth + 1);
  if (depth > DEEPEST) return [];
  const [, name] = /^\{([a-z-]+)\}$/.exec(plain) ?? [];
  if (name !== undefined) return (classes[name] as readonly string[]).flatMap((word) => again(fold(word)));
  const [group, inner = '', optional] = GROUP.exec(plain) ?? [];
  if (group !== undefined) {
    const choices = [...inner.split('|'), ...(optional === undefined ? [] : [''])];
    return choices.flatMap((choice) => again(plain.replace(group, choice))).slice(0, MOST_SPELLINGS);
  }
  const [maybe, character = ''] = (!spaced && MAYBE.exec(plain)) || [];
  if (maybe !== undefined) return ['', character].flatMap((one) => again(plain.replace(maybe, one)));
  return plain === '' || PATTERN_SIGNS.test(plain) ? [] : [plain];
}

/** Words of the rules' classes, in the order of the text. */
export function classesIn(views: Views, languages: readonly string[]): ClassHit[] {
  return CLASSES.filter(({ language }) => languages.includes(language)).flatMap((classes) =>
    classes.spaced ? spacedHits(views.spaced.trim().split(' '), classes) : tightHits(views.tight, classes),
  );
}

function spacedHits(words: readonly string[], classes: Classes): ClassHit[] {
  let clause = 0;
  return words.flatMap((word, at) => {
    if (word === BREAK) clause += 1;
    const names = new Set<string>();
    for (let count = 1; count <= MOST_WORDS; count++) {
      addAll(names, classes.words.get(words.slice(at, at + count).join(' ')));
    }
    for (let length = SHORTEST_STEM; length <= word.length; length++) {
      addAll(names, classes.stems.get(word.slice(0, length)));
    }
    return [...names].map((name) => ({ name, at, clause }));
  });
}

function tightHits(text: string, classes: Classes): ClassHit[] {
  let clause = 0;
  return Array.from({ length: text.length }, (_, at) => at).flatMap((at) => {
    if (text[at] === BREAK) clause += 1;
    const names = new Set<string>();
    for (let length = 1; length <= MOST_CHARACTERS; length++) {
      addAll(names, classes.words.get(text.slice(at, at + length)));
    }
    return [...names].map((name) => ({ name, at, clause }));
  });
}

function addAll(names: Set<string>, more: ReadonlySet<string> | undefined): void {
  more?.forEach((name) => names.add(name));
}

/** Each class that has a word in the text, and each two of them that follow one another within a clause. */
export function classCues(hits: readonly ClassHit[]): Set<string> {
  const cues = new Set<string>();
  hits.forEach(({ name, at, clause }, index) => {
    cues.add(`{${name}}`);
    for (let next = index + 1; next < hits.length; next++) {
      const other = hits[next] as ClassHit;
      if (other.clause !== clause || other.at - at >= FARTHEST || other.at < at) break;
      if (other.at > at) cues.add(`{${name}} … {${other.name}}`);
    }
  });
  return cues;
}
