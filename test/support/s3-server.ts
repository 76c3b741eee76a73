import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

const PROGRAM = join(__dirname, '../../scripts/s3/server.mjs');

/** What every process of a test signs with; the server takes any key. */
const KEYS = { AWS_ACCESS_KEY_ID: 'a-key-of-tests', AWS_SECRET_ACCESS_KEY: 'and-its-secret' };

/**
 * `describe` with a server of the S3 API, or a skip that says why: it needs Java 17, and Maven brings it. Under CI both
 * must be there, so what misses one fails.
 */
export const describeWithS3: jest.Describe =
  process.env['CI'] === 'true' || ['java', 'mvn'].every(isThere)
    ? describe
    : (describe.skip.bind(
        describe,
        'Needs Java 17 and Maven for a server of S3:',
      ) as unknown as jest.Describe);

function isThere(program: string): boolean {
  return spawnSync(program, ['-version'], { stdio: 'ignore' }).status === 0;
}

/** A server of one test file, with one bucket; what a test looks at, it reads past the product. */
export class S3Server {
  readonly bucket = 'quietline-test';
  readonly client: S3Client;

  private constructor(
    readonly endpoint: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {
    this.client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  }

  static async start(): Promise<S3Server> {
    // As an operator gives them: the product has no variable of its own for keys.
    Object.assign(process.env, KEYS);
    const directory = await mkdtemp(join(tmpdir(), 'quietline-s3-'));
    const child = spawn(process.execPath, [PROGRAM, '--dir', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const server = new S3Server(await announced(child), child, directory);
    await server.client.send(new CreateBucketCommand({ Bucket: server.bucket }));
    return server;
  }

  /** For `BLOB_URL`. */
  url(prefix: string): string {
    return `s3://${this.bucket}/${prefix}?endpoint=${this.endpoint}`;
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket })) {
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    }
    return keys.sort();
  }

  async unfinished(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.bucket }));
    return Uploads.map(({ Key = '' }) => Key).sort();
  }

  async bytesOf(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: bytes }));
  }

  async stop(): Promise<void> {
    this.client.destroy();
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}

function announced(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) resolve((JSON.parse(said) as { endpoint: string }).endpoint);
    });
    child.once('exit', (code) => reject(new Error(`No server of S3: its program ended with ${code}.`)));
  });
}
