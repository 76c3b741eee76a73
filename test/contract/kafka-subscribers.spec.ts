import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TOPICS } from '../../src/contracts/topics';
import { startApp, type TestApp } from '../support/app';
import { consent, freshNumber, openBank, question } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { describeWithKafka } from '../support/describe-with-kafka';
import { expectStatus } from '../support/http';
import { type Broker, sharedBroker, topicPrefix } from '../support/kafka';
import { allPublished } from '../support/published';
import { eventually } from '../support/proofs/eventually';
import { faultsOf } from '../support/recorded-events';

/** A record as a stranger's program prints it. */
interface Printed {
  key: string;
  headers: Record<string, string>;
  value: string;
}

interface Recorded {
  id: string;
  type: string;
  subject: string | null;
  at: Date;
  clear: string;
  instance: string;
}

interface KafkaStatus {
  reachable: boolean;
  lags: { group: string; topic: string; partition: number; lag: number }[];
}

const WORDS = '请不要再打了，谢谢';

describeWithKafka('readers of topics that nobody here wrote', () => {
  let broker: Broker;
  let app: TestApp;
  const prefix = topicPrefix();
  let recorded: Recorded[];
  const number = freshNumber();

  beforeAll(async () => {
    broker = await sharedBroker();
    app = await startApp({
      env: { KAFKA_BROKERS: broker.brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '3' },
    });
    const bank = await openBank(app);
    const { officer } = bank.cast;
    await expectStatus(201, officer.put('/v1/people/C-1029', { numbers: [number] }));
    await consent(bank, { number });
    for (let i = 0; i < 20; i++) {
      await expectStatus(200, bank.dialer.post('/v1/calls/authorize', question(bank, freshNumber())));
    }
    await expectStatus(200, bank.dialer.post('/v1/calls/authorize', question(bank, number)));
    const wish = { number, source: 'customer', reason: WORDS };
    await expectStatus(201, officer.post('/v1/suppressions', wish));
    await expectStatus(200, bank.dialer.post('/v1/calls/authorize', question(bank, number)));
    await allPublished(app);
    recorded = await queryRows<Recorded>(
      app.database,
      `SELECT event_id AS id, type, subject_id AS subject, recorded_at AS at, clear::text AS clear,
         (SELECT instance_id::text FROM installation) AS instance
       FROM events ORDER BY seq`,
    );
  }, 180_000);
  afterAll(() => app.close());

  const onTopic = (topic: keyof typeof TOPICS): Recorded[] =>
    recorded.filter(({ type }) => (TOPICS[topic] as readonly string[]).includes(type));

  /** Every event once, its bytes as they were recorded, and each key's in order. */
  function expectEvents(printed: readonly Printed[], expected: readonly Recorded[]): void {
    expect(expected.length).toBeGreaterThan(0);
    const byId = new Map(printed.map((record) => [record.headers['ce_id'], record]));
    expect([...byId.keys()].sort()).toEqual(expected.map(({ id }) => id).sort());
    for (const { id, type, subject, at, clear, instance } of expected) {
      const { partitionKey } = JSON.parse(clear) as { partitionKey: string };
      expect(byId.get(id)).toEqual({
        key: subject ?? partitionKey,
        value: clear,
        headers: {
          'content-type': 'application/json',
          ce_specversion: '1.0',
          ce_id: id,
          ce_source: `/quietline/${instance}`,
          ce_type: type,
          ce_time: at.toISOString(),
          ce_dataschema: `urn:quietline:event:${type}`,
          ce_partitionkey: partitionKey,
          ...(subject === null ? {} : { ce_subject: subject }),
        },
      });
      expect(faultsOf(type, JSON.parse(clear))).toEqual([]);
    }
    const ofKey = (key: string): string[] => [
      ...new Set(printed.filter((record) => record.key === key).map(({ headers }) => headers['ce_id'] ?? '')),
    ];
    for (const key of new Set(printed.map((record) => record.key))) {
      const inOrder = expected.filter((event) => keyOf(event) === key).map(({ id }) => id);
      expect(ofKey(key)).toEqual(inOrder);
    }
    for (const text of [number, number.slice(3), WORDS, 'C-1029'])
      expect(JSON.stringify(printed)).not.toContain(text);
  }

  it('are not in the way of our own, whose lag an operator sees', async () => {
    const read = async () => {
      const { kafka } = await expectStatus(200, app.admin.get<{ kafka: KafkaStatus }>('/v1/bus'));
      return kafka;
    };
    const status = await eventually('both consumers have read all', async () => {
      const kafka = await read();
      return (
        new Set(kafka.lags.map(({ group }) => group)).size >= 2 &&
        kafka.lags.every(({ lag }) => lag === 0) &&
        kafka
      );
    });
    expect(status.reachable).toBe(true);
    expect(status.lags.map(({ group }) => group)).toContain(`${prefix}quietline.webhooks`);
    const { text } = await app.anonymous.get('/metrics');
    expect(text).toContain('quietline_broker_reachable 1');
    expect(text).toContain(
      `quietline_consumer_lag{group="${prefix}quietline.webhooks",topic="${prefix}wish.events.v1"`,
    );
  });

  it.each(Object.keys(TOPICS) as (keyof typeof TOPICS)[])('kcat prints CloudEvents of %s', async (topic) => {
    const expected = onTopic(topic);
    const lines = await run('kcat', ['-C', '-b', broker.brokers, '-t', prefix + topic, '-e', '-q', '-J']);
    if (expected.length === 0) expect(lines).toEqual([]);
    else expectEvents(lines.map(readKcat), expected);
  });

  it.each(['call.decisions.v1', 'wish.events.v1', 'consent.events.v1'] as const)(
    'Kafka’s own console consumer prints CloudEvents of %s',
    async (topic) => {
      const lines = await run('java', [
        '-Xmx256m',
        '-cp',
        join(broker.libraries, '*'),
        'org.apache.kafka.tools.consumer.ConsoleConsumer',
        ...['--bootstrap-server', broker.brokers, '--topic', prefix + topic, '--from-beginning'],
        ...['--timeout-ms', '6000'],
        ...['key', 'headers'].flatMap((part) => ['--formatter-property', `print.${part}=true`]),
        ...[
          '--formatter-property',
          'headers.separator=\u001f',
          '--formatter-property',
          'key.separator=\u001e',
        ],
      ]);
      expectEvents(lines.filter((line) => line.includes('\u001e')).map(readConsole), onTopic(topic));
    },
    60_000,
  );
});

const keyOf = ({ subject, clear }: Recorded): string =>
  subject ?? (JSON.parse(clear) as { partitionKey: string }).partitionKey;

function readKcat(line: string): Printed {
  const { key, payload, headers } = JSON.parse(line) as { key: string; payload: string; headers: string[] };
  const pairs: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2) pairs[headers[i] ?? ''] = headers[i + 1] ?? '';
  return { key, value: payload, headers: pairs };
}

/** `headers SEPARATOR key SEPARATOR value`, a header being `name:value`. */
function readConsole(line: string): Printed {
  const [headers = '', key = '', value = ''] = line.split('\u001e');
  const pairs = headers.split('\u001f').map((pair): [string, string] => {
    const at = pair.indexOf(':');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return { key, value, headers: Object.fromEntries(pairs) };
}

/** The lines that a program prints until it ends by itself. */
async function run(program: string, args: readonly string[]): Promise<string[]> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [printed, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 && printed === '') throw new Error(`${program} ended with ${code}: ${said.slice(-1_000)}`);
  return printed.split('\n').filter((line) => line !== '');
}
