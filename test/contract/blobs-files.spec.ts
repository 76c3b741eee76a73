import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUR } from '../../src/domain/time/instant';
import { NoRoomError } from '../../src/platform/blobs/blob-store';
import { FileBlobStore } from '../../src/platform/blobs/file-blob-store';
import { type BlobStage, piecesOf } from './blob-stage';
import { blobStoreContract } from './blob-store-contract';

describe('blobs in files', () => {
  const places: string[] = [];
  afterAll(() => Promise.all(places.map((place) => rm(place, { recursive: true, force: true }))));

  async function openStage(): Promise<BlobStage & { directory: string }> {
    const place = await mkdtemp(join(tmpdir(), 'quietline-blobs-'));
    places.push(place);
    const directory = join(place, 'blobs');
    return {
      directory,
      store: new FileBlobStore(directory, randomBytes(32)),
      stranger: () => new FileBlobStore(directory, randomBytes(32)),
      bytesOf: (id) => readFile(join(directory, id)),
      overwrite: (id, bytes) => writeFile(join(directory, id), bytes),
      names: () => readdir(directory).catch(() => []),
      leaveUnfinished: (id) => writeFile(join(directory, `${id}.part`), 'half'),
    };
  }

  blobStoreContract(openStage);

  it('are for their owner alone', async () => {
    const { store, directory } = await openStage();
    const { id } = await store.put(piecesOf(randomBytes(10), 10));
    expect((await stat(join(directory, id))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('that were never finished are swept by their own age', async () => {
    const { store, directory, leaveUnfinished, names } = await openStage();
    const { id } = await store.put(piecesOf(randomBytes(10), 10));
    await leaveUnfinished(id);
    await leaveUnfinished('another');
    await utimes(join(directory, `${id}.part`), 1, 1);
    await store.sweep(Date.now() - HOUR);
    expect((await names()).sort()).toEqual([id, 'another.part'].sort());
  });

  it('take nothing that the database on the same disk would miss', async () => {
    const { directory, names } = await openStage();
    const full = new FileBlobStore(directory, randomBytes(32), Number.MAX_SAFE_INTEGER);
    await expect(full.put(piecesOf(randomBytes(200_000), 50_000))).rejects.toThrow(NoRoomError);
    expect(await names()).toEqual([]);
  });
});
