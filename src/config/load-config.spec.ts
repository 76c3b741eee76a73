import { join, resolve } from 'node:path';
import { ConfigError, loadClientConfig, loadConfig } from './load-config';

const dataDirOfThisUser = process.getuid?.() === 0 ? '/var/lib/quietline' : resolve('data');

describe('loadConfig', () => {
  it('gives a complete configuration from an empty environment', () => {
    expect(loadConfig({})).toEqual({
      role: 'all',
      http: { host: '127.0.0.1', port: 3000, publicUrl: 'http://127.0.0.1:3000' },
      dataDir: dataDirOfThisUser,
      database: { url: undefined, poolSize: 20 },
      blobs: undefined,
      imports: { maxBytes: 4_294_967_296 },
      auth: {
        bootstrapAdminKey: undefined,
        adminKeyFile: join(dataDirOfThisUser, 'admin-key'),
        oidc: undefined,
      },
      kekFile: join(dataDirOfThisUser, 'key-encryption-key'),
      decision: { authorizationTtlMs: 30_000, defaultEntity: undefined },
      monitors: { everySeconds: 60 },
      sms: {
        webhookSecret: undefined,
        twilioAuthToken: undefined,
        sender: undefined,
        helpContact: undefined,
      },
      webhooks: { privateNetworks: [] },
      ledgerOrigin: '127.0.0.1:3000/ledger',
      metricsToken: undefined,
      logLevel: 'info',
    });
  });

  it('reads the private networks that webhooks may go to', () => {
    const networks = (value: string) =>
      loadConfig({ WEBHOOK_PRIVATE_NETWORKS: value }).webhooks.privateNetworks;
    expect(networks('10.20.0.0/16, fd00:1::/32')).toEqual(['10.20.0.0/16', 'fd00:1::/32']);
    for (const wrong of [
      '10.20.0.0',
      '10.20.0.0/33',
      '10.20/16',
      'fd00::/129',
      'all',
      '10.0.0.0/8,',
      'fe80::1%a/64',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
    ])
      expect(() => networks(wrong)).toThrow(/^WEBHOOK_PRIVATE_NETWORKS must be up to 32 networks/);
  });

  it.each([
    ['s3://files?region=eu-central-1', 'files', '', 'eu-central-1', undefined],
    ['s3://files/quietline/?region=cn-north-1', 'files', 'quietline/', 'cn-north-1', undefined],
    [
      's3://a.b-c/x/y?endpoint=https://s3.example:9000',
      'a.b-c',
      'x/y/',
      'us-east-1',
      'https://s3.example:9000',
    ],
    ['s3://files/?endpoint=http://127.0.0.1:9&region=r', 'files', '', 'r', 'http://127.0.0.1:9'],
  ])('reads BLOB_URL=%s', (value, bucket, prefix, region, endpoint) => {
    expect(loadConfig({ BLOB_URL: value }).blobs).toEqual({ bucket, prefix, region, endpoint });
  });

  it.each([
    'files',
    'file:///srv/files',
    's3://',
    's3://Files?region=r',
    's3://files',
    's3://files?region=',
    's3://key:secret@files?region=r',
    's3://files:9000?region=r',
    's3://files/a//b?region=r',
    's3://files/a%2Fb?region=r',
    's3://files?region=r&region=s',
    's3://files?region=r&acl=public-read',
    's3://files?region=r#here',
    's3://files?endpoint=store.example',
    's3://files?endpoint=http://store.example',
    's3://files?endpoint=https://store.example/path',
    's3://files?endpoint=https://key:secret@store.example',
  ])('refuses BLOB_URL=%s with one line', (value) => {
    expect(() => loadConfig({ BLOB_URL: value })).toThrow(/^BLOB_URL must be s3:\/\/bucket\/prefix[^\n]*$/);
  });

  it('takes an empty value as unset and trims the others', () => {
    expect(loadConfig({ PORT: '', KAFKA_BROKERS: ' ', HOST: ' 0.0.0.0 ' }).http).toEqual({
      host: '0.0.0.0',
      port: 3000,
      publicUrl: 'http://localhost:3000',
    });
  });

  it.each([
    ['30', 30_000],
    ['PT30S', 30_000],
    ['PT1M', 60_000],
    ['PT1M30S', 90_000],
    ['PT2M', 120_000],
    ['1', 1_000],
  ])('reads AUTHORIZATION_TTL=%s as %d ms', (value, ms) => {
    expect(loadConfig({ AUTHORIZATION_TTL: value }).decision.authorizationTtlMs).toBe(ms);
  });

  it.each(['0', '121', 'PT2M1S', 'PT', 'P1D', 'PT0S', '30s', '-5', 'PT1.5S'])(
    'refuses AUTHORIZATION_TTL=%s',
    (value) => {
      expect(() => loadConfig({ AUTHORIZATION_TTL: value })).toThrow(
        /^AUTHORIZATION_TTL must be 1 to 120 seconds/,
      );
    },
  );

  it.each<[string, Record<string, string>, string]>([
    ['a port out of range', { PORT: '65536' }, 'PORT must be a whole number from 0 to 65535.'],
    ['a port that is no number', { PORT: '3e3' }, 'PORT must be a whole number from 0 to 65535.'],
    ['another database', { DATABASE_URL: 'mysql://h/d' }, 'DATABASE_URL must be a postgres:// URL.'],
    ['an unknown role', { ROLE: 'dialer' }, 'ROLE must be one of all, gateway, optout, ledger, audit, jobs.'],
    [
      'a role of its own with nothing to meet the others in',
      { ROLE: 'gateway' },
      "ROLE=gateway needs DATABASE_URL and KAFKA_BROKERS: only ROLE=all can run without the other roles' processes.",
    ],
    [
      'a role of its own without Kafka',
      { ROLE: 'jobs', DATABASE_URL: 'postgres://h/d' },
      "ROLE=jobs needs KAFKA_BROKERS: only ROLE=all can run without the other roles' processes.",
    ],
    [
      'brokers without ports',
      { KAFKA_BROKERS: 'kafka-1,kafka-2:9092' },
      'KAFKA_BROKERS must be 1 to 64 brokers as host:port, with commas between them.',
    ],
    [
      'half a certificate',
      { KAFKA_TLS: 'true', KAFKA_CERT_FILE: 'c.pem' },
      'KAFKA_CERT_FILE and KAFKA_KEY_FILE must be set together.',
    ],
    [
      'an authority that nothing is checked by',
      { KAFKA_CA_FILE: 'ca.pem' },
      'KAFKA_CA_FILE and KAFKA_CERT_FILE need KAFKA_TLS=true.',
    ],
    [
      'half a sign-in at the brokers',
      { KAFKA_SASL: 'plain', KAFKA_USERNAME: 'u' },
      'KAFKA_SASL, KAFKA_USERNAME and KAFKA_PASSWORD must be set together.',
    ],
    [
      'a password in clear over the network',
      { KAFKA_BROKERS: 'kafka:9092', KAFKA_SASL: 'plain', KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p' },
      'KAFKA_SASL=plain needs KAFKA_TLS=true unless every broker is on this machine.',
    ],
    [
      'a standby that is not waited for',
      { DURABILITY: 'standby' },
      'DURABILITY cannot be set: this version knows no synchronous standby.',
    ],
    [
      'a sender of replies without its secret',
      { SMS_SENDER_URL: 'https://sms.example/send' },
      'SMS_SENDER_URL and SMS_SENDER_SECRET must be set together.',
    ],
    [
      'replies in clear over the network',
      { SMS_SENDER_URL: 'http://sms.example/send', SMS_SENDER_SECRET: 'secret' },
      'SMS_SENDER_URL must be an https URL unless it is on this machine.',
    ],
    [
      'half a sign-in',
      { OIDC_ISSUER: 'https://id.example' },
      'OIDC_ISSUER and OIDC_AUDIENCE must be set together.',
    ],
    [
      'an issuer in clear over the network',
      { OIDC_ISSUER: 'http://id.example', OIDC_AUDIENCE: 'a' },
      'OIDC_ISSUER must be an https URL unless it is on this machine.',
    ],
    [
      'an origin that no signed note can carry',
      { LEDGER_ORIGIN: 'a+b' },
      'LEDGER_ORIGIN must hold neither spaces nor a plus sign.',
    ],
    [
      'an unknown level',
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent.',
    ],
  ])('refuses %s with one line', (_, env, line) => {
    expect(() => loadConfig(env)).toThrow(new ConfigError(line));
  });

  it('reads how brokers are reached', () => {
    expect(loadConfig().kafka).toBeUndefined();
    expect(loadConfig({ KAFKA_BROKERS: '127.0.0.1:9092, [::1]:9093' }).kafka).toEqual({
      brokers: ['127.0.0.1:9092', '[::1]:9093'],
      topicPrefix: '',
      partitions: 12,
      replication: 1,
      tls: undefined,
      sasl: undefined,
    });
    const secured = loadConfig({
      ROLE: 'jobs',
      DATABASE_URL: 'postgres://h/d',
      KAFKA_BROKERS: 'kafka:9093',
      KAFKA_TOPIC_PREFIX: 'bank.',
      KAFKA_TLS: 'true',
      KAFKA_CA_FILE: '/etc/ca.pem',
      KAFKA_CERT_FILE: '/etc/cert.pem',
      KAFKA_KEY_FILE: '/etc/key.pem',
      KAFKA_SASL: 'scram-sha-512',
      KAFKA_USERNAME: 'quietline',
      KAFKA_PASSWORD: 'secret',
    });
    expect(secured.kafka).toMatchObject({
      topicPrefix: 'bank.',
      tls: { ca: '/etc/ca.pem', client: { cert: '/etc/cert.pem', key: '/etc/key.pem' } },
      sasl: { mechanism: 'scram-sha-512', username: 'quietline', password: 'secret' },
    });
    expect(secured.role).toBe('jobs');
  });

  it('names every fault on one line and repeats no value', () => {
    const secret = 'has spaces in it';
    const fault = faultOf(() =>
      loadConfig({ PORT: 'x', BOOTSTRAP_ADMIN_KEY: secret, METRICS_TOKEN: 'short' }),
    );
    expect(fault.message).toBe(
      'PORT must be a whole number from 0 to 65535; ' +
        'BOOTSTRAP_ADMIN_KEY must be 8 to 256 characters of a bearer token; ' +
        'METRICS_TOKEN must be 16 to 256 characters of a bearer token.',
    );
  });

  it('derives the ledger origin from the public URL', () => {
    const config = loadConfig({ PUBLIC_URL: 'https://quietline.example.com/' });
    expect(config.http.publicUrl).toBe('https://quietline.example.com');
    expect(config.ledgerOrigin).toBe('quietline.example.com/ledger');
  });

  it('keeps the keys below DATA_DIR unless KEK_FILE names another file', () => {
    expect(loadConfig({ DATA_DIR: '/srv/q' })).toMatchObject({
      dataDir: '/srv/q',
      kekFile: '/srv/q/key-encryption-key',
      auth: { adminKeyFile: '/srv/q/admin-key' },
    });
    expect(loadConfig({ DATA_DIR: '/srv/q', KEK_FILE: '/run/kek' }).kekFile).toBe('/run/kek');
  });

  it('takes an identity provider on this machine over http', () => {
    const env = { OIDC_ISSUER: 'http://127.0.0.1:9000', OIDC_AUDIENCE: 'quietline' };
    expect(loadConfig(env).auth.oidc).toEqual({
      issuer: 'http://127.0.0.1:9000',
      audience: 'quietline',
      rolesClaim: 'roles',
    });
  });
});

describe('loadClientConfig', () => {
  it('speaks to this machine without a key by default', () => {
    expect(loadClientConfig({})).toEqual({ url: 'http://127.0.0.1:3000', key: undefined });
  });

  it('refuses an address that is no URL', () => {
    expect(() => loadClientConfig({ QUIETLINE_URL: 'localhost' })).toThrow(/^QUIETLINE_URL must be/);
  });
});

function faultOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}
