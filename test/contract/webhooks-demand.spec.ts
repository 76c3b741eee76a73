import { randomUUID } from 'node:crypto';
import type { Consumer } from '../../src/platform/bus/event-bus';
import { inProcess } from './bus-in-process';
import { BusStage, gate, numbers, recorder } from './bus-stage';

jest.setTimeout(30_000);

/** A consumer that is handed what somebody demands of it, and costs nothing otherwise. */
describe('a consumer on demand', () => {
  const onDemand: Consumer = {
    ...recorder('webhooks', { types: ['wish.recorded.v1', 'wish.released.v1'] }),
    onDemand: true,
  };
  let stage: BusStage;
  beforeAll(async () => (stage = await BusStage.open(inProcess)));
  afterEach(async () => {
    await stage.reset();
    await stage.database.query('DELETE FROM webhooks');
  });
  afterAll(() => stage.close());

  const demand = (type: string, state: 'active' | 'disabled' = 'active') =>
    stage.database.query(
      `INSERT INTO webhooks (id, sealed_url, types, state, disabled_because, created_at, created_by)
       VALUES ($1, '', ARRAY[$2], $3, CASE WHEN $3 = 'disabled' THEN 'asked' END, now(), $1)`,
      [randomUUID(), type, state],
    );

  it('is handed nothing, and remembers nothing, while nobody demands it', async () => {
    stage.start([onDemand]);
    await demand('wish.recorded.v1', 'disabled');
    await stage.writeAll('nobody', 20);
    await stage.emptied();
    expect([await stage.count('inbox'), await stage.count('effects')]).toEqual([0, 0]);
  });

  it('is handed everything that was recorded after the demand, and only the type of it', async () => {
    stage.start([onDemand]);
    await stage.write('later');
    await stage.emptied();
    await demand('wish.recorded.v1');
    await stage.writeAll('later', 20);
    await stage.write('other', 'wish.released.v1');
    await stage.emptied();
    expect(await stage.effects('webhooks', 'later')).toEqual(numbers(21).slice(1));
    expect(await stage.effects('webhooks', 'other')).toEqual([]);
  });

  it('misses nothing that is recorded while the queue is being looked at', async () => {
    const process = stage.start([onDemand]);
    await demand('preference.recorded.v1');
    for (let round = 0; round < 10; round++) {
      const looked = process.database.hold('outbox-take');
      await looked.reached;
      await demand('wish.recorded.v1');
      await stage.write(`round-${round}`);
      looked.release();
      await stage.emptied();
      expect(await stage.effects('webhooks', `round-${round}`, 1)).toEqual([1]);
      await stage.database.query('DELETE FROM webhooks');
    }
  });

  it('takes nothing from one that always wants the type', async () => {
    const handling = gate();
    stage.start([onDemand, recorder('always', { before: () => handling.opened })]);
    await stage.write('both');
    handling.open();
    await stage.emptied();
    expect(await stage.effects('always', 'both')).toEqual([1]);
  });
});
