import { createHmac } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reply as the platform was given it. */
export interface ReceivedReply {
  replyId: string;
  inReplyTo: string;
  from: string;
  to: string;
  text: string;
}

export interface Received {
  reply: ReceivedReply;
  /** Whether the signature is that of the bytes that came, by code of the test's own. */
  signed: boolean;
  /** Unix seconds of the signature. */
  timestamp: number;
  answer: (status: number) => void;
}

export const SENDER_SECRET = 'secret-of-the-sms-platform';

/** The institution's SMS platform: takes replies and does what a test says. */
export class SmsPlatform {
  readonly received: Received[] = [];
  private readonly server: Server;
  private readonly open = new Set<ServerResponse>();

  /** `respond` is given each reply with the count of what came before; what it does not answer hangs. */
  constructor(private readonly respond: (received: Received, before: number) => void) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      this.open.add(response);
      response.on('close', () => this.open.delete(response));
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.take(Buffer.concat(chunks), request.headers, response));
    });
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** For `env` of a gateway. */
  get env(): Record<string, string> {
    return { SMS_SENDER_URL: `http://127.0.0.1:${this.port}/send`, SMS_SENDER_SECRET: SENDER_SECRET };
  }

  /** How often each reply came. */
  counts(): number[] {
    const counts = new Map<string, number>();
    for (const { reply } of this.received) counts.set(reply.replyId, (counts.get(reply.replyId) ?? 0) + 1);
    return [...counts.values()];
  }

  async close(): Promise<void> {
    for (const response of this.open) response.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(raw: Buffer, headers: Record<string, unknown>, response: ServerResponse): void {
    const timestamp = String(headers['x-timestamp']);
    const expected = createHmac('sha256', SENDER_SECRET).update(`${timestamp}.`).update(raw).digest('hex');
    const reply = JSON.parse(raw.toString('utf8')) as ReceivedReply;
    const received = {
      reply,
      signed: headers['x-signature'] === `sha256=${expected}` && headers['x-reply-id'] === reply.replyId,
      timestamp: Number(timestamp),
      answer: (status: number) => void response.writeHead(status).end('{}'),
    };
    this.received.push(received);
    this.respond(received, this.received.length - 1);
  }
}
