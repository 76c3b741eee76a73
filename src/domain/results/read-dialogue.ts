import { plainLabel, type ResultsMapping } from './mapping';
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

type DialogueMember = NonNullable<ResultsMapping['dialogue']>;

/** What was said, in order, by whom. No word of it is lost because it lies otherwise than the mapping says. */
export function readDialogue({ dialogue }: ResultsMapping, row: unknown): ReadDialogue {
  const read: ReadDialogue = { lines: [], unknownSpeakers: [], fault: false };
  if (dialogue === undefined) return read;
  const unknown = new Set<string>();
  for (const item of valuesAt(row, dialogue.lines).flat()) {
    if (item === null || item === '') continue;
    const speaker = speakerOf(dialogue, item, unknown);
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

function speakerOf({ speaker }: DialogueMember, item: unknown, unknown: Set<string>): Line['speaker'] {
  const named = plainLabel(valuesAt(item, speaker.at).map(textOf)[0] ?? '');
  if (speaker.customer.map(plainLabel).includes(named)) return 'customer';
  if (speaker.agent.map(plainLabel).includes(named)) return 'agent';
  unknown.add(named);
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
