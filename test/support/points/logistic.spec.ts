import { type Example, regress } from './logistic';

const example = (features: number[], is: boolean, weight = 1): Example => ({
  features: [0, ...features],
  is,
  weight,
});
const times = (count: number, one: Example): Example[] => Array.from({ length: count }, () => one);

describe('a logistic regression', () => {
  // Without a penalty the weights of one feature are the logarithms of the odds, with and without it.
  it('finds the odds where nothing is penalised', () => {
    const examples = [
      ...times(30, example([1], true)),
      ...times(10, example([1], false)),
      ...times(20, example([], true)),
      ...times(40, example([], false)),
    ];
    const [start, weight] = regress(examples, 2, { sparse: 0, small: 0 });
    expect(start).toBeCloseTo(Math.log(20 / 40), 2);
    expect(weight).toBeCloseTo(Math.log(30 / 10) - Math.log(20 / 40), 2);
  });

  it('counts an example by its weight', () => {
    const [start] = regress([example([], true, 3), example([], false)], 1, { sparse: 0, small: 0 });
    expect(start).toBeCloseTo(Math.log(3), 2);
  });

  it('leaves out what says too little, and keeps what says much', () => {
    const examples = [
      ...times(20, example([1, 2], true)),
      ...times(19, example([2], false)),
      ...times(1, example([1], false)),
    ];
    const [, much, little] = regress(examples, 4, { sparse: 2, small: 0.3 });
    expect(much).toBeGreaterThan(1);
    expect(Math.abs(little ?? 1)).toBeLessThan(0.5);
    expect(regress(examples, 4, { sparse: 100, small: 0.3 }).slice(1)).toEqual(new Float64Array(3));
  });

  it('makes weights smaller the more they are penalised, and the same ones every time', () => {
    const examples = [...times(9, example([1], true)), ...times(9, example([], false))];
    const weightOf = (small: number): number => regress(examples, 2, { sparse: 0, small })[1] ?? 0;
    expect(weightOf(5)).toBeLessThan(weightOf(1));
    expect(weightOf(1)).toBe(weightOf(1));
  });
});
