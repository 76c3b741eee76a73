import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { BlobsUnavailableError } from '../../src/platform/blobs/blob-store';
import { S3BlobStore } from '../../src/platform/blobs/s3-blob-store';
import { s3Client } from '../../src/platform/blobs/s3-client';
import { S3Reach } from '../../src/platform/blobs/s3-reach';
import { describeWithS3, S3Server } from '../support/s3-server';
import { all, type BlobStage, piecesOf } from './blob-stage';
import { blobStoreContract } from './blob-store-contract';

const LARGEST = 100 * 1_048_576;

describeWithS3('blobs in a bucket', () => {
  let server: S3Server;
  beforeAll(async () => (server = await S3Server.start()), 120_000);
  afterAll(() => server?.stop());

  const clientOf = (endpoint: string) =>
    s3Client({ bucket: server.bucket, prefix: '', region: 'us-east-1', endpoint });
  const storeAt = (endpoint: string, folder: string, key = randomBytes(32)): S3BlobStore =>
    new S3BlobStore(clientOf(endpoint), { bucket: server.bucket, folder }, key, LARGEST);

  function openStage(folder = `${randomUUID()}/`): Promise<BlobStage> {
    const own = (keys: string[]): string[] =>
      keys.filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length));
    return Promise.resolve({
      store: storeAt(server.endpoint, folder),
      stranger: () => storeAt(server.endpoint, folder),
      bytesOf: (id) => server.bytesOf(`${folder}${id}`),
      overwrite: (id, bytes) => server.put(`${folder}${id}`, bytes),
      names: async () => own([...(await server.keys()), ...(await server.unfinished())]),
      leaveUnfinished: async (id) => {
        const object = { Bucket: server.bucket, Key: `${folder}${id}` };
        const { UploadId } = await server.client.send(new CreateMultipartUploadCommand(object));
        const part = { ...object, UploadId, PartNumber: 1, Body: randomBytes(100) };
        await server.client.send(new UploadPartCommand(part));
      },
    });
  }

  blobStoreContract(openStage);

  it('leave alone what is not theirs, in and beside their folder', async () => {
    const folder = `${randomUUID()}/`;
    const { store, leaveUnfinished } = await openStage(folder);
    const beside = await openStage(`${folder}deeper/`);
    const { id } = await beside.store.put(piecesOf(randomBytes(10), 10));
    await beside.leaveUnfinished(randomUUID());
    await server.put(`${folder}notes.txt`, Buffer.from('kept'));
    await leaveUnfinished('other-upload');
    expect(await store.list()).toEqual([]);
    await store.sweep(Date.now() + 3_600_000);
    expect(await beside.names()).toHaveLength(2);
    expect((await server.unfinished()).filter((key) => key === `${folder}other-upload`)).toHaveLength(1);
    expect((await all(beside.store.read(id))).length).toBe(10);
  });

  it('are listed and swept however many there are', async () => {
    const folder = `${randomUUID()}/`;
    const { store } = await openStage(folder);
    const put = (): Promise<void> => server.put(`${folder}${randomUUID()}`, Buffer.from('x'));
    for (let n = 0; n < 1_010; n += 101) await Promise.all(Array.from({ length: 101 }, put));
    expect(await store.list()).toHaveLength(1_010);
  });

  describe('behind a store that fails', () => {
    let door: Server;
    let endpoint: string;
    /** Told of every request; what it gives back is what the door does instead of passing it on. */
    let judge: (method: string, url: string) => 'pass' | 'refuse' | 'cut' | 'lose' | 'hang';
    const hanging = new Set<() => void>();

    beforeAll(async () => {
      door = createServer((incoming, outgoing) => {
        const fate = judge(incoming.method ?? '', incoming.url ?? '');
        if (fate === 'hang') return void hanging.add(() => incoming.destroy());
        if (fate === 'refuse') {
          incoming.resume();
          incoming.on('end', () => outgoing.writeHead(503).end());
          return;
        }
        const { port } = new URL(server.endpoint);
        const passed = request(
          { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers },
          (answer) => {
            if (fate === 'lose') return void answer.resume().on('end', () => outgoing.destroy());
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            if (fate === 'pass') return void answer.pipe(outgoing);
            answer.once('data', (first: Buffer) => {
              answer.destroy();
              // After what was sent has left: else not even the head of the answer arrives.
              outgoing.write(first.subarray(0, 1_000), () => setImmediate(() => outgoing.destroy()));
            });
          },
        );
        passed.on('error', () => outgoing.destroy());
        incoming.pipe(passed);
      });
      await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
      endpoint = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      for (const end of hanging) end();
      door.closeAllConnections();
      door.close();
    });

    it('come through when a request fails once', async () => {
      let failures = 0;
      const once = new Set<string>();
      judge = (method, url) => {
        const kind = `${method} ${url.replace(/uploadId=[^&]+/, '')}`;
        if (once.has(kind)) return 'pass';
        once.add(kind);
        failures += 1;
        return method === 'GET' ? 'cut' : 'refuse';
      };
      const folder = `${randomUUID()}/`;
      const store = storeAt(endpoint, folder);
      const content = randomBytes(18 * 1_048_576);
      const { id } = await store.put(piecesOf(content, 300_000));
      expect((await all(store.read(id))).equals(content)).toBe(true);
      expect(failures).toBeGreaterThan(4);
      expect((await server.unfinished()).filter((key) => key.startsWith(folder))).toEqual([]);
    });

    it.each([
      ['small, and refused', 1_000, 'refuse', (method: string) => method === 'PUT'],
      ['small, and stored although it seemed to fail', 1_000, 'lose', (method: string) => method === 'PUT'],
      [
        'large, and refused in the middle',
        18 * 1_048_576,
        'refuse',
        (_: string, url: string) => /partNumber=2/.test(url),
      ],
      [
        'large, and stored although it seemed to fail',
        18 * 1_048_576,
        'lose',
        (method: string, url: string) => method === 'POST' && /uploadId=/.test(url),
      ],
    ] as const)('are not there when a put fails: %s', async (_, length, fate, hits) => {
      judge = (method, url) => (hits(method, url) ? fate : 'pass');
      const folder = `${randomUUID()}/`;
      const stage = await openStage(folder);
      const put = storeAt(endpoint, folder).put(piecesOf(randomBytes(length), 500_000));
      await expect(put).rejects.toThrow(BlobsUnavailableError);
      expect(await stage.names()).toEqual([]);
    });

    it('tell a store that is away from a blob that is not', async () => {
      const folder = `${randomUUID()}/`;
      const stage = await openStage(folder);
      const { id } = await stage.store.put(piecesOf(randomBytes(10), 10));
      judge = () => 'refuse';
      const store = storeAt(endpoint, folder);
      for (const asked of [
        () => all(store.read(id)),
        () => store.delete(id),
        () => store.list(),
        () => store.sweep(Date.now()),
        () => all(storeAt('http://127.0.0.1:9', folder).read(id)),
      ]) {
        await expect(asked()).rejects.toThrow(BlobsUnavailableError);
      }
      expect(await stage.names()).toEqual([id]);
    });

    it('are a warning of readiness while nothing answers, said once, and soon', async () => {
      const said: string[] = [];
      const say = (_fields: object, message: string): void => void said.push(message);
      const log = { debug: say, info: say, warn: say, error: say };
      const place = { bucket: server.bucket, folder: 'reach/' };
      judge = () => 'hang';
      const begun = performance.now();
      const away = new S3Reach(clientOf(endpoint), place, log);
      expect(await away.finding()).toMatchObject({ status: 'warning' });
      expect(performance.now() - begun).toBeLessThan(1_900);
      expect(await away.finding()).toMatchObject({ status: 'warning' });
      expect(said).toHaveLength(1);
      judge = () => 'pass';
      expect(await new S3Reach(clientOf(endpoint), place, log).finding()).toEqual({ status: 'ok' });
      const none = { bucket: 'there-is-no-such-bucket', folder: '' };
      expect(await new S3Reach(clientOf(endpoint), none, log).finding()).toMatchObject({ status: 'warning' });
    });
  });
});
