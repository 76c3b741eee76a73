import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '../../domain/time/instant';
import { isUuid } from '../ids/uuid';
import { randomBytesFast } from '../keys/random';
import { open as unseal, seal } from '../keys/sealing';
import { BlobError, BlobStore, NoRoomError, type StoredBlob } from './blob-store';
import { CHUNK_BYTES, openChunk, SEALED_CHUNK_BYTES, sealChunk } from './chunk-seal';

const KEY_BYTES = 32;
const MAGIC = Buffer.from('QLB1', 'latin1');
/** Magic, and the blob's own key wrapped: nonce, key, tag. */
const HEADER_BYTES = MAGIC.length + 12 + KEY_BYTES + 16;
const PART = '.part';
/** So often it is looked how much room is left: every 16 MiB. */
const CHUNKS_BETWEEN_LOOKS = 256;
/** The database of a plain start is on the same disk, and without room it decides nothing. */
const KEPT_FREE_BYTES = 1_073_741_824;

/**
 * Blobs as files of one directory. A file appears under its name whole and on disk, or not at all: it is written beside,
 * flushed, renamed, and the directory flushed.
 */
export class FileBlobStore extends BlobStore {
  constructor(
    private readonly directory: string,
    private readonly wrappingKey: Buffer,
    private readonly keptFree = KEPT_FREE_BYTES,
  ) {
    super();
  }

  async put(source: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const id = randomUUID();
    const part = this.pathOf(id) + PART;
    const file = await open(part, 'wx', 0o600);
    try {
      const bytes = await this.write(file, id, source);
      await file.sync();
      await file.close();
      await rename(part, this.pathOf(id));
      await this.flushDirectory();
      return { id, bytes };
    } catch (error) {
      await file.close().catch(() => undefined);
      await unlink(part).catch(() => undefined);
      throw error;
    }
  }

  async *read(id: string, from = 0): AsyncGenerator<Buffer, void, void> {
    const file = await this.openBlob(id);
    try {
      const { size } = await file.stat();
      const key = await this.keyOf(file, id);
      const chunks = Math.ceil((size - HEADER_BYTES) / SEALED_CHUNK_BYTES);
      const sealed = Buffer.allocUnsafe(SEALED_CHUNK_BYTES);
      let skip = from % CHUNK_BYTES;
      // At least the last chunk is opened, so that a blob without its end is never taken for a shorter one.
      const first = Math.min(Math.floor(from / CHUNK_BYTES), Math.max(0, chunks - 1));
      if (first < Math.floor(from / CHUNK_BYTES)) skip = CHUNK_BYTES;
      for (let index = first; index < Math.max(1, chunks); index++) {
        const position = HEADER_BYTES + index * SEALED_CHUNK_BYTES;
        const { bytesRead } = await file.read(sealed, 0, SEALED_CHUNK_BYTES, position);
        const plain = opened(key, index, index >= chunks - 1, sealed.subarray(0, bytesRead), id);
        if (skip < plain.length) yield plain.subarray(skip);
        skip = 0;
      }
    } finally {
      await file.close();
    }
  }

  async delete(id: string): Promise<void> {
    try {
      await unlink(this.pathOf(id));
    } catch (error) {
      if (!isMissing(error)) throw error;
      return;
    }
    await this.flushDirectory();
  }

  async list(): Promise<{ id: string; storedAt: Instant }[]> {
    const names = await this.names();
    return this.datedOf(names.filter(isUuid));
  }

  async sweep(before: Instant): Promise<void> {
    const parts = await this.datedOf((await this.names()).filter((name) => name.endsWith(PART)));
    for (const { id, storedAt } of parts) {
      if (storedAt < before) await unlink(join(this.directory, id)).catch(() => undefined);
    }
  }

  /** Holds one chunk back, because only the end of the source tells which one is the last. */
  private async write(file: FileHandle, id: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    const key = randomBytesFast(KEY_BYTES);
    await file.write(Buffer.concat([MAGIC, seal(this.wrappingKey, key, contextOf(id))]));
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let filled = 0;
    let index = 0;
    for await (const piece of source) {
      for (let from = 0; from < piece.length;) {
        if (filled === CHUNK_BYTES) {
          if (index % CHUNKS_BETWEEN_LOOKS === 0) await this.requireRoom();
          await file.write(sealChunk(key, index++, false, chunk));
          filled = 0;
        }
        const taken = Math.min(CHUNK_BYTES - filled, piece.length - from);
        chunk.set(piece.subarray(from, from + taken), filled);
        filled += taken;
        from += taken;
      }
    }
    await file.write(sealChunk(key, index, true, chunk.subarray(0, filled)));
    return index * CHUNK_BYTES + filled;
  }

  private async requireRoom(): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    if (bavail * bsize < this.keptFree) {
      throw new NoRoomError(
        `Less than ${this.keptFree / 1_048_576} MiB are free where files are kept: free some.`,
      );
    }
  }

  private async openBlob(id: string): Promise<FileHandle> {
    try {
      return await open(this.pathOf(id), 'r');
    } catch (cause) {
      if (isMissing(cause)) throw new BlobError(`There is no blob ${id}.`, { cause });
      throw cause;
    }
  }

  private async keyOf(file: FileHandle, id: string): Promise<Buffer> {
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new BlobError(`Blob ${id} does not begin as one.`);
    }
    try {
      return unseal(this.wrappingKey, header.subarray(MAGIC.length), contextOf(id));
    } catch (cause) {
      throw new BlobError(`Blob ${id} was sealed under another key, or changed.`, { cause });
    }
  }

  private pathOf(id: string): string {
    if (!isUuid(id)) throw new BlobError('No blob has such an id.');
    return join(this.directory, id);
  }

  private async names(): Promise<string[]> {
    try {
      return await readdir(this.directory);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  private async datedOf(names: readonly string[]): Promise<{ id: string; storedAt: Instant }[]> {
    const dated: { id: string; storedAt: Instant }[] = [];
    for (const name of names) {
      try {
        dated.push({ id: name, storedAt: (await stat(join(this.directory, name))).mtimeMs });
      } catch (error) {
        // Deleted, or finished, by somebody else in this moment.
        if (!isMissing(error)) throw error;
      }
    }
    return dated;
  }

  private async flushDirectory(): Promise<void> {
    const directory = await open(this.directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

const contextOf = (id: string): string => `blob/${id}`;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

function opened(key: Buffer, index: number, isLast: boolean, sealed: Buffer, id: string): Buffer {
  try {
    return openChunk(key, index, isLast, sealed);
  } catch (cause) {
    throw new BlobError(`Blob ${id} was cut short or changed.`, { cause });
  }
}
