import type { AddressInfo } from 'node:net';
import WebSocket from 'ws';
import type { TestApp } from '../app';
import type { ProblemBody } from '../http';

export interface LiveMessage {
  ack?: number;
  seq?: number;
  directives?: { type: string; reason: string; text?: string }[];
  error?: ProblemBody;
}

const PATIENCE_MS = 10_000;

/** Where a test app listens; it begins to at the first call. */
export async function addressOf(app: TestApp): Promise<string> {
  const server = app.nest.getHttpServer() as { listening: boolean; address(): AddressInfo };
  if (!server.listening) await app.nest.listen(0, '127.0.0.1');
  return `ws://127.0.0.1:${server.address().port}`;
}

/** A voice on a live connection, over a real socket. */
export class LiveClient {
  private readonly inbox: LiveMessage[] = [];
  private wake: (() => void) | undefined;
  /** Pings that came. */
  pings = 0;
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (frame: Buffer) => {
      this.inbox.push(JSON.parse(frame.toString('utf8')) as LiveMessage);
      this.wake?.();
    });
    socket.on('ping', () => (this.pings += 1));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
  }

  /** @throws Error `HTTP <status> <code>` where the upgrade is refused. */
  static async open(
    url: string,
    how: { key?: string | undefined; protocols?: string[]; autoPong?: boolean } = {},
  ): Promise<LiveClient> {
    const { key, protocols = ['quietline.live.v1'], autoPong = true } = how;
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const socket = new WebSocket(url, protocols, { headers, autoPong });
    const client = new LiveClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
        response.on('end', () => {
          const { code } = JSON.parse(body) as ProblemBody;
          reject(new Error(`HTTP ${response.statusCode} ${code}`));
        });
      });
    });
    socket.on('error', () => undefined);
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** The next message that has not been taken yet. */
  async next(): Promise<LiveMessage> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const message = this.inbox.shift();
      if (message !== undefined) return message;
      if (performance.now() > deadline) throw new Error('Nothing came.');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - performance.now() + 1);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async ask(frame: unknown): Promise<LiveMessage> {
    this.send(frame);
    return this.next();
  }

  close(): Promise<{ code: number }> {
    this.socket.close();
    return this.closed;
  }
}
