import { bannedPhrases, disclosure as labels } from './script-words.json';

/** Something a reviewer should look at; it refuses nothing. */
export interface ScriptWarning {
  code: 'BANNED_PHRASE';
  phrase: string;
  source: string;
}

/** What a spoken label lacks; undefined where it names both elements. */
export type DisclosureFault = 'empty' | 'no_ai_element' | 'no_synthetic_element';

/** Full-width forms and capitals are one with their plain forms: ＡＩ is AI. */
const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/** An abbreviation stands by itself among Latin letters: AI is not in MAIL, nor in j'ai. */
const abbreviations = labels.ai.abbreviations.map(
  (word) => new RegExp(`(?<![\\p{Script=Latin}'’])${escaped(word.toLowerCase())}(?!\\p{Script=Latin})`, 'u'),
);

/**
 * Whether a machine's disclosure says both that it is AI and that the voice is generated or synthetic, in any of the
 * languages of the word list. That it says so truly and clearly is for the person who approves the script.
 */
export function disclosureFault(disclosure: string): DisclosureFault | undefined {
  const text = folded(disclosure);
  if (text.trim() === '') return 'empty';
  const namesAi =
    abbreviations.some((pattern) => pattern.test(text)) ||
    labels.ai.words.some((word) => text.includes(word));
  if (!namesAi) return 'no_ai_element';
  return labels.synthetic.words.some((word) => text.includes(word)) ? undefined : 'no_synthetic_element';
}

/** Phrases of the list that the text holds, each once. */
export function scriptWarnings(text: string): ScriptWarning[] {
  const found = folded(text);
  return bannedPhrases.phrases
    .filter((phrase) => found.includes(folded(phrase)))
    .map((phrase) => ({ code: 'BANNED_PHRASE', phrase, source: bannedPhrases.source }));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
