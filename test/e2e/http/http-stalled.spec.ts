import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { startApp, type TestApp } from '../../support/app';

/** Bytes on a real socket, and what comes back until it is closed. */
class Sender {
  readonly socket: Socket;
  received = '';
  readonly closed: Promise<unknown>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('utf8')));
    this.socket.on('error', () => undefined);
    this.closed = once(this.socket, 'close');
  }

  send(text: string): void {
    this.socket.write(text);
  }

  async answer(): Promise<string> {
    while (!this.received.includes('\r\n\r\n')) await once(this.socket, 'data');
    return this.received;
  }
}

describe('whoever sends slowly', () => {
  let app: TestApp;
  let server: Server;
  let port: number;
  const senders: Sender[] = [];
  beforeAll(async () => {
    app = await startApp();
    await app.nest.listen(0, '127.0.0.1');
    server = app.nest.getHttpServer();
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    for (const { socket } of senders.splice(0)) socket.destroy();
  });
  afterAll(() => app.close());

  const sender = (): Sender => {
    const made = new Sender(port);
    senders.push(made);
    return made;
  };
  const headOf = (path: string, type: string, length: number, key = app.admin.key): string =>
    `POST ${path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${key}\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${length}\r\n\r\n`;

  it('has half a minute for a request and a quarter for its headers, and no connection is kept that is still', () => {
    const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = server;
    expect({ requestTimeout, headersTimeout, keepAliveTimeout, timeout }).toEqual({
      requestTimeout: 30_000,
      headersTimeout: 15_000,
      keepAliveTimeout: 72_000,
      timeout: 120_000,
    });
  });

  describe('when that is over', () => {
    beforeAll(() => {
      server.headersTimeout = 500;
      server.requestTimeout = 1_000;
    });

    it('is told so and cut off in the middle of a body', async () => {
      const stalled = sender();
      stalled.send(`${headOf('/v1/clients', 'application/json', 100)}{"name":`);
      await stalled.closed;
      expect(stalled.received).toMatch(
        /^HTTP\/1\.1 400 .*"code":"MALFORMED","detail":"The request did not arrive in time\."/s,
      );
    });

    it('is cut off in the middle of the headers, and before them', async () => {
      const [stalled, silent] = [sender(), sender()];
      stalled.send('POST /v1/clients HTTP/1.1\r\nHost: he');
      await Promise.all([stalled.closed, silent.closed]);
      expect(stalled.received).toContain('The request did not arrive in time.');
      expect(silent.received).toBe('');
    });

    it('may take longer where a table is uploaded, but not with the next request on that connection', async () => {
      const marketing = await app.client(['marketing']);
      const rows = ['number', '+8613800138000', '+8613800138001', ''].map((row) => `${row}\n`);
      const upload = sender();
      const head = headOf(
        '/v1/suppressions/imports?source=a&mode=delta',
        'text/csv',
        rows.join('').length,
        marketing.key,
      );
      upload.send(head);
      for (const row of rows) {
        upload.send(row);
        await new Promise((resolve) => setTimeout(resolve, 900));
      }
      expect(await upload.answer()).toMatch(/^HTTP\/1\.1 202 /);
      upload.send(`${headOf('/v1/clients', 'application/json', 100)}{"name":`);
      await upload.closed;
      expect(upload.received).toContain('The request did not arrive in time.');
    });
  });
});
