import { BLANK } from '../text/views';
import { compile, type WordClasses } from './pattern';
import type { Channel, Sense } from './senses';
import arabic from '../words/ar.json';
import chinese from '../words/zh.json';
import english from '../words/en.json';
import french from '../words/fr.json';
import german from '../words/de.json';
import hindi from '../words/hi.json';
import italian from '../words/it.json';
import japanese from '../words/ja.json';
import korean from '../words/ko.json';
import portuguese from '../words/pt.json';
import romanised from '../words/romanised.json';
import spanish from '../words/es.json';

/** A language as its file has it. */
interface PackFile {
  language: string;
  spaced: boolean;
  words: WordClasses;
  /** Phrases in which a word of ours has nothing to do with contact; they are taken out first. */
  innocent: string[];
  /** Phrases of messages that were meant for friends and family; they are taken out of an SMS. */
  friends?: string[];
  rules: { id: string; sense: string; channel?: string; match: string[]; unless?: string[] }[];
}

interface Rule {
  id: string;
  sense: Sense;
  channel: Channel | undefined;
  match: RegExp[];
  unless: RegExp[];
}

export interface Pack {
  language: string;
  spaced: boolean;
  blank: string;
  innocent: RegExp[];
  friends: RegExp[];
  rules: Rule[];
}

/** The languages as their files have them. */
export const LANGUAGE_FILES: readonly PackFile[] = [
  chinese,
  romanised,
  english,
  spanish,
  french,
  german,
  italian,
  portuguese,
  hindi,
  japanese,
  korean,
  arabic,
];

export const PACKS: readonly Pack[] = LANGUAGE_FILES.map(packOf);

function packOf({ language, spaced, words, innocent, friends = [], rules }: PackFile): Pack {
  const all = (patterns: readonly string[]): RegExp[] =>
    patterns.map((pattern) => compile(pattern, words, spaced));
  return {
    language,
    spaced,
    blank: spaced ? `${BLANK} ` : BLANK,
    innocent: all(innocent),
    friends: all(friends),
    rules: rules.map(({ id, sense, channel, match, unless = [] }) => ({
      id,
      sense: sense as Sense,
      channel: channel as Channel | undefined,
      match: all(match),
      unless: all(unless),
    })),
  };
}
