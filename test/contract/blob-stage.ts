import type { BlobStore } from '../../src/platform/blobs/blob-store';

/** A place of one test, and what the adapter has put there, seen past the adapter. */
export interface BlobStage {
  readonly store: BlobStore;
  /** Another installation's, at the same place. */
  stranger(): BlobStore;
  bytesOf(id: string): Promise<Buffer>;
  overwrite(id: string, bytes: Buffer): Promise<void>;
  /** Names of all that is kept, also of what was never finished. */
  names(): Promise<string[]>;
  /** Leaves a put of this id that was begun and never finished, as a process does that is killed. */
  leaveUnfinished(id: string): Promise<void>;
}

export async function* piecesOf(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}

export async function all(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
