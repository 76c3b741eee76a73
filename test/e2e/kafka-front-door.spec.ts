import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { startApp, type TestApp } from '../support/app';
import { ask, type Bank, consent, freshNumber, openBank, question } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { describeWithKafka } from '../support/describe-with-kafka';
import { expectStatus } from '../support/http';
import { sharedBroker, topicPrefix } from '../support/kafka';
import { eventually } from '../support/proofs/eventually';

const TEN = '2026-11-20T10:00:00+08:00';
const START_MS = 120_000;

/** Under CI it must be there; elsewhere it is skipped. */
const withKcat = process.env['CI'] === 'true' || spawnSync('kcat', ['-V']).status === 0 ? it : it.skip;

interface Told {
  headers: Record<string, string>;
  data: { outcome?: string; code?: string; callId?: string };
}

describeWithKafka('the front door on a real broker', () => {
  const prefix = topicPrefix();
  let brokers: string;
  let database: TestDatabase;
  let dataDir: string;
  let app: TestApp;
  let bank: Bank;
  let kafka: Kafka;
  let producer: Producer;
  const told: Told[] = [];
  let stop: () => Promise<void>;
  let made = 0;

  const start = (): Promise<TestApp> =>
    startApp({
      now: TEN,
      env: { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '3' },
      database,
      dataDir,
    });

  beforeAll(async () => {
    ({ brokers } = await sharedBroker());
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-door-'));
    app = await start();
    bank = await openBank(app);
    kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
    producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const topic = `${prefix}call.decisions.v1`;
    const consumer = kafka.consumer({ groupId: `${prefix}dialer` });
    const admin = kafka.admin();
    await admin.connect();
    await eventually('the topics are made', async () => (await admin.listTopics()).includes(topic));
    await admin.disconnect();
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        const headers = Object.fromEntries(
          Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
        );
        told.push({ headers, data: JSON.parse(message.value?.toString() ?? '') as Told['data'] });
        return Promise.resolve();
      },
    });
    stop = () => consumer.disconnect();
  }, START_MS);
  afterAll(async () => {
    await stop();
    await producer.disconnect();
    await app.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const publish = (topic: string, type: string, events: { id: string; key: string; data: unknown }[]) =>
    producer.send({
      topic: prefix + topic,
      messages: events.map(({ id, key, data }) => ({
        key,
        value: typeof data === 'string' ? data : JSON.stringify(data),
        headers: {
          'content-type': 'application/json',
          ce_specversion: '1.0',
          ce_id: id,
          ce_source: '/bank/dialer',
          ce_type: type,
          ce_time: TEN,
        },
      })),
    });
  const answersOf = (ids: readonly string[]): Told[] =>
    told.filter(({ headers }) => ids.includes(headers['ce_requestid'] ?? ''));
  const requestsTo = (numbers: readonly string[]): { id: string; key: string; data: unknown }[] =>
    numbers.map((to) => ({ id: `r-${made++}`, key: to, data: question(bank, to) }));
  const allTold = (ids: readonly string[]): Promise<true | undefined> =>
    eventually('every question is answered', () =>
      Promise.resolve(answersOf(ids).length >= ids.length || undefined),
    );

  it(
    'answers in order per person, poison among good ones, through a restart, each once',
    async () => {
      const [consented, ...others] = Array.from({ length: 30 }, freshNumber);
      if (consented === undefined) throw new Error('No number.');
      await consent(bank, { number: consented });
      const first = requestsTo([consented, ...others, consented, consented]);
      first[5] = { id: `r-${made++}`, key: freshNumber(), data: '{"to":' };
      await publish('call.requests.v1', 'call.request.v1', first);
      // In the midst of it the consuming process goes, and another one comes.
      await app.close();
      app = await start();
      bank = { ...bank, app, dialer: app.as(bank.dialer.key ?? '') };
      const ids = first.map(({ id }) => id);
      await allTold(ids);
      const second = requestsTo(Array.from({ length: 10 }, freshNumber));
      await publish('call.requests.v1', 'call.request.v1', [...second, ...first]);
      const all = [...ids, ...second.map(({ id }) => id)];
      await allTold(all);
      const mine = answersOf(all);
      expect(mine.map(({ headers }) => headers['ce_requestid']).sort()).toEqual([...all].sort());
      const ofOne = first.filter(({ key }) => key === consented).map(({ id }) => id);
      expect(answersOf(ofOne).map(({ headers, data }) => [headers['ce_requestid'], data.outcome])).toEqual(
        ofOne.map((id, index) => [id, index === 0 ? 'allow' : 'defer']),
      );
      const rejected = mine.filter(({ headers }) => headers['ce_type'] === 'call.request.rejected.v1');
      expect(rejected.map(({ data }) => data.code)).toEqual(['MALFORMED']);
      const allowed = mine.find(({ data }) => data.outcome === 'allow');
      expect(allowed?.headers['ce_authorization']).toMatch(/^eyJ/);
      const sent = JSON.stringify(mine);
      for (const number of [consented, ...others]) expect(sent).not.toContain(number.slice(-8));
    },
    START_MS,
  );

  withKcat(
    'takes what kcat publishes, and kcat reads valid CloudEvents',
    async () => {
      const to = freshNumber();
      const run = (args: string[], input = ''): string => {
        const { status, stdout, stderr } = spawnSync('kcat', ['-b', brokers, ...args], {
          input,
          encoding: 'utf8',
        });
        if (status !== 0) throw new Error(`kcat: ${stderr}`);
        return stdout;
      };
      const structured = {
        specversion: '1.0',
        id: 'kcat-1',
        source: '/bank/crm',
        type: 'wish.add.v1',
        data: { number: to, reason: 'Said at the branch.' },
      };
      run(
        [
          '-P',
          '-t',
          `${prefix}people.changes.in.v1`,
          '-k',
          'C-1',
          '-H',
          'content-type=application/cloudevents+json',
        ],
        JSON.stringify(structured),
      );
      await eventually('the wish binds', async () =>
        (await ask(bank, to)).reasons.some(({ code }) => code === 'SUPPRESSED'),
      );
      const headers = [
        'ce_specversion=1.0',
        'ce_id=kcat-2',
        'ce_source=/bank/dialer',
        'ce_type=call.request.v1',
      ];
      run(
        [
          ...['-P', '-t', `${prefix}call.requests.v1`, '-k', 'C-1', '-H', 'content-type=application/json'],
          ...[...headers, `ce_time=${TEN}`].flatMap((header) => ['-H', header]),
        ],
        JSON.stringify(question(bank, to)),
      );
      await allTold(['kcat-2']);
      const read = run(['-C', '-t', `${prefix}call.decisions.v1`, '-e', '-q', '-f', '%h %s\n']);
      const line = read.split('\n').find((text) => text.includes('ce_requestid=kcat-2')) ?? '';
      expect(line).toContain('ce_specversion=1.0');
      expect(line).toContain('ce_type=call.decided.v1');
      expect(JSON.parse(line.slice(line.indexOf(' ') + 1))).toMatchObject({
        outcome: 'deny',
        codes: expect.arrayContaining(['SUPPRESSED']) as string[],
      });
    },
    START_MS,
  );

  it(
    'keeps poison as a letter and goes on with others of its partition',
    async () => {
      const numbers = Array.from({ length: 6 }, freshNumber);
      const wishes = numbers.map((number) => ({
        id: `w-${made++}`,
        key: number,
        data: { number, reason: 'Asked.' },
      }));
      await publish('people.changes.in.v1', 'wish.add.v1', [
        { id: 'poison', key: 'C-9', data: { number: 'nobody' } },
        ...wishes,
      ]);
      for (const number of numbers) {
        await eventually('the wish binds', async () =>
          (await ask(bank, number)).reasons.some(({ code }) => code === 'SUPPRESSED'),
        );
      }
      const list = await expectStatus(
        200,
        app.as(bank.cast.officer.key ?? '').get<{ items: { reason: string }[] }>('/v1/inbound-letters'),
      );
      expect(list.items.map(({ reason }) => reason)).toEqual(['INVALID REQUIRED at /reason']);
    },
    START_MS,
  );
});
