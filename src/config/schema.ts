import { isIP } from 'node:net';
import { z } from 'zod';
import { BLOB_URL_MUST, parseBlobUrl } from './blob-url';
import { SERVICES } from '../contracts/serving';

/**
 * Every environment variable that this version reads: the one place where it is named, bounded and described.
 * `docs/configuration.md` is generated from it. An empty value counts as unset (compose files write `${X:-}`).
 */

const SECONDS_OR_DURATION = /^(?:(\d+)|PT(?=\d)(?:(\d+)M)?(?:(\d+)S)?)$/;
const MAX_AUTHORIZATION_TTL_SECONDS = 120;
/** Who runs where (docs/architecture.md). */
export const PROCESS_ROLES = ['all', ...SERVICES] as const;
const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const MAX_BROKERS = 64;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Where a variable stands in the reference, and what it is when nobody sets it. */
interface Described {
  readonly section:
    | 'HTTP'
    | 'Data'
    | 'Bus'
    | 'Keys and persons'
    | 'Decisions'
    | 'SMS'
    | 'Webhooks'
    | 'Operations'
    | 'Command line';
  readonly description: string;
  readonly default: string;
}

function text(pattern: RegExp, must: string, meta: Described): z.ZodOptional<z.ZodString> {
  return z
    .string()
    .regex(pattern, must)
    .optional()
    .meta({ ...meta });
}

function wholeNumber(min: number, max: number, fallback: number, meta: Omit<Described, 'default'>) {
  const must = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, must)
    .transform(Number)
    .refine((value) => value >= min && value <= max, must)
    .default(fallback)
    .meta({ ...meta, default: `\`${fallback}\`` });
}

function url(protocols: readonly string[], must: string, meta: Described) {
  return z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), must)
    .optional()
    .meta({ ...meta });
}

/** ISO 8601 durations are written in minutes and seconds here; nothing longer is within the bounds. */
function durationMs(value: string): number {
  const [, seconds, minutesPart, secondsPart] = SECONDS_OR_DURATION.exec(value) ?? [];
  return seconds === undefined
    ? (Number(minutesPart ?? 0) * 60 + Number(secondsPart ?? 0)) * 1_000
    : Number(seconds) * 1_000;
}

const ttlMust = `must be 1 to ${MAX_AUTHORIZATION_TTL_SECONDS} seconds, as PT30S or 30`;

/** An address and the length of its prefix. */
function isNetwork(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits && !address.includes('%');
}

/** `host:port`, an IPv6 address in brackets. */
const BROKER = /^(?:[0-9A-Za-z._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/;
const brokersMust = `must be 1 to ${MAX_BROKERS} brokers as host:port, with commas between them`;

const networksMust = 'must be up to 32 networks in CIDR notation, as 10.20.0.0/16, with commas between them';

/** The variables of a serving process. */
export const environment = z.object({
  PORT: wholeNumber(0, 65_535, 3_000, {
    section: 'HTTP',
    description: 'The port HTTP listens on; 0 takes any free one.',
  }),
  HOST: text(/^[0-9A-Za-z.:_-]+$/, 'must be a host name or an address', {
    section: 'HTTP',
    description: 'The address HTTP listens on. Only this machine reaches the default.',
    default: '`127.0.0.1`',
  }),
  PUBLIC_URL: url(['http:', 'https:'], 'must be an http or https URL', {
    section: 'HTTP',
    description: 'The URL that the outside sees (signatures, links).',
    default: '`http://HOST:PORT`',
  }),
  DATA_DIR: text(/^[^\0]+$/, 'must be a path', {
    section: 'Data',
    description:
      'Everything kept on disk: the embedded database, blobs, the key-encryption key unless `KEK_FILE` names ' +
      'another, and `admin-key`.',
    default: '`./data`; as root `/var/lib/quietline`',
  }),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'must be a postgres:// URL', {
    section: 'Data',
    description:
      'An existing PostgreSQL 15 or newer, named with its database. When unset, a PostgreSQL that comes with the ' +
      'packages runs in `DATA_DIR`; a server of the machine is never picked up by itself. Over TLS, its certificate ' +
      'and name checked: `?sslmode=verify-full&sslrootcert=FILE` at its end.',
    default: 'the embedded PostgreSQL',
  }),
  DATABASE_POOL_SIZE: wholeNumber(4, 80, 20, {
    section: 'Data',
    description:
      'The most connections this process opens for decisions and use cases; the resources that are only ' +
      'settings take up to a quarter more.',
  }),
  BLOB_URL: z
    .string()
    .transform((value, context) => {
      const location = parseBlobUrl(value);
      if (location !== undefined) return location;
      context.addIssue({ code: 'custom', message: BLOB_URL_MUST });
      return z.NEVER;
    })
    .optional()
    .meta({
      section: 'Data',
      description:
        'Where files (uploads) are kept that several hosts share, sealed: `s3://bucket/prefix?region=eu-central-1` for ' +
        'AWS, `s3://bucket/prefix?endpoint=https://store.example:9000` for another store of that API, by its path. The ' +
        "keys are found as every program of AWS's SDK finds them: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of " +
        'the environment, shared files, or the role of the machine. They must be able to list, put, get and delete ' +
        'objects and to list and abort multipart uploads. A bucket that keeps versions keeps what is deleted, too.',
      default: '`DATA_DIR/blobs`',
    }),
  KAFKA_BROKERS: z
    .string()
    .transform((value) => value.split(',').map((broker) => broker.trim()))
    .refine(
      (brokers) => brokers.length <= MAX_BROKERS && brokers.every((broker) => BROKER.test(broker)),
      brokersMust,
    )
    .optional()
    .meta({
      section: 'Bus',
      description:
        'The first brokers to ask, as `kafka-1:9092,kafka-2:9092`: events leave by Apache Kafka (4.0 to 4.3), and ' +
        'requests come in by it.',
      default: 'unset: a bus within the process, which empties the same outbox',
    }),
  KAFKA_TOPIC_PREFIX: text(
    /^[\w.-]{1,100}$/,
    'must be 1 to 100 letters, digits, dots, hyphens or underscores',
    {
      section: 'Bus',
      description:
        'Stands before the name of every topic and consumer group. Two installations of one Kafka need two.',
      default: 'none',
    },
  ),
  KAFKA_PARTITIONS: wholeNumber(1, 256, 12, {
    section: 'Bus',
    description:
      'Partitions of the topics that are made at the first start. It never changes afterwards: the order of a ' +
      "person's events hangs on it.",
  }),
  KAFKA_REPLICATION: wholeNumber(1, 9, 1, {
    section: 'Bus',
    description:
      'Brokers that hold each topic made at the first start; 3 in production, where a write waits for two of them.',
  }),
  KAFKA_TLS: z.enum(['true', 'false'], 'must be true or false').default('false').meta({
    section: 'Bus',
    description: 'Whether brokers are reached over TLS, their certificates checked.',
    default: '`false`',
  }),
  KAFKA_CA_FILE: text(/^[^\0]+$/, 'must be a path', {
    section: 'Bus',
    description: 'The authority that signed the brokers’ certificates, as PEM; needs `KAFKA_TLS=true`.',
    default: 'the authorities that Node.js trusts',
  }),
  KAFKA_CERT_FILE: text(/^[^\0]+$/, 'must be a path', {
    section: 'Bus',
    description: 'This client’s own certificate, as PEM; needs `KAFKA_TLS=true` and `KAFKA_KEY_FILE`.',
    default: 'unset',
  }),
  KAFKA_KEY_FILE: text(/^[^\0]+$/, 'must be a path', {
    section: 'Bus',
    description: 'The key of `KAFKA_CERT_FILE`, as PEM.',
    default: 'unset',
  }),
  KAFKA_SASL: z
    .enum(SASL_MECHANISMS, `must be one of ${SASL_MECHANISMS.join(', ')}`)
    .optional()
    .meta({
      section: 'Bus',
      description: `How this process signs in at the brokers: ${SASL_MECHANISMS.join(', ')}; needs name and password.`,
      default: 'unset: it does not',
    }),
  KAFKA_USERNAME: text(/^[^\0]+$/, 'must be a name', {
    section: 'Bus',
    description: 'The name that it signs in by.',
    default: 'unset',
  }),
  KAFKA_PASSWORD: text(/^[^\0]+$/, 'must be a password', {
    section: 'Bus',
    description: 'Its password.',
    default: 'unset',
  }),
  IMPORT_MAX_MB: wholeNumber(1, 102_400, 4_096, {
    section: 'Data',
    description: 'The largest list that can be loaded at once, in MiB.',
  }),
  BOOTSTRAP_ADMIN_KEY: text(/^[\w.~+/-]{8,256}=*$/, 'must be 8 to 256 characters of a bearer token', {
    section: 'Keys and persons',
    description: 'The first admin key; 32 random bytes are right for it.',
    default: 'made at first start and written to `DATA_DIR/admin-key` (mode 0600)',
  }),
  KEK_FILE: text(/^[^\0]+$/, 'must be a path', {
    section: 'Keys and persons',
    description:
      'The file of the key-encryption key: it wraps all other keys, which are in the database. Group and others may not read it (0400 or 0600).',
    default: '`DATA_DIR/key-encryption-key`, made at first start (mode 0600)',
  }),
  OIDC_ISSUER: url(['http:', 'https:'], 'must be an http or https URL', {
    section: 'Keys and persons',
    description: "Sign-in of persons by the institution's identity provider; needs `OIDC_AUDIENCE`.",
    default: 'persons sign in with keys only',
  }),
  OIDC_AUDIENCE: text(/^\S+$/, 'must be one word', {
    section: 'Keys and persons',
    description: 'The audience that a token must name; needs `OIDC_ISSUER`.',
    default: 'unset',
  }),
  OIDC_ROLES_CLAIM: text(/^\S+$/, 'must be the name of a claim', {
    section: 'Keys and persons',
    description: 'The claim that lists the roles of a person.',
    default: '`roles`',
  }),
  AUTHORIZATION_TTL: z
    .string()
    .regex(SECONDS_OR_DURATION, ttlMust)
    .transform(durationMs)
    .refine((ms) => ms >= 1_000 && ms <= MAX_AUTHORIZATION_TTL_SECONDS * 1_000, ttlMust)
    .default(30_000)
    .meta({
      section: 'Decisions',
      description: `How long an allow may be redeemed: an ISO 8601 duration or seconds, ${MAX_AUTHORIZATION_TTL_SECONDS} s at most.`,
      default: '`PT30S`',
    }),
  DEFAULT_ENTITY: text(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be a slug (lower-case letters, digits, hyphens)', {
    section: 'Decisions',
    description: 'The entity that a consent without a scope is given to.',
    default: 'unset: such a consent must name its scope',
  }),
  MONITOR_SECONDS: wholeNumber(0, 3_600, 60, {
    section: 'Decisions',
    description:
      'How often a process of role `jobs` or `all` looks whether a monitor has crossed its threshold, in seconds; 0 leaves it to others, ' +
      'and then there must be another process that does.',
  }),
  WEBHOOK_PRIVATE_NETWORKS: z
    .string()
    .transform((value) => value.split(',').map((network) => network.trim()))
    .refine((networks) => networks.length <= 32 && networks.every(isNetwork), networksMust)
    .default([])
    .meta({
      section: 'Webhooks',
      description:
        'Networks of the institution itself that webhooks may be sent to although their addresses are not public, in ' +
        'CIDR notation with commas: `10.20.0.0/16,fd00:1::/32`. Nothing opens link-local addresses (metadata ' +
        'services), multicast or IPv4 addresses written as IPv6.',
      default: 'none: webhooks go to public addresses only',
    }),
  LEDGER_ORIGIN: text(/^[^\s+]+$/, 'must hold neither spaces nor a plus sign', {
    section: 'Decisions',
    description:
      'The name of the ledger in its checkpoints, fixed at first start; another one later stops the start.',
    default: '`PUBLIC_URL/ledger` without its scheme',
  }),
  SMS_WEBHOOK_SECRET: text(/^\S+$/, 'must be one word', {
    section: 'SMS',
    description: 'The secret that signs `POST /v1/sms/inbound`; 32 random bytes are right for it.',
    default: 'unset: that webhook answers 503',
  }),
  TWILIO_AUTH_TOKEN: text(/^\S+$/, 'must be one word', {
    section: 'SMS',
    description:
      'The auth token of the Twilio account, which signs `POST /v1/sms/inbound/twilio` over `PUBLIC_URL`.',
    default: 'unset: that webhook answers 503',
  }),
  SMS_SENDER_URL: url(['http:', 'https:'], 'must be an http or https URL', {
    section: 'SMS',
    description:
      'Where replies to customers are posted to be sent as SMS, signed; needs `SMS_SENDER_SECRET`. With it, do not ' +
      'send the `reply` of an answer as well.',
    default: 'unset: whoever brings a message sends the `reply` it gets',
  }),
  SMS_SENDER_SECRET: text(/^\S+$/, 'must be one word', {
    section: 'SMS',
    description: 'The secret that signs what is posted to `SMS_SENDER_URL`.',
    default: 'unset',
  }),
  SMS_HELP_CONTACT: text(/^[^\0]{1,80}$/, 'must be 1 to 80 characters', {
    section: 'SMS',
    description: 'The telephone number or address that a customer is told who asks HELP.',
    default: 'the number that the customer wrote to',
  }),
  ROLE: z
    .enum(PROCESS_ROLES, `must be one of ${PROCESS_ROLES.join(', ')}`)
    .default('all')
    .meta({
      section: 'Operations',
      description:
        `Which service this process is: ${PROCESS_ROLES.join(', ')}. A single role needs \`DATABASE_URL\` and ` +
        '`KAFKA_BROKERS`.',
      default: '`all`',
    }),
  METRICS_TOKEN: text(/^[\w.~+/-]{16,256}=*$/, 'must be 16 to 256 characters of a bearer token', {
    section: 'Operations',
    description: 'The bearer token that reads `/metrics` from elsewhere than this machine.',
    default: 'unset: only this machine reads it',
  }),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`)
    .default('info')
    .meta({ section: 'Operations', description: `One of ${LOG_LEVELS.join(', ')}.`, default: '`info`' }),
});

/** The variables of the command line, which speaks to a running gateway. */
export const clientEnvironment = z.object({
  QUIETLINE_URL: url(['http:', 'https:'], 'must be an http or https URL', {
    section: 'Command line',
    description: 'The gateway that the command line speaks to.',
    default: '`http://127.0.0.1:3000`',
  }),
  QUIETLINE_KEY: text(/^\S+$/, 'must be one word', {
    section: 'Command line',
    description: 'The key that the command line sends.',
    default: 'unset',
  }),
});

/**
 * Variables of the product that this version cannot honour and must not pass over: who sets one of them relies
 * on it, so the start stops and says what is missing.
 */
export const notInThisVersion: Readonly<Record<string, string>> = {
  KMS_URL: 'this version keeps the key-encryption key in a file (KEK_FILE)',
  DURABILITY: 'this version knows no synchronous standby',
};
