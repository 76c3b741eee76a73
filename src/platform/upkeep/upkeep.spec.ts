import { HOUR } from '../../domain/time/instant';
import { Metrics } from '../observability/metrics';
import { inPortions } from './in-portions';
import { Upkeep, UpkeepTurn } from './upkeep';

class Scripted extends UpkeepTurn {
  answers: (boolean | Error)[] = [];
  isOurs(): Promise<boolean> {
    const answer = this.answers.shift() ?? true;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

describe('upkeep', () => {
  let said: [object, string][];
  let metrics: Metrics;
  beforeEach(() => {
    jest.useFakeTimers();
    said = [];
    metrics = new Metrics();
  });
  afterEach(() => jest.useRealTimers());

  function open(turn: UpkeepTurn = { isOurs: () => Promise.resolve(true) }): Upkeep {
    const say = (fields: object, message: string): void => void said.push([fields, message]);
    return new Upkeep(turn, { debug: say, info: say, warn: say, error: say }, metrics);
  }
  const hours = (n: number): Promise<void> => jest.advanceTimersByTimeAsync(n * HOUR);

  it('is done every hour, each task on its own', async () => {
    const upkeep = open();
    const done: string[] = [];
    upkeep.register('broken', () => {
      done.push('broken');
      return Promise.reject(new Error('No.'));
    });
    upkeep.register('thrown', () => {
      throw new Error('Not even a promise.');
    });
    let free: (() => void) | undefined;
    upkeep.register('slow', () => {
      done.push('slow');
      return new Promise((resolve) => (free = resolve));
    });
    upkeep.register('whole', () => Promise.resolve(void done.push('whole')));
    upkeep.onApplicationBootstrap();
    await hours(1);
    expect(done).toEqual(['broken', 'slow', 'whole']);
    // What takes long is not begun again beside itself, and keeps nothing else waiting.
    await hours(1);
    expect(done).toEqual(['broken', 'slow', 'whole', 'broken', 'whole']);
    free?.();
    await hours(1);
    expect(done.filter((name) => name === 'slow')).toHaveLength(2);
    expect(said).toContainEqual([
      { err: new Error('No.'), task: 'broken' },
      'Upkeep failed; tried again in an hour.',
    ]);
    const { body } = await metrics.expose();
    expect(body).toMatch(/quietline_upkeep_failures_total\{task="broken"\} 3/);
    expect(body).toMatch(/quietline_upkeep_failures_total\{task="thrown"\} 3/);
    expect(body).toMatch(/quietline_upkeep_failures_total\{task="whole"\} 0/);
    free?.();
    await upkeep.beforeApplicationShutdown();
  });

  it('is left to another process while it is not our turn', async () => {
    const turn = new Scripted();
    turn.answers = [false, new Error('Who knows.'), true];
    const upkeep = open(turn);
    const task = jest.fn(() => Promise.resolve());
    upkeep.register('task', task);
    upkeep.onApplicationBootstrap();
    await hours(2);
    expect(task).not.toHaveBeenCalled();
    expect(said).toHaveLength(1);
    await hours(1);
    expect(task).toHaveBeenCalledTimes(1);
    await upkeep.beforeApplicationShutdown();
  });

  it('ends with the portion in hand when the process stops, and is not begun again', async () => {
    const upkeep = open();
    let portions = 0;
    let next: (() => void) | undefined;
    const task = jest.fn((stopping: AbortSignal) =>
      inPortions(stopping, async () => {
        portions += 1;
        await new Promise<void>((resolve) => (next = resolve));
        return true;
      }),
    );
    upkeep.register('task', task);
    upkeep.onApplicationBootstrap();
    await hours(1);
    next?.();
    await jest.advanceTimersByTimeAsync(0);
    expect(portions).toBe(2);
    let stopped = false;
    const stop = upkeep.beforeApplicationShutdown().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(stopped).toBe(false);
    next?.();
    await stop;
    await hours(2);
    expect(portions).toBe(2);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('holds a stop up for two seconds at most', async () => {
    const upkeep = open();
    upkeep.register('hanging', () => new Promise(() => undefined));
    upkeep.onApplicationBootstrap();
    await hours(1);
    const stop = upkeep.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(2_000);
    await expect(stop).resolves.toBeUndefined();
  });

  it('has one task of a name', () => {
    const upkeep = open();
    upkeep.register('task', () => Promise.resolve());
    expect(() => upkeep.register('task', () => Promise.resolve())).toThrow('named task already');
    expect(() => upkeep.run('other')).toThrow('no upkeep task named other');
  });
});

describe('inPortions', () => {
  it('comes to an end', async () => {
    const { signal } = new AbortController();
    let left = 3;
    await inPortions(signal, () => Promise.resolve(--left > 0));
    expect(left).toBe(0);
    const endless = jest.fn(() => Promise.resolve(true));
    await inPortions(signal, endless);
    expect(endless).toHaveBeenCalledTimes(1_000);
  });
});
