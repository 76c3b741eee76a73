import { plainLabel, type ResultsMapping, speakerNamed } from './mapping';
import { textOf, valuesAt } from './pointer';

/** `unknown`: the mapping does not know who spoke. It is heard like the customer, because that is the safe error. */
export interface Line {
  speaker: 'customer' | 'agent' | 'unknown';
  text: string;
}

export interface ReadDialogue {
  lines: Line[];
  /** What stood for a speaker and is in no list of the mapping, each once; empty text where nothing did. */
  unknownSpeakers: string[];
  /** Something there is not what a dialogue is made of. All words in it are lines all the same. */
  fault: boolean;
}

/** Nobody maps more; each of them is heard as the customer's all the same. */
const MOST_UNKNOWN = 100;

/** What was said, in order, by whom. No word of it is lost because it lies otherwise than the mapping says. */
export function readDialogue(mapping: ResultsMapping, row: unknown): ReadDialogue {
  const { dialogue } = mapping;
  const read: ReadDialogue = { lines: [], unknownSpeakers: [], fault: false };
  if (dialogue === undefined) return read;
  const unknown = new Set<string>();
  for (const item of valuesAt(row, dialogue.lines).flat()) {
    if (item === null || item === '') continue;
    const speaker = speakerOf(mapping, dialogue.speaker.at, item, unknown);
    const values = valuesAt(item, dialogue.text);
    const plain = isLine(item) && values.length > 0 && values.every(isWord);
    if (!plain) read.fault = true;
    for (const text of plain ? values.map(textOf) : wordsIn(item)) {
      if (text !== undefined) read.lines.push({ speaker, text });
    }
  }
  read.unknownSpeakers.push(...unknown);
  return read;
}

function speakerOf(
  mapping: ResultsMapping,
  at: string,
  item: unknown,
  unknown: Set<string>,
): Line['speaker'] {
  const word = valuesAt(item, at).map(textOf)[0] ?? '';
  const named = speakerNamed(mapping, word);
  if (named !== undefined) return named;
  if (unknown.size < MOST_UNKNOWN) unknown.add(plainLabel(word));
  return 'unknown';
}

const isLine = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value);
const isWord = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** Every text in a value, in order; without recursion, because its depth is the sender's choice. */
function wordsIn(value: unknown): string[] {
  const words: string[] = [];
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part === 'string' && part.trim() !== '') words.push(part.trim());
    if (typeof part !== 'object' || part === null) continue;
    for (const inner of Object.values(part).reverse()) open.push(inner);
  }
  return words;
}
