import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { Kafka, type LogEntry, logLevel, type SASLOptions } from 'kafkajs';
import type { KafkaConfig } from '../../../config/load-config';
import type { Log } from '../../observability/logger';

const CONNECT_MS = 3_000;
const REQUEST_MS = 10_000;

/**
 * How this process reaches the brokers. Waits and retries are short here, because everybody who uses it has a longer
 * breath of its own and says so where it is lost.
 * @throws Error where a file of keys or certificates cannot be read.
 */
export function connectTo(config: KafkaConfig, clientId: string, log: Log): Kafka {
  const { tls, sasl } = config;
  return new Kafka({
    clientId,
    brokers: [...config.brokers],
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => tell(log, entry),
    ...(tls === undefined
      ? {}
      : {
          ssl: {
            ...(tls.ca === undefined ? {} : { ca: readFileSync(tls.ca) }),
            ...(tls.client === undefined
              ? {}
              : { cert: readFileSync(tls.client.cert), key: readFileSync(tls.client.key) }),
            // A name of the host to check; an address is checked by itself (RFC 6066, section 3).
            ...serverNameOf(config.brokers),
          },
        }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }),
  });
}

/** The client passes the first broker's name for all of them unless told otherwise, and refuses addresses. */
function serverNameOf(brokers: readonly string[]): { servername?: string } {
  const hosts = brokers.map((broker) => broker.slice(0, broker.lastIndexOf(':')).replace(/^\[|\]$/g, ''));
  return hosts.some((host) => isIP(host) !== 0) ? { servername: '' } : {};
}

/** What the client says of itself is for whoever looks for a fault: its users tell what matters, once and in our words. */
function tell(log: Log, { namespace, log: { message, error, ...more } }: LogEntry): void {
  const { broker, groupId } = more as { broker?: string; groupId?: string };
  log.debug({ client: namespace, broker, groupId, error: error as unknown }, `Kafka client: ${message}`);
}
