import { Kafka, logLevel } from 'kafkajs';
import { randomBytes } from 'node:crypto';
import { loadConfig, type KafkaConfig } from '../../src/config/load-config';
import { connectTo } from '../../src/platform/bus/kafka/kafka-connection';
import { KafkaTopics } from '../../src/platform/bus/kafka/kafka-topics';
import { OutboxRefill } from '../../src/platform/bus/kafka/outbox-refill';
import { KafkaPublisher } from '../../src/platform/bus/kafka/kafka-publisher';
import { createLogger } from '../../src/platform/observability/logger';
import { onKafka } from '../contract/bus-kafka';
import { BusStage, numbers, recorder, until } from '../contract/bus-stage';
import { LeaseLostError } from '../../src/platform/bus/event-bus';
import { PartitionHolds } from '../../src/platform/bus/kafka/partition-holds';
import { describeWithKafka } from '../support/describe-with-kafka';
import { type OwnBroker, startOwnBroker, topicPrefix, wipe } from '../support/kafka';

jest.setTimeout(180_000);

const silent = createLogger('silent');

function configOf(brokers: string, prefix: string): KafkaConfig {
  const { kafka } = loadConfig({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix });
  if (kafka === undefined) throw new Error('Brokers were named.');
  return kafka;
}

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

  it('is refilled once, however often making the topics anew fails', async () => {
    const before = await stage.count('events');
    await stage.write('again');
    await stage.database.query(`UPDATE outbox SET attributes = '{"requestid":"q-1"}'`);
    const lost = `${prefix}wish.events.v1`;
    await stage.database.query(
      `INSERT INTO kafka_topics (name, cluster_id, partitions, made_at) VALUES ($1, 'another', 3, now())`,
      [lost],
    );
    const config = { ...configOf(broker.brokers, prefix), replication: 3 };
    const kafka = connectTo(config, 'test', silent);
    const topics = new KafkaTopics(kafka, config, stage.database, new OutboxRefill(), silent);
    for (let round = 0; round < 2; round++) {
      await expect(topics.ensure()).rejects.toThrow('Topic creation errors');
      expect(await stage.count('outbox')).toBe(before + 2);
    }
    const rows = await stage.database.query<{ seq: string; attributes: object | null }>(
      'SELECT seq, attributes FROM outbox WHERE event_id = (SELECT max(event_id::text)::uuid FROM events) ORDER BY seq',
    );
    // The copy goes first, and an answer keeps what it is known by.
    expect(rows.map((row) => row.attributes)).toEqual([{ requestid: 'q-1' }, { requestid: 'q-1' }]);
  });

  it('takes a batch that no single write may hold', async () => {
    const kafka = connectTo(configOf(broker.brokers, prefix), 'test', silent);
    const admin = kafka.admin();
    await admin.connect();
    const publisher = new KafkaPublisher(kafka, prefix, async () => {
      await admin.createTopics({ topics: [{ topic: `${prefix}wish.events.v1`, numPartitions: 1 }] });
    });
    await publisher.connect();
    const subject = stage.subjectOf('big').id;
    const events = numbers(5).map((n) => ({
      specversion: '1.0' as const,
      id: `01890000-0000-7000-8000-00000000000${n}`,
      source: '/quietline/test',
      type: 'wish.recorded.v1',
      time: new Date().toISOString(),
      datacontenttype: 'application/json' as const,
      dataschema: 'urn:quietline:event:wish.recorded.v1',
      partitionkey: subject,
      data: JSON.stringify({ n, filler: randomBytes(200_000).toString('hex') }),
    }));
    await publisher.publish(events);
    expect(await published(broker.brokers, `${prefix}wish.events.v1`, subject, 5)).toEqual(
      events.map((event) => event.id),
    );
    await publisher.disconnect();
    await admin.disconnect();
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
