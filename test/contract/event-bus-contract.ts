import { setTimeout as delay } from 'node:timers/promises';
import type { BusEvent } from '../../src/platform/bus/event-bus';
import { type BusAdapter, BusStage, gate, numbers, recorder, TYPE, until } from './bus-stage';

/** What every `EventBus` does, driven by the outbox relay on a real database. A past fault becomes a case for ever. */
// eslint-disable-next-line jest/no-export -- One suite that the spec file of every adapter runs.
export function eventBusContract(adapter: BusAdapter): void {
  jest.setTimeout(30_000);
  describe(`${adapter.name} as an EventBus`, () => {
    let stage: BusStage;
    beforeAll(async () => (stage = await BusStage.open(adapter)));
    afterEach(() => stage.reset());
    afterAll(() => stage.close());
    const use = (): BusStage => stage;

    describe('delivery', () => {
      deliveryCases(use);
    });
    describe('effect and memory', () => {
      atomicityCases(use);
    });
    describe('a message that cannot be handled', () => {
      poisonCases(use);
    });
    describe('replay', () => {
      replayCases(use);
    });
    describe('consumers that are not there', () => {
      absenceCases(use);
    });
  });
}

function deliveryCases(stage: () => BusStage): void {
  it('hands an event to every consumer of its type, as a CloudEvent whose data are the recorded bytes', async () => {
    const seen: BusEvent[] = [];
    const keep = (event: BusEvent): void => void seen.push(event);
    const { bus } = stage().start([
      recorder('first', { before: keep }),
      recorder('second', { before: keep }),
      recorder('other', { types: ['consent.granted.v1'], before: keep }),
    ]);
    const id = await stage().write('a');
    await stage().emptied();
    const subject = stage().subjectOf('a').id;
    const [stored] = await stage().database.query<{ clear: string; at: Date; instance_id: string }>(
      `SELECT clear::text AS clear, recorded_at AS at, instance_id FROM events, installation WHERE event_id = $1`,
      [id],
    );
    await until(() => seen.length === 2, 'both have seen it');
    for (const event of seen) {
      expect(event).toEqual({
        specversion: '1.0',
        id,
        source: `/quietline/${stored?.instance_id}`,
        type: TYPE,
        time: stored?.at.toISOString(),
        subject,
        datacontenttype: 'application/json',
        dataschema: `urn:quietline:event:${TYPE}`,
        partitionkey: subject,
        data: stored?.clear,
      });
    }
    expect(await stage().effects('first', 'a', 1)).toEqual([1]);
    expect(await stage().effects('second', 'a', 1)).toEqual([1]);
    expect(bus.consumers.map((consumer) => consumer.name)).toEqual(['first', 'second', 'other']);
  });

  it('refuses a second consumer of one name, which would share its memory', () => {
    const { bus } = stage().open();
    bus.subscribe(recorder('twin'));
    expect(() => bus.subscribe(recorder('twin', { types: ['consent.granted.v1'] }))).toThrow('twin');
  });

  it.each([1, 2])(
    'keeps the order of each key under concurrent writers, with %d processes',
    async (count) => {
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      const slow = (): Promise<void> => delay(Math.random() < 0.1 ? 3 : 0);
      const consumers = [recorder('first', { before: slow }), recorder('second')];
      for (let n = 0; n < count; n++) stage().start(consumers);
      // Four writers a key: only the lock of the subject's row orders them.
      await Promise.all(keys.flatMap((key) => [1, 2, 3, 4].map(() => stage().writeAll(key, 10))));
      await stage().emptied();
      for (const key of keys) {
        expect(await stage().effects('first', key, 40)).toEqual(numbers(40));
        expect(await stage().effects('second', key, 40)).toEqual(numbers(40));
      }
    },
  );

  it('does not overlook an event whose transaction commits after later ones', async () => {
    stage().start([recorder('first')]);
    stage().putTogether('early', 'late');
    const commit = gate();
    const written = gate();
    const late = stage().write('late', TYPE, () => {
      written.open();
      return commit.opened;
    });
    await written.opened;
    await stage().writeAll('early', 3);
    await until(
      async () => (await stage().effects('first', 'early')).length === 3,
      'the later ones are handled',
    );
    expect(await stage().effects('first', 'late', 0)).toEqual([]);
    commit.open();
    await late;
    await until(async () => (await stage().effects('first', 'late')).length === 1, 'the late one is handled');
  });
}

function atomicityCases(stage: () => BusStage): void {
  it('has one effect when the process dies between publishing and taking off the queue', async () => {
    const first = stage().start([recorder('first')]);
    first.database.break('outbox-remove', 'crash before');
    await stage().writeAll('a', 5);
    await until(() => first.database.isDead, 'the first process has died');
    expect(await stage().count('outbox')).toBeGreaterThan(0);
    await first.kill();
    stage().start([recorder('first')]);
    await stage().emptied();
    expect(await stage().effects('first', 'a', 5)).toEqual(numbers(5));
  });

  it('rolls the effect back with the memory when the handler throws after its write, and tries again', async () => {
    let tries = 0;
    const failTwice = (): void => {
      tries += 1;
      if (tries < 3) throw new Error('after the write');
    };
    stage().start([recorder('first', { after: failTwice })]);
    await stage().write('a');
    await stage().emptied();
    expect(await stage().effects('first', 'a', 1)).toEqual([1]);
    expect(tries).toBe(3);
    expect(await stage().count('inbox')).toBe(1);
    expect(await stage().deadLetters()).toEqual([]);
  });

  it('leaves no memory of an event whose handler failed for good', async () => {
    stage().start([
      recorder('first', {
        after: () => {
          throw new Error('always');
        },
      }),
    ]);
    await stage().write('a');
    await stage().emptied();
    expect(await stage().deadLetters(1)).toHaveLength(1);
    expect(await stage().count('inbox')).toBe(0);
    expect(await stage().count('effects')).toBe(0);
  });
}

/** Fails for events of one key with one of these numbers while `broken`. */
function poisoned(stage: BusStage, key: string, bad: readonly number[]) {
  const state = { broken: true, tries: 0 };
  const consumer = recorder('first', {
    before: (event, n) => {
      if (!state.broken || event.partitionkey !== stage.subjectOf(key).id || !bad.includes(n)) return;
      state.tries += 1;
      throw new TypeError('call +8613800138000 back');
    },
  });
  return { state, consumer };
}

function poisonCases(stage: () => BusStage): void {
  it('is tried a bounded number of times, becomes a dead letter, and parks its followers only', async () => {
    const { state, consumer } = poisoned(stage(), 'sick', [2]);
    const { said } = stage().start([consumer, recorder('second')]);
    const ids = await stage().writeAll('sick', 4);
    await stage().writeAll('well', 4);
    await stage().emptied();

    expect(await stage().effects('first', 'sick', 1)).toEqual([1]);
    expect(await stage().effects('first', 'well', 4)).toEqual(numbers(4));
    expect(await stage().effects('second', 'sick', 4)).toEqual(numbers(4));
    expect(await stage().deadLetters(3)).toEqual([
      {
        event_id: ids[1],
        parked_behind: null,
        attempts: 3,
        reason: expect.stringMatching(/^TypeError at [\w.-]+:\d+$/),
      },
      { event_id: ids[2], parked_behind: ids[1], attempts: 0, reason: 'PARKED' },
      { event_id: ids[3], parked_behind: ids[1], attempts: 0, reason: 'PARKED' },
    ]);
    expect(state.tries).toBe(3);
    expect(said.filter(({ message }) => message.startsWith('An event became a dead letter'))).toHaveLength(1);
  });

  it('does not hold up other keys while it is being tried', async () => {
    const { consumer } = poisoned(stage(), 'sick', [1]);
    for (const key of ['well', 'fit']) stage().putTogether(key, 'sick');
    // All in one batch of one bucket, with the sick one first.
    await stage().write('sick');
    await stage().writeAll('well', 3);
    await stage().writeAll('fit', 3);
    // A backoff that nobody would wait for: what is handled meanwhile did not wait either.
    stage().start([consumer], { tries: 2, backoffMs: () => 60_000, drainMs: 0 });
    await until(async () => (await stage().count('effects')) === 6, 'the other keys are handled');
    expect(await stage().deadLetters()).toEqual([]);
  });

  it('may also be one whose handler never comes back', async () => {
    const never = recorder('first', {
      before: (event) =>
        event.partitionkey === stage().subjectOf('sick').id ? new Promise(() => undefined) : undefined,
    });
    stage().start([never], { handlerMs: 20 });
    const id = await stage().write('sick');
    await stage().write('well');
    expect(await stage().deadLetters(1)).toMatchObject([
      { event_id: id, attempts: 3, reason: expect.stringContaining('HandlerLateError') },
    ]);
    expect(await stage().effects('first', 'well', 1)).toEqual([1]);
  });

  it('is still parked for events that come after a restart, and handled ones are not parked when offered again', async () => {
    const { consumer } = poisoned(stage(), 'sick', [2]);
    const first = stage().start([consumer]);
    first.database.break('outbox-remove', 'crash before', 1);
    const ids = await stage().writeAll('sick', 3);
    await until(() => first.database.isDead, 'the first process has died');
    await first.kill();
    stage().start([consumer]);
    ids.push(await stage().write('sick'));
    await stage().emptied();
    expect(await stage().effects('first', 'sick', 1)).toEqual([1]);
    expect((await stage().deadLetters(3)).map((letter) => letter.event_id)).toEqual(ids.slice(1));
  });
}

function replayCases(stage: () => BusStage): void {
  it('hands the dead letter and those parked behind it over again, in order, and later events follow', async () => {
    const { state, consumer } = poisoned(stage(), 'sick', [2]);
    const { bus } = stage().start([consumer]);
    const ids = await stage().writeAll('sick', 4);
    await stage().deadLetters(3);

    expect(await bus.replayDeadLetter('first', ids[2] ?? '')).toEqual({ outcome: 'behind', head: ids[1] });
    expect(await bus.replayDeadLetter('first', ids[0] ?? '')).toEqual({ outcome: 'not_found' });
    await expect(bus.replayDeadLetter('nobody', ids[1] ?? '')).rejects.toThrow('nobody');
    expect(await bus.replayDeadLetter('first', ids[1] ?? '')).toMatchObject({
      outcome: 'failed',
      handled: [],
      failed: ids[1],
    });
    expect((await stage().deadLetters())[0]).toMatchObject({ event_id: ids[1], attempts: 4 });

    state.broken = false;
    expect(await bus.replayDeadLetter('first', ids[1] ?? '')).toEqual({
      outcome: 'replayed',
      handled: ids.slice(1),
    });
    expect(await stage().deadLetters()).toEqual([]);
    await stage().write('sick');
    await stage().emptied();
    expect(await stage().effects('first', 'sick', 5)).toEqual(numbers(5));
  });

  it('stops at the next one that fails, which keeps its place and its followers', async () => {
    const { state, consumer } = poisoned(stage(), 'sick', [1, 3]);
    const { bus } = stage().start([consumer]);
    const ids = await stage().writeAll('sick', 4);
    await stage().deadLetters(4);
    const onlyThird = recorder('first', {
      before: (_, n) => {
        if (state.broken && n === 3) throw new RangeError('still');
      },
    });
    const repaired = stage().open();
    repaired.bus.subscribe(onlyThird);
    expect(await repaired.bus.replayDeadLetter('first', ids[0] ?? '')).toMatchObject({
      outcome: 'failed',
      handled: ids.slice(0, 2),
      failed: ids[2],
    });
    expect((await stage().deadLetters()).map(({ event_id, attempts }) => [event_id, attempts])).toEqual([
      [ids[2], 1],
      [ids[3], 0],
    ]);
    state.broken = false;
    expect(await bus.replayDeadLetter('first', ids[2] ?? '')).toMatchObject({ handled: ids.slice(2) });
    expect(await stage().effects('first', 'sick', 4)).toEqual(numbers(4));
  });

  it('leaves nothing parked behind a letter that it is just removing', async () => {
    const { state, consumer } = poisoned(stage(), 'sick', [1]);
    const { bus, database } = stage().start([consumer]);
    const ids = await stage().writeAll('sick', 1);
    await stage().deadLetters(1);
    state.broken = false;
    const parking = database.hold('inbox-bury');
    ids.push(await stage().write('sick'));
    await parking.reached;
    let over = false;
    const replay = bus.replayDeadLetter('first', ids[0] ?? '').finally(() => (over = true));
    await until(async () => over || (await stage().lockWaits()) > 0, 'the replay waits, or is over');
    parking.release();
    expect(await replay).toEqual({ outcome: 'replayed', handled: ids });
    expect(await stage().effects('first', 'sick', 2)).toEqual([1, 2]);
    expect(await stage().deadLetters()).toEqual([]);
  });

  it('lets a second replay and events of the key that arrive during it wait for its outcome', async () => {
    const { state, consumer } = poisoned(stage(), 'sick', [1]);
    const handling = gate();
    const handled = gate();
    const slow = recorder('first', {
      after: async (_, n) => {
        if (n > 1 || state.broken) return;
        handling.open();
        await handled.opened;
      },
    });
    const { bus } = stage().start([
      { ...slow, handle: (tx, event) => (state.broken ? consumer : slow).handle(tx, event) },
    ]);
    const ids = await stage().writeAll('sick', 1);
    await stage().deadLetters(1);
    state.broken = false;
    const replay = bus.replayDeadLetter('first', ids[0] ?? '');
    await handling.opened;
    const again = bus.replayDeadLetter('first', ids[0] ?? '');
    await stage().write('sick');
    await until(
      async () => (await stage().lockWaits()) > 1 || (await stage().deadLetters()).length > 1,
      'the second replay and the later event wait, or the event is parked',
    );
    handled.open();
    expect(await replay).toEqual({ outcome: 'replayed', handled: ids });
    expect(await again).toEqual({ outcome: 'replayed', handled: [] });
    expect(await stage().effects('first', 'sick', 2)).toEqual([1, 2]);
    expect(await stage().deadLetters()).toEqual([]);
  });

  it('keeps the order when events of the key arrive during it', async () => {
    const { state, consumer } = poisoned(stage(), 'sick', [1]);
    const { bus } = stage().start([consumer]);
    const ids = await stage().writeAll('sick', 6);
    await stage().deadLetters(6);
    state.broken = false;
    const [replay] = await Promise.all([
      bus.replayDeadLetter('first', ids[0] ?? ''),
      stage().writeAll('sick', 14),
      bus.replayDeadLetter('first', ids[0] ?? ''),
    ]);
    expect(replay.outcome).not.toBe('failed');
    await stage().emptied();
    expect(await stage().effects('first', 'sick', 20)).toEqual(numbers(20));
    expect(await stage().deadLetters()).toEqual([]);
  });
}

function absenceCases(stage: () => BusStage): void {
  it('lets what nobody subscribes to leave the queue, keeps it in events, and starts a new consumer from now', async () => {
    const before = stage().start([]);
    const ids = await stage().writeAll('a', 3);
    await stage().emptied();
    await before.stop();
    const kept = await stage().database.query('SELECT FROM events WHERE event_id = ANY ($1::uuid[])', [ids]);
    expect(kept).toHaveLength(3);
    stage().start([recorder('late')]);
    await stage().writeAll('a', 2);
    await stage().emptied();
    expect(await stage().effects('late', 'a', 2)).toEqual([4, 5]);
  });

  it('loses nothing while no process runs', async () => {
    const first = stage().start([recorder('first')]);
    await stage().writeAll('a', 2);
    await stage().emptied();
    await first.stop();
    await stage().writeAll('a', 3);
    expect(await stage().count('outbox')).toBe(3);
    stage().start([recorder('first')]);
    await stage().emptied();
    expect(await stage().effects('first', 'a', 5)).toEqual(numbers(5));
  });

  it('carries types of versions to come past consumers that do not know them', async () => {
    stage().start([recorder('first')]);
    await stage().write('a', 'wish.dreamt.v9');
    await stage().write('a');
    await stage().emptied();
    expect(await stage().effects('first', 'a', 1)).toEqual([2]);
  });
}
