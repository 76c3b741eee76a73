import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BlobError, NoRoomError } from '../../src/platform/blobs/blob-store';
import { CHUNK_BYTES, SEALED_CHUNK_BYTES } from '../../src/platform/blobs/chunk-seal';
import { FileBlobStore } from '../../src/platform/blobs/file-blob-store';
import { HOUR } from '../../src/domain/time/instant';

const HEADER_BYTES = 64;

async function* piecesOf(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}

async function all(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

describe('blobs in files', () => {
  let directory: string;
  let store: FileBlobStore;
  const key = randomBytes(32);
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quietline-blobs-'));
    store = new FileBlobStore(join(directory, 'blobs'), key);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const pathOf = (id: string): string => join(directory, 'blobs', id);

  it('come back as they were put, from any byte on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 1, 1_000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_001),
        fc.constantFrom(7_001, 65_536, 100_000),
        fc.double({ min: 0, max: 1.1, noNaN: true }),
        async (length, piece, at) => {
          const content = randomBytes(length);
          const { id, bytes } = await store.put(piecesOf(content, piece));
          expect(bytes).toBe(length);
          expect((await all(store.read(id))).equals(content)).toBe(true);
          const from = Math.floor(at * length);
          expect((await all(store.read(id, from))).equals(content.subarray(from))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are on disk sealed, under a random name, for their owner alone', async () => {
    const content = Buffer.from('+8613800138000\n'.repeat(10_000));
    const { id } = await store.put(piecesOf(content, 50_000));
    expect(await readdir(join(directory, 'blobs'))).toEqual([id]);
    expect((await readFile(pathOf(id))).includes('138001')).toBe(false);
    expect((await stat(pathOf(id))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'blobs'))).mode & 0o777).toBe(0o700);
  });

  it('are not there at all where their source fails', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield randomBytes(CHUNK_BYTES * 2);
      throw new Error('The sender went away.');
    }
    await expect(store.put(broken())).rejects.toThrow('The sender went away.');
    expect(await readdir(join(directory, 'blobs'))).toEqual([]);
  });

  it('are never taken for shorter ones, nor in another order, nor for each other', async () => {
    const content = randomBytes(CHUNK_BYTES * 3);
    const { id } = await store.put(piecesOf(content, CHUNK_BYTES));
    const whole = await readFile(pathOf(id));
    expect(whole.length).toBe(HEADER_BYTES + 3 * SEALED_CHUNK_BYTES);
    const chunk = (n: number): Buffer =>
      whole.subarray(HEADER_BYTES + n * SEALED_CHUNK_BYTES, HEADER_BYTES + (n + 1) * SEALED_CHUNK_BYTES);
    const header = whole.subarray(0, HEADER_BYTES);
    const flipped = Buffer.from(whole);
    flipped[HEADER_BYTES + 10] = (flipped[HEADER_BYTES + 10] ?? 0) ^ 1;
    const wrong: Buffer[] = [
      whole.subarray(0, whole.length - 1),
      Buffer.concat([header, chunk(0), chunk(1)]),
      Buffer.concat([header, chunk(1), chunk(0), chunk(2)]),
      Buffer.concat([header, chunk(0), chunk(2)]),
      Buffer.concat([whole, chunk(2)]),
      header,
      whole.subarray(0, 20),
      Buffer.alloc(0),
      flipped,
    ];
    for (const bytes of wrong) {
      await writeFile(pathOf(id), bytes);
      await expect(all(store.read(id))).rejects.toThrow(BlobError);
    }
    await writeFile(pathOf(id), whole);
    expect((await all(store.read(id))).equals(content)).toBe(true);
    const other = await store.put(piecesOf(content, CHUNK_BYTES));
    await writeFile(pathOf(other.id), whole);
    await expect(all(store.read(other.id))).rejects.toThrow(BlobError);
    const stranger = new FileBlobStore(join(directory, 'blobs'), randomBytes(32));
    await expect(all(stranger.read(id))).rejects.toThrow(BlobError);
  });

  it('tell an end that was cut off also to who begins behind it', async () => {
    const { id } = await store.put(piecesOf(randomBytes(CHUNK_BYTES * 2), CHUNK_BYTES));
    await truncate(pathOf(id), HEADER_BYTES + SEALED_CHUNK_BYTES);
    await expect(all(store.read(id, CHUNK_BYTES + 5))).rejects.toThrow(BlobError);
  });

  it('are deleted once and for all, and only what was never finished is swept', async () => {
    const { id } = await store.put(piecesOf(randomBytes(10), 10));
    await writeFile(`${pathOf(id)}.part`, 'half');
    await utimes(`${pathOf(id)}.part`, 1, 1);
    await writeFile(`${pathOf(id).slice(0, -1)}0.part`, 'new');
    await store.sweep(Date.now() - HOUR);
    expect((await readdir(join(directory, 'blobs'))).sort()).toEqual([id, `${id.slice(0, -1)}0.part`].sort());
    expect(await store.list()).toEqual([{ id, storedAt: expect.any(Number) }]);
    await store.delete(id);
    await store.delete(id);
    await expect(all(store.read(id))).rejects.toThrow('There is no blob');
    await expect(all(store.read('../admin-key'))).rejects.toThrow('No blob has such an id.');
  });

  it('are none where nothing was ever put', async () => {
    expect(await store.list()).toEqual([]);
    await store.sweep(Date.now());
  });

  it('takes nothing that the database on the same disk would miss', async () => {
    const full = new FileBlobStore(join(directory, 'blobs'), key, Number.MAX_SAFE_INTEGER);
    const before = await store.list();
    await expect(full.put(piecesOf(randomBytes(200_000), 50_000))).rejects.toThrow(NoRoomError);
    expect(await store.list()).toEqual(before);
  });
});
