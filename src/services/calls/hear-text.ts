import { setImmediate as othersFirst } from 'node:timers/promises';
import type { Heard, Hint, SpeechLabel } from '../../domain/recognition/labels';
import { recogniseSpeech } from '../../domain/recognition/recognise-speech';

/** Hardly a turn of a call is longer; some milliseconds, whatever is said. */
const LONGEST = 1_000;
/** A refusal is heard across a cut. */
const OVERLAP = 200;

/**
 * Hears what was said, however long, without holding up the process that decides calls. A longer text is heard in parts,
 * and whatever is heard in any of them counts: what one part refuses no other takes back.
 */
export async function hearText(text: string, hint: Hint): Promise<Heard<SpeechLabel>> {
  const [first = '', ...rest] = partsOf(text);
  let whole = recogniseSpeech(first, hint);
  for (const part of rest) {
    await othersFirst();
    whole = joined(whole, recogniseSpeech(part, hint));
  }
  return whole;
}

/** Cut between sentences, or at least between words, because half a word may be another one. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0, to = 0; to < text.length; from = breakBefore(text, to - OVERLAP)) {
    to = from + LONGEST >= text.length ? text.length : breakBefore(text, from + LONGEST);
    parts.push(text.slice(from, to));
  }
  return parts;
}

/** The last place before `at`, and not far before it, where something ends. */
function breakBefore(text: string, at: number): number {
  const from = at - OVERLAP;
  const before = text.slice(from, at);
  for (const end of [AFTER_SENTENCE, AFTER_WORD]) {
    const found = before.search(end);
    if (found >= 0) return from + found + 1;
  }
  return at;
}

const AFTER_SENTENCE = /[.!?。！？;；\n](?=[^.!?。！？;；\n]*$)/;
const AFTER_WORD = /[\s,，、](?=[^\s,，、]*$)/;

function joined(one: Heard<SpeechLabel>, other: Heard<SpeechLabel>): Heard<SpeechLabel> {
  const labels = [...new Set([one, other].flatMap(({ label, also }) => [label, ...also]))];
  const [label = 'continue', ...also] = labels.filter((named) => named !== 'continue');
  const refusals = [one, other].filter((part) => refuses(part));
  const [reach, ...reaches] = new Set(refusals.map((part) => part.reach));
  const later = other.later ?? one.later;
  return {
    label,
    also,
    language: one.label === 'continue' ? other.language : one.language,
    ...(reach === undefined || reaches.length > 0 ? {} : { reach }),
    ...(later === undefined ? {} : { later }),
    rules: [...new Set([...one.rules, ...other.rules])],
  };
}

const refuses = ({ label, also }: Heard<SpeechLabel>): boolean =>
  [label, ...also].includes('refuse_permanent');
