import type { Line } from './read-dialogue';

/** A piece of what the other side said, as it is given to the recogniser. */
export interface Passage {
  text: string;
  /** The line in which it ends. */
  line: number;
  /** The mapping says that the customer spoke; otherwise nobody knows. */
  sure: boolean;
}

/** Longer pieces are heard in parts: hardly a turn of a call is longer, and no part holds up whoever decides calls. */
const LONGEST = 400;
const OVERLAP = 80;

/**
 * Everything that the other side said, line by line and as a whole: a recogniser of speech may cut a sentence in two,
 * and a refusal must be heard across the cut. The whole is heard in pieces that overlap by a line.
 */
export function passagesOf(lines: readonly Line[]): Passage[] {
  const single: Passage[] = [];
  const whole: Passage[] = [];
  let run: Passage | undefined;
  let joined = 0;
  const close = (): void => {
    if (run !== undefined && joined > 1) whole.push(run);
  };
  for (const [index, { speaker, text }] of lines.entries()) {
    if (speaker === 'agent') continue;
    for (const part of partsOf(text)) {
      const passage = { text: part, line: index, sure: speaker === 'customer' };
      single.push(passage);
      if (run !== undefined && run.text.length + part.length < LONGEST) {
        run = { text: `${run.text} ${part}`, line: index, sure: run.sure && passage.sure };
        joined += 1;
        continue;
      }
      close();
      const before = single.at(-2);
      const overlaps = before !== undefined && before.text.length + part.length < LONGEST;
      run = overlaps
        ? { ...passage, text: `${before.text} ${part}`, sure: before.sure && passage.sure }
        : passage;
      joined = overlaps ? 2 : 1;
    }
  }
  close();
  return [...single, ...whole];
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from === 0 || from + OVERLAP < text.length; from += LONGEST - OVERLAP) {
    parts.push(text.slice(from, from + LONGEST));
  }
  return parts;
}
