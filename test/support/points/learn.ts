import type { Channel } from '../../../src/domain/recognition/rules/senses';
import { type Example, regress } from './logistic';
import type { Sentence } from './sentences';

/** Points are whole: so many make one unit of the logarithm of the odds. */
const POINTS_A_UNIT = 10;
/** A cue that fewer sentences have says nothing. */
const FEWEST_SENTENCES = 3;
const PENALTY = { sparse: 0.25, small: 0.5 };
/** What is said in the other channel teaches as well, but less. */
const OTHER_CHANNEL = 0.4;
const FOLDS = 8;
/** A missed opt-out weighs as much as so many false ones. */
const MISSED_WEIGHS = 3;
/** One that the rules had heard weighs more: they have been widened since their first hearings and are right more often. */
const DROPPED_WEIGHS = 5;
/** Hard sentences are commoner here than in real traffic: plain ones must not come near the threshold. */
const LOWEST = -10;
/** Sentences that the card would judge worse than the rules did are learned again, with more weight, so often. */
const MOST_LESSONS = 24;
const LESSON = 1;

export interface Card {
  start: number;
  hear: number;
  drop: number;
  points: ReadonlyMap<string, number>;
}

interface Tally {
  missed: number;
  demands: number;
  falsely: number;
  innocent: number;
}

interface Judged {
  sentence: Sentence;
  points: number;
}

/** The card of one channel. */
export function learn(sentences: readonly Sentence[], channel: Channel, log: (line: string) => void): Card {
  const folds = foldsOf(sentences.length);
  const judged = [...Array(FOLDS).keys()].flatMap((fold) => {
    const card = fit(
      sentences.filter((_, index) => folds[index] !== fold),
      channel,
      [],
    );
    return sentences
      .filter(({ channel: own, first }, index) => folds[index] === fold && own === channel && first)
      .map((sentence) => ({ sentence, points: sumOf(card, sentence.cues) }));
  });
  const first = ({ first: one }: Sentence): Sentence['now'] => ({
    cues: new Set(),
    stops: one?.stops === true,
    kept: one?.kept === true,
  });
  log(`${channel}: rules alone at first hearing ${written(tally(judged, first, Infinity, -Infinity))}`);
  const { hear, drop } = thresholds(judged, first);
  log(
    `${channel}: with points (cross-validated) ${written(tally(judged, first, hear, drop))}, above ${hear}, below ${drop}`,
  );
  return { ...taught(sentences, channel, hear, drop, log), hear, drop };
}

/** Fits, and goes over what the card would now judge wrongly until nothing is left or it does not help. */
function taught(
  sentences: readonly Sentence[],
  channel: Channel,
  hear: number,
  drop: number,
  log: (line: string) => void,
): Pick<Card, 'start' | 'points'> {
  const lessons: Sentence[] = [];
  for (let lesson = 0; ; lesson++) {
    const card = fit(sentences, channel, lessons);
    const wrong = sentences.filter(
      (sentence) =>
        sentence.channel === channel &&
        sentence.stops === sentence.now.stops &&
        stopsBy(sentence.now, sumOf(card, sentence.now.cues), hear, drop) !== sentence.stops,
    );
    log(
      `${channel}: ${card.points.size} cues, ${wrong.length} fitted sentences judged worse than by the rules`,
    );
    if (wrong.length === 0 || lesson === MOST_LESSONS) return card;
    lessons.push(...wrong);
  }
}

function fit(
  sentences: readonly Sentence[],
  channel: Channel,
  lessons: readonly Sentence[],
): Pick<Card, 'start' | 'points'> {
  const known = namesOf(sentences);
  const numbered = (cues: ReadonlySet<string>): number[] => [
    0,
    ...[...cues].map((cue) => known.get(cue)).filter((id) => id !== undefined),
  ];
  const examples = sentences.map(({ cues, channel: own, stops }): Example => ({
    features: numbered(cues),
    is: stops,
    weight: own === channel ? 1 : OTHER_CHANNEL,
  }));
  const again = lessons.map(({ now, stops }) => ({
    features: numbered(now.cues),
    is: stops,
    weight: LESSON,
  }));
  const weights = regress([...examples, ...again], known.size + 1, PENALTY);
  const rounded = (feature: number): number => Math.round((weights[feature] ?? 0) * POINTS_A_UNIT);
  const points = [...known].map(([cue, id]) => [cue, rounded(id)] as const);
  return { start: rounded(0), points: new Map(points.filter(([, own]) => own !== 0)) };
}

/** In how many sentences a cue stands, and its number. */
function namesOf(sentences: readonly Sentence[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { cues } of sentences) for (const cue of cues) counts.set(cue, (counts.get(cue) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count >= FEWEST_SENTENCES).map(([cue]) => cue);
  return new Map(common.sort().map((cue, index) => [cue, index + 1]));
}

const sumOf = ({ start, points }: Pick<Card, 'start' | 'points'>, cues: ReadonlySet<string>): number =>
  [...cues].reduce((sum, cue) => sum + (points.get(cue) ?? 0), start);

const stopsBy = ({ stops, kept }: Sentence['now'], points: number, hear: number, drop: number): boolean =>
  kept || (stops ? points >= drop : points > hear);

function tally(
  judged: readonly Judged[],
  by: (sentence: Sentence) => Sentence['now'],
  hear: number,
  drop: number,
): Tally {
  const count = { missed: 0, demands: 0, falsely: 0, innocent: 0 };
  for (const { sentence, points } of judged) {
    const stopped = stopsBy(by(sentence), points, hear, drop);
    if (sentence.demands) count.demands += 1;
    if (sentence.demands && !stopped) count.missed += 1;
    if (!sentence.stops) count.innocent += 1;
    if (!sentence.stops && stopped) count.falsely += 1;
  }
  return count;
}

/** Those with the least cost: `hear` first, then what may be dropped. */
function thresholds(
  judged: readonly Judged[],
  by: (sentence: Sentence) => Sentence['now'],
): { hear: number; drop: number } {
  const costOf = (hear: number, drop: number, weight: number): number => {
    const { missed, falsely } = tally(judged, by, hear, drop);
    return missed * weight + falsely;
  };
  const cheapest = (from: number, to: number, cost: (points: number) => number): number =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index).reduce((best, points) =>
      cost(points) < cost(best) ? points : best,
    );
  const hear = cheapest(LOWEST, 40, (points) => costOf(points, -Infinity, MISSED_WEIGHS));
  const drop = cheapest(-60, hear, (points) => costOf(hear, points, DROPPED_WEIGHS));
  return { hear, drop };
}

/** Every sentence has its part, by its place in a fixed shuffle. */
function foldsOf(length: number): number[] {
  let state = 7;
  return Array.from({ length }, () => {
    // Numerical Recipes' generator: a shuffle needs no more.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * FOLDS);
  });
}

const written = ({ missed, demands, falsely, innocent }: Tally): string =>
  `missed ${missed} of ${demands} (${((100 * missed) / demands).toFixed(1)} %), false ${falsely} of ${innocent} (${((100 * falsely) / innocent).toFixed(1)} %)`;
