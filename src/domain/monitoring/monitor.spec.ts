import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOUR } from '../time/instant';
import {
  added,
  crossingReason,
  figuresOf,
  isCrossed,
  isTightening,
  type Limits,
  MEASURES,
  NO_CALLS,
  rateOf,
  type Tally,
  windowStart,
} from './monitor';

const NOW = Date.UTC(2026, 10, 20, 2);
const VECTORS = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/monitors/crossings.json'), 'utf8'),
) as {
  cases: {
    id: string;
    threshold: number;
    minSample: number;
    count: number;
    sample: number;
    crossed: boolean;
  }[];
};

/** A tally as calls can make one: no part is more than what it is a part of. */
const part = (whole: fc.Arbitrary<number>) =>
  fc
    .tuple(whole, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([of, share]) => [of, Math.floor(of * share)] as const);
const tally: fc.Arbitrary<Tally> = fc
  .record({
    extra: fc.nat(50),
    due: part(fc.nat(50)),
    refused: part(fc.nat(50)),
    complained: fc.nat(50),
    abandoned: fc.nat(50),
    spoken: part(fc.nat(50)),
    results: part(fc.nat(50)),
  })
  .map(
    ({
      extra,
      due: [due, unreported],
      refused: [answered, refused],
      spoken: [said, undisclosed],
      ...rest
    }) => {
      const spoken = Math.min(said, answered);
      return {
        allows: Math.max(due, answered) + extra,
        due,
        unreported,
        answered,
        refused,
        complained: Math.min(rest.complained, answered),
        abandoned: Math.min(rest.abandoned, answered),
        spoken,
        undisclosed: Math.min(undisclosed, spoken),
        results: rest.results[0],
        unmapped: rest.results[1],
      };
    },
  );
const limits: fc.Arbitrary<Limits> = fc.record({
  threshold: fc.double({ min: 0, max: 1, noNaN: true }),
  minSample: fc.integer({ min: 1, max: 60 }),
  windowHours: fc.constantFrom(1, 24, 720),
});

describe('a monitor', () => {
  it.each(VECTORS.cases)('$id', ({ crossed, count, sample, ...bounds }) => {
    expect(isCrossed({ ...bounds, windowHours: 24 }, { count, sample })).toBe(crossed);
  });

  it('never reads a lower rate for one more refusal, complaint or other fault', () => {
    const worse: [keyof Tally, keyof Tally][] = [
      ['refused', 'answered'],
      ['complained', 'answered'],
      ['abandoned', 'answered'],
      ['undisclosed', 'spoken'],
      ['unreported', 'due'],
      ['unmapped', 'results'],
    ];
    fc.assert(
      fc.property(tally, limits, fc.nat(5), fc.boolean(), (before, bounds, index, newCall) => {
        const measure = MEASURES[index] ?? 'refusal_rate';
        const [count, sample] = worse[index] ?? ['refused', 'answered'];
        const { count: counted, sample: of } = figuresOf(measure, before);
        if (!newCall && counted === of) return;
        const after = { ...before, [count]: before[count] + 1, [sample]: before[sample] + (newCall ? 1 : 0) };
        expect(rateOf(figuresOf(measure, after))).toBeGreaterThanOrEqual(
          rateOf({ count: counted, sample: of }),
        );
        if (isCrossed(bounds, { count: counted, sample: of })) {
          expect(isCrossed(bounds, figuresOf(measure, after))).toBe(true);
        }
      }),
    );
  });

  it('reads the same of parts in any order as of the whole', () => {
    fc.assert(
      fc.property(fc.array(tally, { maxLength: 6 }), (parts) => {
        const sum = parts.reduce(added, NO_CALLS);
        expect([...parts].reverse().reduce(added, NO_CALLS)).toEqual(sum);
        for (const measure of MEASURES) {
          const figures = figuresOf(measure, sum);
          expect(figures.count).toBeLessThanOrEqual(figures.sample);
          expect(rateOf(figures)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('looks back its hours, and never behind the lift of its last stop', () => {
    const bounds = { threshold: 0.1, minSample: 1, windowHours: 24 };
    expect(windowStart(bounds, NOW, undefined)).toBe(NOW - 24 * HOUR);
    expect(windowStart(bounds, NOW, NOW - HOUR)).toBe(NOW - HOUR);
    expect(windowStart(bounds, NOW, NOW - 25 * HOUR)).toBe(NOW - 24 * HOUR);
  });

  it('is tightened by less of what it tolerates, and never loosens what it stops so', () => {
    fc.assert(
      fc.property(limits, limits, tally, (before, after, seen) => {
        if (!isTightening(before, after)) return;
        expect(after.windowHours).toBe(before.windowHours);
        for (const measure of MEASURES) {
          const figures = figuresOf(measure, seen);
          if (isCrossed(before, figures)) expect(isCrossed(after, figures)).toBe(true);
        }
      }),
    );
    const day: Limits = { threshold: 0.1, minSample: 10, windowHours: 24 };
    expect(isTightening(day, day)).toBe(true);
    for (const looser of [{ threshold: 0.2 }, { minSample: 11 }, { windowHours: 25 }, { windowHours: 23 }]) {
      expect(isTightening(day, { ...day, ...looser })).toBe(false);
    }
  });

  it('says its figures and its threshold', () => {
    const monitor = { id: 'abandoned_rate', threshold: 0.03, minSample: 100, windowHours: 720 } as const;
    expect(crossingReason(monitor, { count: 4, sample: 100 })).toBe(
      'Monitor abandoned_rate: 4 of 100 (4.00 %) within 720 hours; at most 3.00 % of 100 or more.',
    );
  });
});
