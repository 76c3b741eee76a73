import { Kafka, logLevel } from 'kafkajs';
import { onKafka } from '../contract/bus-kafka';
import { BusStage, numbers, recorder, until } from '../contract/bus-stage';
import { LeaseLostError } from '../../src/platform/bus/event-bus';
import { PartitionHolds } from '../../src/platform/bus/kafka/partition-holds';
import { describeWithKafka } from '../support/describe-with-kafka';
import { type OwnBroker, startOwnBroker, topicPrefix, wipe } from '../support/kafka';

jest.setTimeout(180_000);

describeWithKafka('a broker that goes away', () => {
  let broker: OwnBroker;
  let stage: BusStage;
  let prefix = topicPrefix();
  beforeAll(async () => {
    broker = await startOwnBroker();
    stage = await BusStage.open({
      name: 'KafkaBus',
      forget: () => (prefix = topicPrefix()),
      open: (parts) => onKafka(broker.brokers, prefix).open(parts),
    });
  });
  afterEach(() => stage.reset());
  afterAll(async () => {
    await stage.close();
    await broker.stop();
  });

  /** Others in each test: what was recorded before is in the database still, and refilled too. */
  let keys: string[] = [];
  const use = (...names: string[]) => (keys = names);
  const writeEach = (count: number) => Promise.all(keys.map((key) => stage.writeAll(key, count)));
  const restart = async (): Promise<void> => {
    broker = await startOwnBroker({ directory: broker.directory });
  };
  const expectEach = async (count: number): Promise<void> => {
    for (const key of keys) {
      await until(
        async () => (await stage.effects('first', key)).length >= count,
        `${key} is complete`,
        60_000,
      );
      expect(await stage.effects('first', key)).toEqual(numbers(count));
    }
  };

  it('loses nothing that is recorded meanwhile, and is caught up with in order', async () => {
    use('a', 'b', 'c');
    stage.start([recorder('first')]);
    stage.start([recorder('first')]);
    await writeEach(5);
    await expectEach(5);
    await broker.kill();
    await writeEach(10);
    // What waits for a broker waits in the queue, not in memory.
    expect(await stage.count('outbox')).toBe(30);
    await restart();
    await writeEach(5);
    await expectEach(20);
    await stage.emptied();
    expect(await stage.deadLetters()).toEqual([]);
  });

  it('is refilled from the database when its disk is lost, every event of a key in order', async () => {
    use('d', 'e', 'f');
    stage.start([recorder('first')]);
    await writeEach(6);
    await expectEach(6);
    await stage.emptied();
    await broker.stop();
    await writeEach(4);
    await wipe(broker);
    await restart();
    await writeEach(2);
    await expectEach(12);
    await until(async () => (await stage.count('outbox')) === 0, 'everything is published again', 60_000);
    for (const key of keys) {
      const ids = await published(broker.brokers, `${prefix}wish.events.v1`, stage.subjectOf(key).id, 12);
      expect([...new Set(ids)]).toEqual(await recorded(key));
    }
  });

  it('hands a partition on: what its former reader still has in hand has no effect', async () => {
    const { inbox } = stage.open();
    const holds = new PartitionHolds(stage.database);
    const former = await holds.take('reader', 'topic', 0);
    const present = await holds.take('reader', 'topic', 0);
    const event = { id: '01890000-0000-7000-8000-000000000001', partitionkey: 'k' } as never;
    const admit = (hold: typeof former) =>
      stage.database.transaction((tx) => inbox.admit(tx, 'reader', event, hold));
    await expect(admit(former)).rejects.toThrow(LeaseLostError);
    expect(await admit(present)).toBe('admitted');
    await expect(admit(former)).rejects.toThrow(LeaseLostError);
  });

  it('lets a new reader wait for the effect that its former one is just storing', async () => {
    const { inbox } = stage.open();
    const holds = new PartitionHolds(stage.database);
    const former = await holds.take('slow', 'topic', 0);
    const event = { id: '01890000-0000-7000-8000-000000000002', partitionkey: 'k' } as never;
    let taken = false;
    let taking: Promise<unknown> | undefined;
    await stage.database.transaction(async (tx) => {
      expect(await inbox.admit(tx, 'slow', event, former)).toBe('admitted');
      taking = holds.take('slow', 'topic', 0).then(() => (taken = true));
      await until(async () => (await stage.lockWaits()) > 0, 'the new reader waits');
      expect(taken).toBe(false);
    });
    await taking;
    expect(await stage.count('inbox')).toBe(1);
  });

  async function recorded(key: string): Promise<string[]> {
    const rows = await stage.database.query<{ event_id: string }>(
      'SELECT event_id FROM events WHERE subject_id = $1 ORDER BY seq',
      [stage.subjectOf(key).id],
    );
    return rows.map((row) => row.event_id);
  }
});

/** Event ids of a key as somebody else reads them, until there are as many different ones. */
async function published(brokers: string, topic: string, key: string, count: number): Promise<string[]> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: topicPrefix() });
  const ids: string[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        await Promise.resolve();
        if (message.key?.toString() === key) ids.push(String(message.headers?.['ce_id']));
      },
    });
    await until(() => new Set(ids).size >= count, 'a stranger has read them all', 60_000);
  } finally {
    await consumer.disconnect();
  }
  return ids;
}
