import { AppError } from '../../../contracts/app-error';
import { DecisionQueue } from './decision-queue';

const queueOf = (
  run: (items: number[]) => Promise<(number | Error)[]>,
  options: Partial<{ maxBatch: number; maxInFlight: number; maxWaiting: number; maxPerClient: number }> = {},
) => {
  const failures: unknown[] = [];
  const queue = new DecisionQueue<number, number>(run, {
    maxBatch: 4,
    maxInFlight: 2,
    maxWaiting: 100,
    lanes: 2,
    lane: (item) => (item < 0 ? 0 : 1),
    client: (item) => (Math.abs(item) < 100 ? 'one' : 'another'),
    maxPerClient: 100,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { queue, failures };
};

describe('the decision queue', () => {
  it('gathers what came while the loop was busy, at most a batch, and answers everybody', async () => {
    const batches: number[][] = [];
    const { queue } = queueOf((items) => {
      batches.push(items);
      return Promise.resolve(items.map((item) => item * 2));
    });
    const answers = await Promise.all([1, 2, 3, 4, 5].map((item) => queue.ask(item)));
    expect(answers).toEqual([2, 4, 6, 8, 10]);
    expect(batches).toEqual([[1, 2, 3, 4], [5]]);
  });

  it('lets nobody fill a lane alone, and nobody suffer for it', async () => {
    const { queue } = queueOf((items) => Promise.resolve(items), { maxPerClient: 3 });
    const asked = [1, 2, 3, 4, 100].map((item) => queue.ask(item));
    const settled = await Promise.allSettled(asked);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(settled[3]).toMatchObject({ reason: { code: 'RATE_LIMITED', members: { retryAfter: 1 } } });
    // What was answered waits no longer.
    await expect(queue.ask(5)).resolves.toBe(5);
  });

  it('has at most two batches at the database', async () => {
    let running = 0;
    let most = 0;
    const { queue } = queueOf(async (items) => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      running -= 1;
      return items;
    });
    await Promise.all(Array.from({ length: 40 }, (_, item) => queue.ask(item)));
    expect(most).toBe(2);
  });

  it('takes the first lane first', async () => {
    const order: number[] = [];
    const { queue } = queueOf(
      (items) => {
        order.push(...items);
        return Promise.resolve(items);
      },
      { maxBatch: 1, maxInFlight: 1 },
    );
    await Promise.all([queue.ask(1), queue.ask(2), queue.ask(-1)]);
    expect(order).toEqual([-1, 1, 2]);
  });

  it('lets one bad row fail alone', async () => {
    const { queue, failures } = queueOf((items) =>
      items.includes(3) ? Promise.reject(new Error('bad row')) : Promise.resolve(items),
    );
    const answers = await Promise.allSettled([1, 2, 3, 4].map((item) => queue.ask(item)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(failures).toHaveLength(1);
  });

  it('does not ask a database that is gone again for every row', async () => {
    let asked = 0;
    const { queue } = queueOf(() => {
      asked += 1;
      return Promise.reject(new AppError('DECISION_UNAVAILABLE', { detail: 'gone' }));
    });
    const answers = await Promise.allSettled([1, 2, 3, 4].map((item) => queue.ask(item)));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(asked).toBe(1);
  });

  it('passes on the error of one item to that item alone', async () => {
    const { queue } = queueOf((items) =>
      Promise.resolve(
        items.map((item) => (item === 2 ? new AppError('CONFLICT', { detail: 'own fault' }) : item)),
      ),
    );
    const [one, two] = await Promise.allSettled([queue.ask(1), queue.ask(2)]);
    expect(one).toEqual({ status: 'fulfilled', value: 1 });
    expect(two).toMatchObject({ status: 'rejected', reason: { code: 'CONFLICT' } });
  });

  it('never leaves an item without an answer', async () => {
    const { queue } = queueOf(() => Promise.resolve([]));
    await expect(queue.ask(1)).rejects.toThrow('no result');
  });

  it('refuses when too many wait and when it is closing, and still answers those accepted', async () => {
    const { queue } = queueOf((items) => Promise.resolve(items), { maxWaiting: 1 });
    const accepted = queue.ask(1);
    expect(queue.depth).toBe(1);
    await expect(queue.ask(2)).rejects.toMatchObject({ code: 'DECISION_UNAVAILABLE' });
    queue.close();
    await expect(queue.ask(-1)).rejects.toMatchObject({ code: 'DECISION_UNAVAILABLE' });
    await expect(accepted).resolves.toBe(1);
  });
});
