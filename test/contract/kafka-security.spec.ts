import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { dataSchemaOf } from '../../src/contracts/events';
import type { BusEvent } from '../../src/platform/bus/event-bus';
import type { Database } from '../../src/platform/database/database';
import { type Certificates, makeCertificates } from '../support/certificates';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { describeWithKafka } from '../support/describe-with-kafka';
import { type OwnBroker, startOwnBroker } from '../support/kafka';
import { connectionOf, publisherOf } from '../support/published';

const PASSWORDS = { plain: `plain-${randomUUID()}`, scram: `scram-${randomUUID()}` };

type Variables = Record<string, string>;

describeWithKafka('brokers over TLS and SASL', () => {
  let certificates: Certificates;
  let broker: OwnBroker;
  let owned: TestDatabase;
  let database: Database;
  let ports: { mutual: number; expired: number };

  beforeAll(async () => {
    certificates = await makeCertificates();
    ports = { mutual: await freePort(), expired: await freePort() };
    broker = await startOwnBroker({ settings: await settings() });
    owned = await createTestDatabase();
    database = connectionOf(owned);
    await addScramUser();
  }, 120_000);
  afterAll(async () => {
    await database.onApplicationShutdown();
    await owned.drop();
    await broker.stop();
    await certificates.remove();
  });

  /** Three doors: with a name and password, with a certificate, and one whose own certificate has run out. */
  async function settings(): Promise<Variables> {
    const keystore = await inOneFile('server.keystore', certificates.server);
    const old = await inOneFile('expired.keystore', certificates.expired);
    return {
      listeners:
        `SASL_SSL://127.0.0.1:{port},MUTUAL://127.0.0.1:${ports.mutual},EXPIRED://127.0.0.1:${ports.expired},` +
        'CONTROLLER://127.0.0.1:{controller}',
      'advertised.listeners': `SASL_SSL://localhost:{port},MUTUAL://localhost:${ports.mutual},EXPIRED://localhost:${ports.expired}`,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,MUTUAL:SSL,EXPIRED:SSL',
      'inter.broker.listener.name': 'SASL_SSL',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.sasl_ssl.plain.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" ' +
        `password="${PASSWORDS.plain}" user_admin="${PASSWORDS.plain}" user_quietline="${PASSWORDS.plain}";`,
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keystore,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': certificates.ca,
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.expired.ssl.keystore.type': 'PEM',
      'listener.name.expired.ssl.keystore.location': old,
    };
  }

  async function inOneFile(name: string, pair: { cert: string; key: string }): Promise<string> {
    const file = join(certificates.directory, name);
    await writeFile(file, (await readFile(pair.key, 'utf8')) + (await readFile(pair.cert, 'utf8')));
    return file;
  }

  /** By Kafka's own tool, over the very door. */
  async function addScramUser(): Promise<void> {
    const file = join(certificates.directory, 'admin.properties');
    await writeFile(
      file,
      [
        'security.protocol=SASL_SSL',
        'sasl.mechanism=PLAIN',
        'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ' +
          `username="admin" password="${PASSWORDS.plain}";`,
        'ssl.truststore.type=PEM',
        `ssl.truststore.location=${certificates.ca}`,
        '',
      ].join('\n'),
    );
    const { status, stdout, stderr } = spawnSync(
      'java',
      [
        ...['-Xmx256m', '-cp', join(broker.libraries, '*'), 'kafka.admin.ConfigCommand'],
        ...['--bootstrap-server', named(portOf(broker)), '--command-config', file],
        ...['--alter', '--entity-type', 'users', '--entity-name', 'quietline'],
        ...['--add-config', `SCRAM-SHA-512=[iterations=8192,password=${PASSWORDS.scram}]`],
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`No user was made: ${stdout}${stderr}`);
  }

  const withPassword = (change: Variables = {}): Variables => ({
    KAFKA_BROKERS: named(portOf(broker)),
    KAFKA_TLS: 'true',
    KAFKA_CA_FILE: certificates.ca,
    KAFKA_SASL: 'scram-sha-512',
    KAFKA_USERNAME: 'quietline',
    KAFKA_PASSWORD: PASSWORDS.scram,
    ...change,
  });
  const withCertificate = (
    pair: { cert: string; key: string } = certificates.client,
    change: Variables = {},
  ): Variables => ({
    KAFKA_BROKERS: named(ports.mutual),
    KAFKA_TLS: 'true',
    KAFKA_CA_FILE: certificates.ca,
    KAFKA_CERT_FILE: pair.cert,
    KAFKA_KEY_FILE: pair.key,
    ...change,
  });

  /** Publishes one event as configured; resolves when it is on the topic. */
  async function publish(variables: Variables): Promise<string> {
    const publisher = publisherOf(variables, database);
    const event = made();
    try {
      await publisher.connect();
      await publisher.publish([event]);
      return event.id;
    } finally {
      await publisher.disconnect();
    }
  }

  /** The ids on the topic, as kcat, which nobody here wrote, reads them over TLS. */
  function printed(door: readonly string[]): string[] {
    const own = [`ssl.ca.location=${certificates.ca}`, 'broker.address.family=v4'];
    const options = [...door, ...own].flatMap((option) => ['-X', option]);
    const { stdout, stderr } = spawnSync(
      'kcat',
      ['-C', '-t', 'settings.events.v1', '-e', '-q', '-f', '%h\n', '-b', named(portOf(broker)), ...options],
      { encoding: 'utf8' },
    );
    const ids = [...stdout.matchAll(/ce_id=([0-9a-f-]{36})/g)].map(([, id]) => id ?? '');
    if (ids.length === 0) throw new Error(`kcat read nothing: ${stderr}`);
    return ids;
  }

  it.each([
    ['SCRAM-SHA-512', () => withPassword()],
    ['PLAIN', () => withPassword({ KAFKA_SASL: 'plain', KAFKA_PASSWORD: PASSWORDS.plain })],
    ['a certificate of its own', () => withCertificate()],
  ])('takes events from who shows %s', async (_, variables) => {
    const id = await publish(variables());
    const door = [
      'security.protocol=sasl_ssl',
      'sasl.mechanisms=PLAIN',
      'sasl.username=quietline',
      `sasl.password=${PASSWORDS.plain}`,
    ];
    expect(printed(door)).toContain(id);
  });

  it.each([
    [
      'a wrong password',
      () => withPassword({ KAFKA_PASSWORD: 'wrong' }),
      /authentication failed|credentials/i,
    ],
    ['nobody’s name', () => withPassword({ KAFKA_USERNAME: 'nobody' }), /authentication failed|credentials/i],
    [
      'a wrong plain password',
      () => withPassword({ KAFKA_SASL: 'plain', KAFKA_PASSWORD: 'wrong' }),
      /authentication failed|credentials/i,
    ],
    [
      'an authority that did not sign the broker',
      () => withPassword({ KAFKA_CA_FILE: certificates.strangersCa }),
      /unable to (verify|get)|self.signed/i,
    ],
    [
      'the authorities that Node.js trusts',
      () => without(withPassword(), 'KAFKA_CA_FILE'),
      /unable to|self.signed/i,
    ],
    [
      'a name that is not the broker’s',
      () => withPassword({ KAFKA_BROKERS: `127.0.0.1:${portOf(broker)}` }),
      /127\.0\.0\.1|altnames/i,
    ],
    [
      'a broker whose certificate has run out',
      () => withCertificate(undefined, { KAFKA_BROKERS: named(ports.expired) }),
      /certificate has expired/,
    ],
    [
      'no certificate where one is asked for',
      () => without(withCertificate(), 'KAFKA_CERT_FILE', 'KAFKA_KEY_FILE'),
      /certificate|closed|alert/i,
    ],
    [
      'a certificate that a stranger signed',
      () => withCertificate(certificates.stranger),
      /certificate|closed|alert/i,
    ],
  ])('takes nothing with %s, and says so without the password', async (_, variables, words) => {
    const refused = await publish(variables()).then(
      () => 'It was taken.',
      (error: Error) =>
        `${error.name}: ${error.message} ${String((error.cause as Error | undefined)?.message ?? '')}`,
    );
    expect(refused).toMatch(words);
    for (const password of Object.values(PASSWORDS)) expect(refused).not.toContain(password);
  });
});

function made(): BusEvent {
  const type = 'entity.changed.v1';
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/quietline/test',
    type,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(type),
    partitionkey: 'bank',
    data: '{"id":"bank","partitionKey":"bank"}',
  };
}

const named = (port: number): string => `localhost:${port}`;
const portOf = (broker: OwnBroker): number => Number(broker.brokers.replace(/^.*:/, ''));

function without(variables: Variables, ...names: string[]): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
