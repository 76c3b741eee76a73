import { randomBytesFast } from '../keys/random';
import { open as unseal, seal } from '../keys/sealing';
import { BlobError } from './blob-store';
import { CHUNK_BYTES, openChunk, SEALED_CHUNK_BYTES, sealChunk } from './chunk-seal';

const KEY_BYTES = 32;
const MAGIC = Buffer.from('QLB1', 'latin1');
/** Magic, and the blob's own key wrapped: nonce, key, tag. */
const HEADER_BYTES = MAGIC.length + 12 + KEY_BYTES + 16;

/** How a blob is kept, wherever that is: its header, and its content sealed chunk by chunk. */
export class SealedBlob {
  /** Of the content that was taken so far. */
  bytes = 0;

  constructor(
    private readonly wrappingKey: Buffer,
    private readonly id: string,
    private readonly source: AsyncIterable<Uint8Array>,
  ) {}

  /** Once. Holds one chunk back, because only the end of the source tells which one is the last. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    const key = randomBytesFast(KEY_BYTES);
    yield Buffer.concat([MAGIC, seal(this.wrappingKey, key, contextOf(this.id))]);
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let filled = 0;
    let index = 0;
    for await (const piece of this.source) {
      for (let from = 0; from < piece.length;) {
        if (filled === CHUNK_BYTES) {
          yield sealChunk(key, index++, false, chunk);
          filled = 0;
        }
        const taken = Math.min(CHUNK_BYTES - filled, piece.length - from);
        chunk.set(piece.subarray(from, from + taken), filled);
        filled += taken;
        from += taken;
      }
      this.bytes += piece.length;
    }
    yield sealChunk(key, index, true, chunk.subarray(0, filled));
  }
}

/** Where the bytes of a blob are kept. */
export interface SealedBytes {
  readonly size: number;
  /** Up to `length` bytes, fewer only at the end; good until the next call. */
  at(position: number, length: number): Promise<Buffer>;
}

/**
 * The content from byte `from` on.
 * @throws BlobError as soon as a part of it is not what was put.
 */
export async function* openBlob(
  wrappingKey: Buffer,
  id: string,
  kept: SealedBytes,
  from: number,
): AsyncGenerator<Buffer, void, void> {
  const key = keyOf(wrappingKey, id, await kept.at(0, HEADER_BYTES));
  const chunks = Math.ceil((kept.size - HEADER_BYTES) / SEALED_CHUNK_BYTES);
  let skip = from % CHUNK_BYTES;
  // At least the last chunk is opened, so that a blob without its end is never taken for a shorter one.
  const first = Math.min(Math.floor(from / CHUNK_BYTES), Math.max(0, chunks - 1));
  if (first < Math.floor(from / CHUNK_BYTES)) skip = CHUNK_BYTES;
  for (let index = first; index < Math.max(1, chunks); index++) {
    const sealed = await kept.at(HEADER_BYTES + index * SEALED_CHUNK_BYTES, SEALED_CHUNK_BYTES);
    const plain = opened(key, index, index >= chunks - 1, sealed, id);
    if (skip < plain.length) yield plain.subarray(skip);
    skip = 0;
  }
}

function keyOf(wrappingKey: Buffer, id: string, header: Buffer): Buffer {
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new BlobError(`Blob ${id} does not begin as one.`);
  }
  try {
    return unseal(wrappingKey, header.subarray(MAGIC.length), contextOf(id));
  } catch (cause) {
    throw new BlobError(`Blob ${id} was sealed under another key, or changed.`, { cause });
  }
}

function opened(key: Buffer, index: number, isLast: boolean, sealed: Buffer, id: string): Buffer {
  try {
    return openChunk(key, index, isLast, sealed);
  } catch (cause) {
    throw new BlobError(`Blob ${id} was cut short or changed.`, { cause });
  }
}

const contextOf = (id: string): string => `blob/${id}`;
