import type { Channel, Sense, Sensed } from '../rules/senses';
import type { Views } from '../text/views';
import { classCues, classesIn } from './classes';
import { ruleCues, textCues } from './cues';
import { droppedBelow, heardAbove, weigh } from './scorecard';

/** What the scorecard says against the rules: a stop they did not hear, or one they heard that is none. */
export interface Verdict {
  stop?: 'heard' | 'dropped';
  /** Names the cues that decided, as rules are named. */
  rules: string[];
}

/** What the rules made of a text, before any points. */
export interface Ruled {
  views: Views;
  /** Those that the text may be in. */
  languages: readonly string[];
  heard: readonly Sensed[];
  /** The labels that the rules of this channel give, the main one first. */
  labels: readonly string[];
}

/** Only these may be dropped: a stranger, a death and a keyword are never talked away. */
const WEAK: ReadonlySet<Sense> = new Set(['stop', 'perhaps_stop']);
export const isWeakStop = ({ sense }: Sensed): boolean => WEAK.has(sense);
const STOPS = ['opt_out', 'refuse_permanent'];
const KEPT = 'wrong_person';

/** Points are counted in the beginning of a text: nobody needs more to say it, and long texts have some of everything. */
const MOST_WEIGHED = 1_000;
export const weighedPart = ({ spaced, tight }: Views): Views => ({
  spaced: spaced.slice(0, MOST_WEIGHED),
  tight: tight.slice(0, MOST_WEIGHED),
});

/** Everything that can have points in a text that the rules have read. */
export function cuesOf({ views, languages, heard, labels }: Ruled): Set<string> {
  const part = weighedPart(views);
  const classes = classCues(classesIn(part, languages));
  return new Set([...textCues(part), ...classes, ...ruleCues(heard, labels)]);
}

/** Whether the points contradict the rules so much that they win. */
export function verdictOf(ruled: Ruled, channel: Channel): Verdict {
  if (ruled.labels.includes(KEPT)) return { rules: [] };
  const { points, cues } = weigh(cuesOf(ruled), channel);
  const heard = ruled.labels.some((label) => STOPS.includes(label));
  const rules = cues.map((cue) => `points.${cue}`);
  if (!heard && points > heardAbove(channel)) return { stop: 'heard', rules };
  if (heard && points < droppedBelow(channel)) return { stop: 'dropped', rules };
  return { rules: [] };
}
