import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { DEFAULT_WEBHOOK_OPTIONS, type WebhookOptions } from '../../../src/services/webhooks/webhook-options';
import { eventually } from '../proofs/eventually';

const pem = (name: string): string => readFileSync(join(__dirname, `${name}.pem`), 'utf8');

/** The authority of every subscriber of a test: a certificate that signs itself, for `*.subscriber.test`. */
export const SUBSCRIBER_AUTHORITY = pem('subscriber.cert');

/** One request as it came in. */
export interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
  /** By `performance.now()`. */
  at: number;
}

/** A CloudEvent in JSON. */
export interface ReceivedEvent {
  id: string;
  type: string;
  subject?: string;
  data: Record<string, unknown>;
  [attribute: string]: unknown;
}

export type Answer = (response: ServerResponse, nth: number, received: Received) => void;

const OK: Answer = (response) => void response.writeHead(204).end();

/** A subscriber that really listens: HTTPS on this machine, and the official package to verify with. */
export class Subscriber {
  readonly received: Received[] = [];
  /** Connections that were opened, whether or not a request came. */
  connections = 0;
  /** The most of them at one time. */
  peak = 0;
  /** What is answered from now on; `nth` counts from 1. */
  answer: Answer = OK;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly name: string,
  ) {}

  static async listen(name = 'crm'): Promise<Subscriber> {
    const server = createServer({ key: pem('subscriber.key'), cert: SUBSCRIBER_AUTHORITY });
    const subscriber = new Subscriber(server, name);
    server.on('request', (request, response) => void subscriber.take(request, response));
    server.on('connection', (socket: Socket) => {
      subscriber.connections += 1;
      subscriber.sockets.add(socket);
      subscriber.peak = Math.max(subscriber.peak, subscriber.sockets.size);
      socket.on('close', () => subscriber.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return subscriber;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://${this.name}.subscriber.test:${this.port}/hooks`;
  }

  /** Waits until so many requests have come. */
  async has(count: number): Promise<Received[]> {
    return eventually(
      `${count} requests at ${this.name}`,
      async () => this.received.length >= count && this.received,
    );
  }

  /** The events of all requests, each verified with this secret by the official package. */
  verified(secret: string): ReceivedEvent[] {
    const webhook = new Webhook(secret);
    return this.received.map(({ body, headers }) => webhook.verify(body, headers) as ReceivedEvent);
  }

  ids(): string[] {
    return this.received.map(({ headers }) => headers['webhook-id'] ?? '');
  }

  /** As if nothing had come yet, and answering with success. */
  reset(): void {
    this.received.length = 0;
    this.connections = 0;
    this.answer = OK;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = {
      path: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString('utf8'),
      at: performance.now(),
    };
    this.received.push(received);
    this.answer(response, this.received.length, received);
  }
}

/** Options of a gateway that finds these subscribers on this machine and does not wait long. */
export function optionsFor(
  subscribers: readonly Subscriber[],
  more: Partial<WebhookOptions> = {},
): WebhookOptions {
  return {
    ...DEFAULT_WEBHOOK_OPTIONS,
    retryWaitsMs: [10, 10, 10],
    shortestWaitMs: 1,
    timeoutMs: 2_000,
    leaseMs: 5_000,
    pollMs: { busy: 5, idle: 20 },
    stopMs: 500,
    ports: subscribers.map(({ port }) => port),
    networks: ['127.0.0.1/32'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    authority: SUBSCRIBER_AUTHORITY,
    ...more,
  };
}
