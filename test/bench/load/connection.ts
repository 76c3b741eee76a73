import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  body: Buffer;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * One keep-alive connection that asks, waits for the whole answer and asks again. It knows just enough HTTP for servers
 * that answer with a Content-Length: a full client costs as much processor time as the servers it is to measure.
 */
export class LoadConnection {
  private readonly socket: Socket;
  private held: Buffer | undefined;
  private settle: ((answer: Answer) => void) | undefined;
  private refuse: ((error: Error) => void) | undefined;
  readonly ready: Promise<void>;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.ready = new Promise((resolve, reject) => {
      this.socket.once('connect', resolve);
      this.socket.once('error', reject);
    });
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', (error) => this.refuse?.(error));
    this.socket.on('close', () => this.refuse?.(new Error('The server closed a connection.')));
  }

  /** `done` is called with the answer; the connection may be used again from within it. */
  ask(request: string, done: (answer: Answer) => void, failed: (error: Error) => void): void {
    this.settle = done;
    this.refuse = failed;
    this.socket.write(request, 'latin1');
  }

  close(): void {
    this.refuse = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    const bytes = this.held === undefined ? chunk : Buffer.concat([this.held, chunk]);
    const head = bytes.indexOf(END_OF_HEAD);
    if (head === -1) {
      this.held = bytes;
      return;
    }
    const text = bytes.toString('latin1', 0, head);
    const length = LENGTH.exec(text)?.[1];
    if (length === undefined) {
      this.refuse?.(new Error('An answer came without a Content-Length.'));
      return;
    }
    const end = head + END_OF_HEAD.length + Number(length);
    if (bytes.length < end) {
      this.held = bytes;
      return;
    }
    this.held = undefined;
    this.settle?.({
      status: Number(text.slice(9, 12)),
      body: bytes.subarray(head + END_OF_HEAD.length, end),
    });
  }
}
