import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { endpointAt, type Service, SERVICES, servicesOf } from '../../../src/contracts/serving';
import { deleteTopics, sharedBroker } from '../kafka';

/** Set by the set-up file of the project `e2e-split`. */
const TOPOLOGY = 'QUIETLINE_TOPOLOGY';

/** They work without being asked, so they are there from the start; the others come with the first question to them. */
const AT_ONCE: readonly Service[] = ['gateway', 'ledger', 'jobs'];

/** Whether this run puts every role into an application of its own, joined by a real Kafka. */
export function rolesAreApart(): boolean {
  return process.env[TOPOLOGY] === 'split';
}

/** What each of them is told of the others: applications on one database are one installation. */
export async function meetingPlace(databaseUrl: string): Promise<Record<string, string>> {
  const { brokers } = await sharedBroker();
  return { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefixOf(databaseUrl), KAFKA_PARTITIONS: '2' };
}

/** With the database, once nobody meets there any more. */
export async function clearMeetingPlace(databaseUrl: string): Promise<void> {
  await deleteTopics(await sharedBroker(), prefixOf(databaseUrl));
}

function prefixOf(databaseUrl: string): string {
  return `t${createHash('sha256').update(databaseUrl).digest('hex').slice(0, 12)}.`;
}

/** One application a role, and the way of a request to the one that serves it, as a reverse proxy has it. */
export class RolesApart {
  private readonly apps = new Map<Service, Promise<NestFastifyApplication>>();

  private constructor(
    readonly gateway: NestFastifyApplication,
    private readonly compile: (role: Service) => Promise<NestFastifyApplication>,
  ) {
    this.apps.set('gateway', Promise.resolve(gateway));
  }

  static async start(compile: (role: Service) => Promise<NestFastifyApplication>): Promise<RolesApart> {
    const apart = new RolesApart(await compile('gateway'), compile);
    await Promise.all(AT_ONCE.map((role) => apart.app(role)));
    return apart;
  }

  /** What no role serves is asked of the gateway. */
  serving(method: string, url: string): Promise<NestFastifyApplication> {
    const entry = endpointAt(method, url.split('?', 1)[0] ?? '');
    return this.app((entry === undefined ? undefined : servicesOf(entry)[0]) ?? 'gateway');
  }

  all(): Promise<NestFastifyApplication[]> {
    return Promise.all(this.apps.values());
  }

  /** Those who are asked before those who do the work. */
  async close(): Promise<void> {
    for (const role of SERVICES) await (await this.apps.get(role))?.close();
  }

  private app(role: Service): Promise<NestFastifyApplication> {
    const known = this.apps.get(role) ?? this.compile(role);
    this.apps.set(role, known);
    return known;
  }
}
