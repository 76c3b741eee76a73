import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Client, Connection, Submittable } from 'pg';

/** The driver's connection as its own queries use it; the published types leave this part out. */
interface WireConnection {
  stream: Writable;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

const CHUNK_CHARACTERS = 262_144;

/** `COPY … FROM STDIN` on a client of the driver, which itself knows only how to refuse one. */
export class CopyIn implements Submittable {
  private wire: WireConnection | undefined;
  private text = '';
  private readonly opened: Promise<void>;
  private readonly finished: Promise<void>;
  private open: () => void = () => undefined;
  private finish: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  constructor(
    client: Client,
    private readonly statement: string,
  ) {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
    this.finished = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    // A failure before anybody waits for the end is told by `end`.
    this.finished.catch(() => undefined);
    client.query(this);
  }

  /** One line of the text format, without its line feed. Waits while the server cannot keep up. */
  row(line: string): Promise<void> | undefined {
    this.text += `${line}\n`;
    return this.text.length < CHUNK_CHARACTERS ? undefined : this.flush();
  }

  async end(): Promise<void> {
    await this.flush();
    this.wire?.endCopyFrom();
    await this.finished;
  }

  private async flush(): Promise<void> {
    await Promise.race([this.opened, this.finished]);
    const { wire } = this;
    if (wire === undefined) throw new Error(`The server did not take the rows of: ${this.statement}`);
    const chunk = Buffer.from(this.text, 'utf8');
    this.text = '';
    wire.sendCopyFromChunk(chunk);
    if (wire.stream.writableNeedDrain) await Promise.race([once(wire.stream, 'drain'), this.finished]);
  }

  submit(connection: Connection): void {
    (connection as unknown as WireConnection).query(this.statement);
  }

  handleCopyInResponse(connection: unknown): void {
    this.wire = connection as WireConnection;
    this.open();
  }

  handleError(error: Error): void {
    this.fail(error);
  }

  handleReadyForQuery(): void {
    this.finish();
  }

  handleCommandComplete(): void {
    // The end is told by ReadyForQuery.
  }
}
