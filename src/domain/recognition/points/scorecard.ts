import type { Channel } from '../rules/senses';
import card from './card.json';
import han from './han.json';
import latin from './latin.json';
import others from './others.json';
import rules from './rules.json';

/** Whole points of a cue: when it is written, and when it is said. Positive ones speak for a stop of contact. */
type Points = readonly number[];

const COLUMN: Readonly<Record<Channel, number>> = { sms: 0, speech: 1 };
const POINTS: ReadonlyMap<string, Points> = new Map(
  [han, latin, others, rules].flatMap((cues: Readonly<Record<string, Points>>) => Object.entries(cues)),
);
/** In a record stand the cues that decided, and not all of them. */
const MOST_NAMED = 5;

export interface Weighed {
  /** Of the text alone, and with those of the rules that spoke. */
  points: number;
  /** The cues with the most points for the side that the sum is on, the strongest first. */
  cues: string[];
}

/** Above it contact stops where the rules heard no stop. */
export const heardAbove = (channel: Channel): number => card[channel].hear;
/** Below it a stop that the rules heard is none. */
export const droppedBelow = (channel: Channel): number => card[channel].drop;

/**
 * Sums the points of the cues. Which points they have, and both thresholds, is learned from labelled sentences by
 * `npm run points`; sentences that are measured (`heldout.jsonl`) are not among them.
 */
export function weigh(cues: ReadonlySet<string>, channel: Channel): Weighed {
  const column = COLUMN[channel];
  let points = card[channel].start;
  const counted: [string, number][] = [];
  for (const cue of cues) {
    const own = POINTS.get(cue)?.[column];
    if (own === undefined || own === 0) continue;
    points += own;
    counted.push([cue, own]);
  }
  const side = points > 0 ? 1 : -1;
  const strongest = counted.filter(([, own]) => own * side > 0).sort(([, a], [, b]) => (b - a) * side);
  return { points, cues: strongest.slice(0, MOST_NAMED).map(([cue]) => cue) };
}
