import { OK, Readiness } from './readiness';

describe('Readiness', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => jest.useRealTimers());

  it('never runs its probes twice at once, and keeps what they found for a second', async () => {
    const readiness = new Readiness();
    let finish = (): void => undefined;
    const probe = jest.fn(() => new Promise<typeof OK>((resolve) => (finish = () => resolve(OK))));
    readiness.register('slow', probe);
    const first = Array.from({ length: 600 }, () => readiness.report());
    await jest.advanceTimersByTimeAsync(1_500);
    const late = readiness.report();
    expect(probe).toHaveBeenCalledTimes(1);
    finish();
    await expect(Promise.all([...first, late])).resolves.toHaveLength(601);
    // The report was a second and a half old when it was there.
    void readiness.report();
    await jest.advanceTimersByTimeAsync(1);
    expect(probe).toHaveBeenCalledTimes(2);
    finish();
    await jest.advanceTimersByTimeAsync(900);
    await readiness.report();
    expect(probe).toHaveBeenCalledTimes(2);
  });

  it('tells of a fault when the second is over', async () => {
    const readiness = new Readiness();
    let broken = false;
    readiness.register('part', () => {
      if (broken) throw new Error('Gone.');
      return OK;
    });
    expect(await readiness.report()).toMatchObject({ ready: true });
    broken = true;
    await jest.advanceTimersByTimeAsync(999);
    expect(await readiness.report()).toMatchObject({ ready: true });
    await jest.advanceTimersByTimeAsync(1);
    expect(await readiness.report()).toEqual({
      ready: false,
      checks: [{ name: 'part', status: 'fault', detail: 'Cannot be reached.' }],
    });
  });
});
