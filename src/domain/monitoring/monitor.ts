import type { Citation, Force } from '../policy/pack';
import { HOUR, type Instant } from '../time/instant';

/** What is watched of the calls of a campaign and of a vendor; each is a rate, and one monitor watches each. */
export const MEASURES = [
  'refusal_rate',
  'complaint_rate',
  'abandoned_rate',
  'missing_disclosure',
  'unreported_allows',
  'unmapped_results',
] as const;
export type Measure = (typeof MEASURES)[number];

export interface Limits {
  /** A rate above this crosses; one that is equal does not. */
  threshold: number;
  /** Of fewer nothing can be said. */
  minSample: number;
  windowHours: number;
}

/** A monitor as shipped (`src/packs/monitors`); the institution may tighten it. */
export interface Monitor extends Limits {
  id: Measure;
  summary: string;
  force: Force;
  confidence: 'high' | 'medium' | 'low';
  citation: Citation;
  reviewBy: string;
}

/** What became of the allowed calls of some time, and of the vendor's reports of that time. */
export interface Tally {
  allows: number;
  /** Allows whose reports are due, and those of them of which nothing was reported. */
  due: number;
  unreported: number;
  /** Calls that a person took up. */
  answered: number;
  /** In which the person asked not to be called again, or threatened or made a complaint. */
  refused: number;
  complained: number;
  abandoned: number;
  /** Calls of a machine's voice that a person took up and that are over, and those of them without the disclosure. */
  spoken: number;
  undisclosed: number;
  /** Reports of a vendor after the call, and those that no mapping understood whole. */
  results: number;
  unmapped: number;
}

export const NO_CALLS: Tally = Object.freeze({
  allows: 0,
  due: 0,
  unreported: 0,
  answered: 0,
  refused: 0,
  complained: 0,
  abandoned: 0,
  spoken: 0,
  undisclosed: 0,
  results: 0,
  unmapped: 0,
});

export function added(one: Tally, other: Tally): Tally {
  const sum = { ...one };
  for (const member of Object.keys(NO_CALLS) as (keyof Tally)[]) sum[member] += other[member];
  return sum;
}

export interface Figures {
  count: number;
  sample: number;
}

const FIGURES: Readonly<Record<Measure, readonly [keyof Tally, keyof Tally]>> = {
  refusal_rate: ['refused', 'answered'],
  complaint_rate: ['complained', 'answered'],
  // 16 CFR 310.4(b)(4)(i): of all calls answered by a person, and not by a machine.
  abandoned_rate: ['abandoned', 'answered'],
  missing_disclosure: ['undisclosed', 'spoken'],
  unreported_allows: ['unreported', 'due'],
  unmapped_results: ['unmapped', 'results'],
};

export function figuresOf(measure: Measure, tally: Tally): Figures {
  const [count, sample] = FIGURES[measure];
  return { count: tally[count], sample: tally[sample] };
}

export const rateOf = ({ count, sample }: Figures): number => (sample === 0 ? 0 : count / sample);

export const isCrossed = ({ threshold, minSample }: Limits, figures: Figures): boolean =>
  figures.sample >= minSample && figures.sample > 0 && rateOf(figures) > threshold;

/**
 * A window begins so long ago, or anew where two persons lifted the monitor's last stop: what they had seen does not stop
 * again.
 */
export function windowStart({ windowHours }: Limits, now: Instant, liftedAt: Instant | undefined): Instant {
  return Math.max(now - windowHours * HOUR, liftedAt ?? -Infinity);
}

/** A monitor of another window watches something else, so that is no tightening, whatever its numbers. */
export function isTightening(before: Limits, after: Limits): boolean {
  return (
    after.windowHours === before.windowHours &&
    after.threshold <= before.threshold &&
    after.minSample <= before.minSample
  );
}

/** Why a monitor stopped, with its figures. */
export function crossingReason(monitor: Pick<Monitor, 'id'> & Limits, figures: Figures): string {
  const { id, threshold, windowHours, minSample } = monitor;
  const percent = (rate: number): string => `${(rate * 100).toFixed(2)} %`;
  return (
    `Monitor ${id}: ${figures.count} of ${figures.sample} (${percent(rateOf(figures))}) within ${windowHours} hours; ` +
    `at most ${percent(threshold)} of ${minSample} or more.`
  );
}
