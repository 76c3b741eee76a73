import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '../../domain/time/instant';
import { isUuid } from '../ids/uuid';
import { openBlob, SealedBlob } from './blob-seal';
import { BlobError, BlobStore, NoRoomError, type StoredBlob } from './blob-store';
import { SEALED_CHUNK_BYTES } from './chunk-seal';

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
    const file = await this.openFile(id);
    try {
      const { size } = await file.stat();
      const taken = Buffer.allocUnsafe(SEALED_CHUNK_BYTES);
      const at = async (position: number, length: number): Promise<Buffer> => {
        const { bytesRead } = await file.read(taken, 0, length, position);
        return taken.subarray(0, bytesRead);
      };
      yield* openBlob(this.wrappingKey, id, { size, at }, from);
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

  private async write(file: FileHandle, id: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    const sealed = new SealedBlob(this.wrappingKey, id, source);
    let pieces = 0;
    for await (const piece of sealed) {
      if (pieces++ % CHUNKS_BETWEEN_LOOKS === 1) await this.requireRoom();
      await file.write(piece);
    }
    return sealed.bytes;
  }

  private async requireRoom(): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    if (bavail * bsize < this.keptFree) {
      throw new NoRoomError(
        `Less than ${this.keptFree / 1_048_576} MiB are free where files are kept: free some.`,
      );
    }
  }

  private async openFile(id: string): Promise<FileHandle> {
    try {
      return await open(this.pathOf(id), 'r');
    } catch (cause) {
      if (isMissing(cause)) throw new BlobError(`There is no blob ${id}.`, { cause });
      throw cause;
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

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
