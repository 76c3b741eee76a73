import type { Instant } from '../time/instant';
import {
  CALL_MEANINGS,
  type Labelled,
  LABELLED,
  type Meaning,
  meaningsOf,
  plainLabel,
  type ResultsMapping,
  WORD_MEANINGS,
} from './mapping';
import { textOf, valuesAt } from './pointer';
import { type Line, readDialogue } from './read-dialogue';
import { readVendorTime } from './vendor-time';

/** A word of the vendor's, and what it means; undefined where the mapping does not know it. */
export interface ReadLabel {
  kind: Labelled | 'speaker';
  text: string;
  meanings?: Meaning[];
}

/** A vendor's report of one call, in our words. */
export interface ReadResult {
  sessionId?: string;
  number?: string;
  labels: ReadLabel[];
  lines: Line[];
  transferred: boolean;
  startedAt?: Instant;
  answeredAt?: Instant;
  endedAt?: Instant;
  seconds?: number;
  recording?: string;
  /** Members of the mapping whose value in this report is nothing that the member can be. */
  faults: string[];
}

/** Where the customer's will stands; `silent`: nowhere, though the call was answered. */
const TELLING = ['dialogue', ...LABELLED, 'silent'] as const;
export type Telling = (typeof TELLING)[number];

const LONGEST_CALL = 86_400;
/** A word that means something is never passed over; of those that nobody mapped so many tell enough. */
const MOST_UNKNOWN = 100;
const TIMES = ['startedAt', 'answeredAt', 'endedAt'] as const;

/** The results in a body. One that is not where the mapping says is a result all the same: nothing is passed over. */
export function rowsOf({ results }: Pick<ResultsMapping, 'results'>, body: unknown): unknown[] {
  const found = results === undefined ? [] : valuesAt(body, results);
  return (found.length === 0 ? [body] : found).flat();
}

/** Never throws, whatever a report is made of: what cannot be read is a fault beside all that can. */
export function readResult(mapping: ResultsMapping, row: unknown): ReadResult {
  const faults: string[] = [];
  const one = (member: string, pointer: string | undefined): string | undefined => {
    const values = pointer === undefined ? [] : valuesAt(row, pointer).filter(isThere);
    const text = values.map(textOf).find((value) => value !== undefined);
    if (values.length > 0 && text === undefined) faults.push(member);
    return text;
  };
  const sessionId = one('sessionId', mapping.sessionId);
  const number = one('number', mapping.number?.at);
  const recording = one('recording', mapping.recording);
  const seconds = secondsOf(one('seconds', mapping.seconds), faults);
  const transferred = one('transferred', mapping.transferred?.at);
  const dialogue = readDialogue(mapping, row);
  if (dialogue.fault) faults.push('dialogue');
  const labels = LABELLED.flatMap((kind) => labelsOf(mapping, kind, row, faults));
  return {
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(number === undefined ? {} : { number }),
    labels: [...labels, ...dialogue.unknownSpeakers.map((text) => ({ kind: 'speaker' as const, text }))],
    lines: dialogue.lines,
    transferred: mapping.transferred?.values.map(plainLabel).includes(plainLabel(transferred ?? '')) ?? false,
    ...timesOf(mapping, row, faults),
    ...(seconds === undefined ? {} : { seconds }),
    ...(recording === undefined ? {} : { recording }),
    faults,
  };
}

/** What of a report may have told the customer's will and could not be read. */
export const unreadIn = ({ faults }: Pick<ReadResult, 'faults'>): Telling[] =>
  TELLING.filter((member) => faults.includes(member));

/**
 * A call was answered, and the report tells nothing of what was said, though the mapping knows where that would lie: a
 * vendor who changes its form must not go unheard. `answered`: somebody said so before.
 */
export function isSilent(
  { dialogue, grade, tag }: ResultsMapping,
  read: ReadResult,
  answered: boolean,
): boolean {
  const expected = dialogue !== undefined || grade !== undefined || tag !== undefined;
  if (!expected || read.lines.length > 0) return false;
  const meant = read.labels.flatMap(({ meanings = [] }) => meanings);
  const judged = read.labels.some(({ kind }) => kind !== 'status') || meant.some(isOfWill);
  if (judged || meant.some((meaning) => UNANSWERED.has(meaning))) return false;
  const talked = read.transferred || read.answeredAt !== undefined || (read.seconds ?? 0) > 0;
  return answered || talked || meant.includes('answered');
}

const UNANSWERED: ReadonlySet<Meaning> = new Set(CALL_MEANINGS.filter((meaning) => meaning !== 'answered'));
const isOfWill = (meaning: Meaning): boolean => (WORD_MEANINGS as readonly Meaning[]).includes(meaning);

/** Different words of one kind, each once. A list may lie where one word was expected, and one word where a list was. */
function labelsOf(mapping: ResultsMapping, kind: Labelled, row: unknown, faults: string[]): ReadLabel[] {
  const values = (mapping[kind] ?? []).flatMap((pointer) => valuesAt(row, pointer).flat()).filter(isThere);
  const texts = values.map(textOf);
  if (texts.includes(undefined)) faults.push(kind);
  const words = new Set(texts.filter((text) => text !== undefined).map(plainLabel));
  const labels: ReadLabel[] = [];
  let unknown = 0;
  for (const text of words) {
    const meanings = meaningsOf(mapping, kind, text);
    if (meanings !== undefined) labels.push({ kind, text, meanings });
    else if (unknown++ < MOST_UNKNOWN) labels.push({ kind, text });
  }
  return labels;
}

function timesOf(
  mapping: ResultsMapping,
  row: unknown,
  faults: string[],
): { [K in (typeof TIMES)[number]]?: Instant } {
  const times: { [K in (typeof TIMES)[number]]?: Instant } = {};
  for (const name of TIMES) {
    const member = mapping[name];
    if (member === undefined) continue;
    const values = valuesAt(row, member.at).filter(isThere);
    const at = values.map((value) => readVendorTime(value, member)).find((time) => time !== undefined);
    if (at !== undefined) times[name] = at;
    else if (values.length > 0) faults.push(name);
  }
  return times;
}

function secondsOf(text: string | undefined, faults: string[]): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Math.round(Number(text));
  if (seconds >= 0 && seconds <= LONGEST_CALL) return seconds;
  faults.push('seconds');
  return undefined;
}

/** Null and the empty word are how many vendors say nothing. */
const isThere = (value: unknown): boolean => value !== null && value !== undefined && value !== '';
