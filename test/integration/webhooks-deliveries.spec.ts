import { Database } from '../../src/platform/database/database';
import { DAY } from '../../src/domain/time/instant';
import { DeliveriesRepository } from '../../src/services/webhooks/deliveries.repository';
import { Upkeep } from '../../src/platform/upkeep/upkeep';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { Subscriber } from '../support/subscriber/subscriber';
import { WebhookStage } from '../support/subscriber/webhook-stage';

/** The queue itself: the gateway's own sender only looks every minute and more. */
describe('deliveries of webhooks', () => {
  let stage: WebhookStage;
  let queue: DeliveriesRepository;
  let database: Database;
  let id: string;
  beforeAll(async () => {
    // Paused: nobody else takes what these tests take.
    stage = await WebhookStage.open(['crm'], { pollMs: { busy: 60_000, idle: 60_000 } });
    queue = stage.app.nest.get(DeliveriesRepository, { strict: false });
    database = stage.app.nest.get(Database, { strict: false });
  });
  beforeEach(async () => {
    await queryRows(stage.app.database, 'TRUNCATE webhook_deliveries');
    ({ id } = await stage.subscribe(stage.subscriber.url, ['vendor.changed.v1']));
  });
  afterAll(() => stage.close());

  const ids = Array.from({ length: 30 }, (_, n) => `0193a000-0000-7000-8000-0000000000${String(n + 10)}`);
  const queueAll = (): Promise<void> =>
    database.transaction(async (tx) => {
      for (const eventId of ids) await queue.queueOne(tx, id, eventId);
    });
  const stateOf = async (eventId: string) =>
    (
      await queryRows<{ state: string; attempts: number; outcome: string | null }>(
        stage.app.database,
        'SELECT state, attempts, outcome FROM webhook_deliveries WHERE webhook_id = $1 AND event_id = $2',
        [id, eventId],
      )
    )[0];

  it('are taken once each, however many take at the same time', async () => {
    await queueAll();
    const taken = (await Promise.all(Array.from({ length: 12 }, () => queue.take(id, 4, 60_000)))).flat();
    expect(taken.map(({ eventId }) => eventId).sort()).toEqual(ids);
    expect(await queue.take(id, 100, 60_000)).toEqual([]);
  });

  it('are anybody’s again when the lease has run out, and the late answer of the first taker changes nothing', async () => {
    await queueAll();
    const [late] = await queue.take(id, 1, 0);
    if (late === undefined) throw new Error('Nothing was taken.');
    const again = (await queue.take(id, 100, 60_000)).find(({ eventId }) => eventId === late.eventId);
    expect(again).toEqual({ ...late, attempt: 2 });
    const settled = (taken: typeof late, outcome: string) =>
      database.transaction((tx) => queue.settle(tx, taken, { state: 'dead', outcome }));
    expect(await settled(late, 'LATE')).toBe(false);
    await queue.giveBack(late);
    expect(await stateOf(late.eventId)).toEqual({ state: 'pending', attempts: 2, outcome: null });
    expect(await settled(again ?? late, 'REFUSED')).toBe(true);
    expect(await settled(again ?? late, 'TWICE')).toBe(false);
    expect(await stateOf(late.eventId)).toEqual({ state: 'dead', attempts: 2, outcome: 'REFUSED' });
  });

  it('are queued once for an event that is handed over twice', async () => {
    const [eventId = ''] = ids;
    await database.transaction((tx) => queue.fanOut(tx, eventId, 'vendor.changed.v1'));
    await database.transaction((tx) => queue.fanOut(tx, eventId, 'vendor.changed.v1'));
    await database.transaction((tx) => queue.fanOut(tx, ids[1] ?? '', 'entity.changed.v1'));
    const rows = await queryRows(
      stage.app.database,
      'SELECT event_id FROM webhook_deliveries WHERE webhook_id = $1',
      [id],
    );
    expect(rows).toEqual([{ event_id: eventId }]);
  });

  it('are forgotten 30 days after they were over; what waits is kept, unless nobody will ever send it', async () => {
    const [done = '', recent = '', dead = '', waiting = ''] = ids;
    await queueAll();
    const age = (eventId: string, state: string, days: number) =>
      queryRows(
        stage.app.database,
        `UPDATE webhook_deliveries SET state = $3, queued_at = now() - $4 * interval '1 ms',
         finished_at = CASE WHEN $3 = 'pending' THEN NULL ELSE now() - $4 * interval '1 ms' END
         WHERE webhook_id = $1 AND event_id = $2`,
        [id, eventId, state, days * DAY],
      );
    await age(done, 'delivered', 31);
    await age(recent, 'delivered', 29);
    await age(dead, 'dead', 31);
    await age(waiting, 'pending', 31);
    const upkeep = stage.app.nest.get(Upkeep);
    await upkeep.run('webhook-deliveries');
    expect(await Promise.all([done, recent, dead, waiting].map(stateOf))).toEqual([
      undefined,
      expect.objectContaining({ state: 'delivered' }),
      undefined,
      expect.objectContaining({ state: 'pending' }),
    ]);
    await expectStatus(200, stage.officer.post(`/v1/webhooks/${id}/disable`));
    await upkeep.run('webhook-deliveries');
    expect(await stateOf(waiting)).toBeUndefined();
    expect(await stateOf(ids[9] ?? '')).toMatchObject({ state: 'pending' });
  });

  it('of a gateway that is put together twice go to each subscriber once', async () => {
    const subscriber = await Subscriber.listen('twice');
    const first = await WebhookStage.around([subscriber]);
    const { id: twice } = await first.subscribe(subscriber.url);
    const second = await WebhookStage.around(
      [subscriber],
      {},
      {
        database: first.app.database,
        dataDir: first.app.dataDir,
      },
    );
    for (let i = 0; i < 30; i++) await (i % 2 === 0 ? first : second).happen(`twice-${i}`);
    await first.until('all came', twice, ({ counts }) => counts.delivered === 30);
    expect(subscriber.ids()).toHaveLength(30);
    expect(new Set(subscriber.ids()).size).toBe(30);
    await second.app.close();
    await first.close();
  });
});
