import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { HOUR } from '../../src/domain/time/instant';
import { BlobError, type BlobStore } from '../../src/platform/blobs/blob-store';
import { CHUNK_BYTES, SEALED_CHUNK_BYTES } from '../../src/platform/blobs/chunk-seal';
import { all, type BlobStage, piecesOf } from './blob-stage';

const HEADER_BYTES = 64;

/** What every adapter of `BlobStore` holds to. */
// eslint-disable-next-line jest/no-export -- One suite that the spec file of every adapter runs.
export function blobStoreContract(open: () => Promise<BlobStage>): void {
  let stage: BlobStage;
  let store: BlobStore;
  beforeEach(async () => {
    stage = await open();
    ({ store } = stage);
  });

  it('gives back what was put, from any byte on', async () => {
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

  it('keeps what is large whole, and begins anywhere in it', async () => {
    const content = randomBytes(21 * 1_048_576 + 17);
    const { id, bytes } = await store.put(piecesOf(content, 100_000));
    expect(bytes).toBe(content.length);
    for (const from of [
      0,
      1,
      64 * CHUNK_BYTES - 1,
      64 * CHUNK_BYTES,
      9_999_999,
      content.length - 1,
      content.length,
    ]) {
      expect((await all(store.read(id, from))).equals(content.subarray(from))).toBe(true);
    }
    expect((await stage.bytesOf(id)).includes(content.subarray(0, 16))).toBe(false);
    expect(await stage.names()).toEqual([id]);
  });

  it('lets a reader go in the middle', async () => {
    const content = randomBytes(CHUNK_BYTES * 2);
    const { id } = await store.put(piecesOf(content, CHUNK_BYTES));
    for await (const part of store.read(id)) {
      expect(part.equals(content.subarray(0, CHUNK_BYTES))).toBe(true);
      break;
    }
    expect((await all(store.read(id))).equals(content)).toBe(true);
  });

  it('keeps no number in clear, and says nothing by a name', async () => {
    const { id } = await store.put(piecesOf(Buffer.from('+8613800138000\n'.repeat(10_000)), 50_000));
    expect(await stage.names()).toEqual([id]);
    expect((await stage.bytesOf(id)).includes('138001')).toBe(false);
  });

  it.each([
    ['at once', 0],
    ['after some of it', 2 * CHUNK_BYTES],
    ['after much of it', 20 * 1_048_576],
  ])('has nothing of a source that fails %s', async (_, length) => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield* piecesOf(randomBytes(length), 1_048_576);
      throw new Error('The sender went away.');
    }
    await expect(store.put(broken())).rejects.toThrow('The sender went away.');
    expect(await stage.names()).toEqual([]);
  });

  it('never takes one for a shorter one, nor in another order, nor for another', async () => {
    const content = randomBytes(CHUNK_BYTES * 3);
    const { id } = await store.put(piecesOf(content, CHUNK_BYTES));
    const whole = await stage.bytesOf(id);
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
      await stage.overwrite(id, bytes);
      await expect(all(store.read(id))).rejects.toThrow(BlobError);
    }
    await stage.overwrite(id, whole);
    expect((await all(store.read(id))).equals(content)).toBe(true);
    await expect(all(stage.stranger().read(id))).rejects.toThrow(BlobError);
    const other = await store.put(piecesOf(content, CHUNK_BYTES));
    await stage.overwrite(other.id, whole);
    await expect(all(store.read(other.id))).rejects.toThrow(BlobError);
  });

  it('tells an end that was cut off also to who begins behind it', async () => {
    const { id } = await store.put(piecesOf(randomBytes(CHUNK_BYTES * 2), CHUNK_BYTES));
    const whole = await stage.bytesOf(id);
    await stage.overwrite(id, whole.subarray(0, HEADER_BYTES + SEALED_CHUNK_BYTES));
    await expect(all(store.read(id, CHUNK_BYTES + 5))).rejects.toThrow(BlobError);
  });

  it('lists what is there with its time, and deletes once and for all', async () => {
    expect(await store.list()).toEqual([]);
    const begun = Date.now();
    const { id } = await store.put(piecesOf(randomBytes(10), 10));
    const other = await store.put(piecesOf(randomBytes(10), 10));
    const listed = await store.list();
    expect(listed.map((one) => one.id).sort()).toEqual([id, other.id].sort());
    for (const { storedAt } of listed) expect(Math.abs(storedAt - begun)).toBeLessThan(60_000);
    await store.delete(id);
    await store.delete(id);
    expect((await store.list()).map((one) => one.id)).toEqual([other.id]);
    await expect(all(store.read(id))).rejects.toThrow('There is no blob');
    await expect(all(store.read('../admin-key'))).rejects.toThrow('No blob has such an id.');
  });

  it('sweeps what was begun before and never finished, and nothing else', async () => {
    await store.sweep(Date.now());
    const { id } = await store.put(piecesOf(randomBytes(10), 10));
    const begun = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
    await stage.leaveUnfinished(begun);
    expect((await stage.names()).length).toBe(2);
    await store.sweep(Date.now() - HOUR);
    expect((await stage.names()).length).toBe(2);
    expect((await store.list()).map((one) => one.id)).toEqual([id]);
    await store.sweep(Date.now() + HOUR);
    expect(await stage.names()).toEqual([id]);
  });
}
