import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { isLoopback, type S3Location } from './blob-url';
import { clientEnvironment, environment, notInThisVersion, type PROCESS_ROLES } from './schema';

const ROOT_DATA_DIR = '/var/lib/quietline';

/** What a serving process was told, complete and checked. Times are milliseconds, paths absolute. */
export interface Config {
  readonly role: ProcessRole;
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string };
  readonly dataDir: string;
  readonly database: {
    /** Undefined: the embedded PostgreSQL in `dataDir`. */
    readonly url: string | undefined;
    readonly poolSize: number;
  };
  /** Undefined: files are kept in `dataDir`. */
  readonly blobs: S3Location | undefined;
  /** Undefined: the in-process bus. */
  readonly kafka: KafkaConfig | undefined;
  readonly imports: { readonly maxBytes: number };
  readonly auth: {
    /** Undefined: one is made at first start and written to `adminKeyFile`. */
    readonly bootstrapAdminKey: string | undefined;
    readonly adminKeyFile: string;
    readonly oidc: OidcConfig | undefined;
  };
  readonly kekFile: string;
  readonly decision: { readonly authorizationTtlMs: number; readonly defaultEntity: string | undefined };
  /** 0: other processes run them. */
  readonly monitors: { readonly everySeconds: number };
  readonly sms: SmsConfig;
  readonly webhooks: {
    /** CIDR; what is sent to subscribers may go there although it is not public. */
    readonly privateNetworks: readonly string[];
  };
  readonly ledgerOrigin: string;
  readonly metricsToken: string | undefined;
  readonly logLevel: z.output<typeof environment>['LOG_LEVEL'];
}

export interface KafkaConfig {
  /** `host:port` */
  readonly brokers: readonly string[];
  /** Before every topic and group; may be empty. */
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly replication: number;
  /** Paths of PEM files; undefined: in clear. */
  readonly tls:
    | {
        readonly ca: string | undefined;
        readonly client: { readonly cert: string; readonly key: string } | undefined;
      }
    | undefined;
  readonly sasl:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
}

export interface OidcConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly rolesClaim: string;
}

export interface SmsConfig {
  /** Undefined: nobody can sign, so the webhook takes nothing. */
  readonly webhookSecret: string | undefined;
  readonly twilioAuthToken: string | undefined;
  /** Undefined: whoever brings a message sends the reply. */
  readonly sender: { readonly url: string; readonly secret: string } | undefined;
  readonly helpContact: string | undefined;
}

/** What the command line was told. */
export interface ClientConfig {
  readonly url: string;
  readonly key: string | undefined;
}

/** A start that must not go on; the message is one line that names the variable and never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type ProcessRole = (typeof PROCESS_ROLES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment of a serving process. Nothing else in the product reads it.
 * @throws ConfigError naming every variable that is wrong.
 */
export function loadConfig(env: Environment = process.env): Config {
  const set = withoutEmpty(env);
  for (const [name, reason] of Object.entries(notInThisVersion)) {
    if (set[name] !== undefined) throw new ConfigError(`${name} cannot be set: ${reason}.`);
  }
  const vars = parse(environment, set);
  const dataDir = resolve(vars.DATA_DIR ?? (process.getuid?.() === 0 ? ROOT_DATA_DIR : 'data'));
  requireSharedParts(vars);
  const host = vars.HOST ?? '127.0.0.1';
  const publicUrl = (vars.PUBLIC_URL ?? localUrl(host, vars.PORT)).replace(/\/+$/, '');
  return {
    role: vars.ROLE,
    http: { host, port: vars.PORT, publicUrl },
    dataDir,
    database: { url: vars.DATABASE_URL, poolSize: vars.DATABASE_POOL_SIZE },
    blobs: vars.BLOB_URL,
    kafka: kafkaOf(vars),
    imports: { maxBytes: vars.IMPORT_MAX_MB * 1_048_576 },
    auth: {
      bootstrapAdminKey: vars.BOOTSTRAP_ADMIN_KEY,
      adminKeyFile: join(dataDir, 'admin-key'),
      oidc: oidcOf(vars),
    },
    kekFile: resolve(vars.KEK_FILE ?? join(dataDir, 'key-encryption-key')),
    decision: { authorizationTtlMs: vars.AUTHORIZATION_TTL, defaultEntity: vars.DEFAULT_ENTITY },
    monitors: { everySeconds: vars.MONITOR_SECONDS },
    sms: {
      webhookSecret: vars.SMS_WEBHOOK_SECRET,
      twilioAuthToken: vars.TWILIO_AUTH_TOKEN,
      sender: senderOf(vars),
      helpContact: vars.SMS_HELP_CONTACT,
    },
    webhooks: { privateNetworks: vars.WEBHOOK_PRIVATE_NETWORKS },
    // STANDARDS §3: the read prefix as a URL without its scheme or final slash.
    ledgerOrigin: vars.LEDGER_ORIGIN ?? `${publicUrl.replace(/^https?:\/\//, '')}/ledger`,
    metricsToken: vars.METRICS_TOKEN,
    logLevel: vars.LOG_LEVEL,
  };
}

/** Reads and checks the environment of the command line. @throws ConfigError */
export function loadClientConfig(env: Environment = process.env): ClientConfig {
  const vars = parse(clientEnvironment, withoutEmpty(env));
  return {
    url: (vars.QUIETLINE_URL ?? 'http://127.0.0.1:3000').replace(/\/+$/, ''),
    key: vars.QUIETLINE_KEY,
  };
}

function withoutEmpty(env: Environment): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value.trim() !== '') set[name] = value.trim();
  }
  return set;
}

function parse<S extends z.ZodType>(schema: S, set: Record<string, string>): z.output<S> {
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new ConfigError(`${[...new Set(faults)].join('; ')}.`);
}

function oidcOf(vars: z.output<typeof environment>): OidcConfig | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = vars;
  if (issuer === undefined && audience === undefined) return undefined;
  if (issuer === undefined || audience === undefined) {
    throw new ConfigError('OIDC_ISSUER and OIDC_AUDIENCE must be set together.');
  }
  // A token's keys fetched in clear over a network could be anybody's.
  if (new URL(issuer).protocol === 'http:' && !isLoopback(new URL(issuer).hostname)) {
    throw new ConfigError('OIDC_ISSUER must be an https URL unless it is on this machine.');
  }
  return { issuer, audience, rolesClaim: vars.OIDC_ROLES_CLAIM ?? 'roles' };
}

/** Processes of single roles meet in one database and one Kafka, or not at all. */
function requireSharedParts(vars: z.output<typeof environment>): void {
  if (vars.ROLE === 'all') return;
  const missing = (['DATABASE_URL', 'KAFKA_BROKERS'] as const).filter((name) => vars[name] === undefined);
  if (missing.length > 0) {
    throw new ConfigError(
      `ROLE=${vars.ROLE} needs ${missing.join(' and ')}: only ROLE=all can run without the other roles' processes.`,
    );
  }
}

function kafkaOf(vars: z.output<typeof environment>): KafkaConfig | undefined {
  const { KAFKA_BROKERS: brokers, KAFKA_CA_FILE: ca, KAFKA_CERT_FILE: cert, KAFKA_KEY_FILE: key } = vars;
  const { KAFKA_SASL: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = vars;
  const tls = vars.KAFKA_TLS === 'true';
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError('KAFKA_CERT_FILE and KAFKA_KEY_FILE must be set together.');
  }
  if (!tls && (ca ?? cert) !== undefined) {
    throw new ConfigError('KAFKA_CA_FILE and KAFKA_CERT_FILE need KAFKA_TLS=true.');
  }
  if ([mechanism, username, password].some((part) => (part === undefined) !== (mechanism === undefined))) {
    throw new ConfigError('KAFKA_SASL, KAFKA_USERNAME and KAFKA_PASSWORD must be set together.');
  }
  if (brokers === undefined) return undefined;
  // A password in clear over a network could be anybody's soon; SCRAM proves it without saying it.
  if (mechanism === 'plain' && !tls && !brokers.every((broker) => isLoopback(hostOf(broker)))) {
    throw new ConfigError('KAFKA_SASL=plain needs KAFKA_TLS=true unless every broker is on this machine.');
  }
  return {
    brokers,
    topicPrefix: vars.KAFKA_TOPIC_PREFIX ?? '',
    partitions: vars.KAFKA_PARTITIONS,
    replication: vars.KAFKA_REPLICATION,
    tls: tls
      ? {
          ca: ca === undefined ? undefined : resolve(ca),
          client:
            cert === undefined || key === undefined ? undefined : { cert: resolve(cert), key: resolve(key) },
        }
      : undefined,
    sasl:
      mechanism === undefined || username === undefined || password === undefined
        ? undefined
        : { mechanism, username, password },
  };
}

function hostOf(broker: string): string {
  return broker.slice(0, broker.lastIndexOf(':'));
}

function senderOf(vars: z.output<typeof environment>): SmsConfig['sender'] {
  const { SMS_SENDER_URL: url, SMS_SENDER_SECRET: secret } = vars;
  if (url === undefined && secret === undefined) return undefined;
  if (url === undefined || secret === undefined) {
    throw new ConfigError('SMS_SENDER_URL and SMS_SENDER_SECRET must be set together.');
  }
  // What is posted there holds a customer's number.
  if (new URL(url).protocol === 'http:' && !isLoopback(new URL(url).hostname)) {
    throw new ConfigError('SMS_SENDER_URL must be an https URL unless it is on this machine.');
  }
  return { url, secret };
}

/** A listener on every address is reached from this machine by its loopback name. */
function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
