/** One example: the numbers of its features, whether it is one of those looked for, and how much it counts. */
export interface Example {
  features: readonly number[];
  is: boolean;
  weight: number;
}

export interface Penalty {
  /** Of the absolute value of a weight: what makes most of them nothing. */
  sparse: number;
  /** Of its square: what keeps the others small. */
  small: number;
}

const MOST_PASSES = 60;
/** Every few passes all features are looked at; between, those that have a weight. */
const FULL_EVERY = 5;
const SETTLED = 1e-3;
const LONGEST_STEP = 1.5;

/**
 * Logistic regression on features that are there or not, with an elastic net (Zou and Hastie, JRSS B 67, 2005), by
 * coordinate descent (Friedman, Hastie and Tibshirani, J. Stat. Softw. 33, 2010). Feature 0 is in every example and has
 * no penalty. There is no chance in it: the same examples give the same weights.
 */
export function regress(examples: readonly Example[], features: number, penalty: Penalty): Float64Array {
  const state = start(examples, features);
  let worth = Array.from({ length: features }, (_, feature) => feature);
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const full = pass % FULL_EVERY === 0;
    const tried = full ? state.columns.map((_, feature) => feature) : worth;
    let furthest = 0;
    for (const feature of tried) furthest = Math.max(furthest, Math.abs(step(state, feature, penalty)));
    if (full) worth = tried.filter((feature) => feature === 0 || state.weights[feature] !== 0);
    if (full && furthest < SETTLED) break;
  }
  return state.weights;
}

interface State {
  weights: Float64Array;
  /** The examples that have a feature. */
  columns: number[][];
  sign: Float64Array;
  counts: Float64Array;
  margins: Float64Array;
  /** How wrong each example is judged, between 0 and 1. */
  wrong: Float64Array;
}

function start(examples: readonly Example[], features: number): State {
  const columns = Array.from({ length: features }, (): number[] => []);
  examples.forEach((example, index) => example.features.forEach((feature) => columns[feature]?.push(index)));
  return {
    weights: new Float64Array(features),
    columns,
    sign: Float64Array.from(examples, ({ is }) => (is ? 1 : -1)),
    counts: Float64Array.from(examples, ({ weight }) => weight),
    margins: new Float64Array(examples.length),
    wrong: new Float64Array(examples.length).fill(0.5),
  };
}

/** One Newton step along one weight, as far as the penalty lets it. */
function step(state: State, feature: number, { sparse, small }: Penalty): number {
  const { weights, columns, sign, counts, margins, wrong } = state;
  const column = columns[feature] ?? [];
  const at = (values: Float64Array, index: number): number => values[index] as number;
  const weight = at(weights, feature);
  let slope = 0;
  let bend = 0;
  for (const index of column) {
    const share = at(wrong, index);
    slope -= at(counts, index) * at(sign, index) * share;
    bend += at(counts, index) * share * (1 - share);
  }
  const shrink = feature === 0 ? 0 : small;
  bend = Math.max(bend, 1e-3) * 1.05 + shrink;
  const aim = weight - (slope + shrink * weight) / bend;
  const threshold = feature === 0 ? 0 : sparse / bend;
  const moved = Math.sign(aim) * Math.max(0, Math.abs(aim) - threshold) - weight;
  const change = Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, moved));
  if (change === 0) return 0;
  weights[feature] = weight + change;
  for (const index of column) {
    margins[index] = at(margins, index) + change;
    wrong[index] = 1 / (1 + Math.exp(at(sign, index) * at(margins, index)));
  }
  return change;
}
