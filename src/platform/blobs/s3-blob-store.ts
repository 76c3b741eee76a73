import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import { isUuid } from '../ids/uuid';
import { openBlob, SealedBlob } from './blob-seal';
import { BlobError, BlobStore, BlobsUnavailableError, type StoredBlob } from './blob-store';
import { SEALED_CHUNK_BYTES } from './chunk-seal';

/** Read at once: so a reader that takes hours holds no connection open, and what breaks off is asked for again. */
const WINDOW_BYTES = 64 * SEALED_CHUNK_BYTES;
const WINDOW_MS = 30_000;
const WINDOW_ATTEMPTS = 3;
/** One part is sealed while another one is sent. */
const PARTS_AT_ONCE = 2;
const LEAST_PART_BYTES = 8_388_608;
/** S3 takes 10 000 parts; the seals are a four-thousandth of the content. */
const PARTS_OF_THE_LARGEST = 9_900;

export interface S3Place {
  readonly bucket: string;
  /** Before every id, with its final slash. Nobody else puts anything there. */
  readonly folder: string;
}

interface Taken {
  readonly position: number;
  readonly bytes: Buffer;
  /** Of all of it. */
  readonly size: number;
}

/**
 * Blobs as objects of a bucket. An object appears whole or not at all, as S3 promises of every PUT and of every
 * completed multipart upload; parts that were sent before are nobody's until then, and swept.
 */
export class S3BlobStore extends BlobStore implements OnApplicationShutdown {
  private readonly partBytes: number;

  /** @param largest of any content that will be put, in bytes */
  constructor(
    private readonly s3: S3Client,
    private readonly place: S3Place,
    private readonly wrappingKey: Buffer,
    largest: number,
  ) {
    super();
    this.partBytes = Math.max(LEAST_PART_BYTES, Math.ceil(largest / PARTS_OF_THE_LARGEST));
  }

  onApplicationShutdown(): void {
    this.s3.destroy();
  }

  async put(source: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const id = randomUUID();
    const ofSource: unknown[] = [];
    const sealed = new SealedBlob(this.wrappingKey, id, remembering(source, ofSource));
    const body = Readable.from(sealed);
    try {
      const upload = new Upload({
        client: this.s3,
        params: { ...this.objectOf(id), Body: body, ContentType: 'application/octet-stream' },
        partSize: this.partBytes,
        queueSize: PARTS_AT_ONCE,
      });
      await upload.done();
      return { id, bytes: sealed.bytes };
    } catch (error) {
      body.destroy();
      // It may be there although the answer was lost. Where this fails too, upkeep finds what no job has.
      await this.delete(id).catch(() => undefined);
      if (ofSource.length > 0) throw ofSource[0];
      throw unavailable(error);
    }
  }

  async *read(id: string, from = 0): AsyncGenerator<Buffer, void, void> {
    let taken = await this.take(id, 0, from < WINDOW_BYTES ? WINDOW_BYTES : SEALED_CHUNK_BYTES);
    const { size } = taken;
    const at = async (position: number, length: number): Promise<Buffer> => {
      const end = Math.min(position + length, size);
      if (position < taken.position || end > taken.position + taken.bytes.length) {
        taken = await this.take(id, position, WINDOW_BYTES);
        if (taken.size !== size) throw new BlobError(`Blob ${id} changed while it was read.`);
      }
      return taken.bytes.subarray(position - taken.position, end - taken.position);
    };
    yield* openBlob(this.wrappingKey, id, { size, at }, from);
  }

  async delete(id: string): Promise<void> {
    const command = new DeleteObjectCommand(this.objectOf(id));
    await this.s3.send(command).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  async list(): Promise<{ id: string; storedAt: Instant }[]> {
    const { bucket, folder } = this.place;
    const found: { id: string; storedAt: Instant }[] = [];
    try {
      const pages = paginateListObjectsV2({ client: this.s3 }, { Bucket: bucket, Prefix: folder });
      for await (const { Contents: objects = [] } of pages) {
        for (const { Key: key = '', LastModified: storedAt } of objects) {
          const id = key.slice(folder.length);
          if (isUuid(id) && storedAt !== undefined) found.push({ id, storedAt: storedAt.getTime() });
        }
      }
      return found;
    } catch (error) {
      throw unavailable(error);
    }
  }

  async sweep(before: Instant): Promise<void> {
    try {
      for (const { Key, UploadId, Initiated } of await this.unfinished()) {
        if (Key === undefined || UploadId === undefined || Initiated === undefined) continue;
        if (!isUuid(Key.slice(this.place.folder.length)) || Initiated.getTime() >= before) continue;
        await this.abort(Key, UploadId);
      }
    } catch (error) {
      throw unavailable(error);
    }
  }

  private async unfinished(): Promise<MultipartUpload[]> {
    const uploads: MultipartUpload[] = [];
    let next: { KeyMarker: string; UploadIdMarker: string } | undefined;
    do {
      const page = await this.s3.send(
        new ListMultipartUploadsCommand({ Bucket: this.place.bucket, Prefix: this.place.folder, ...next }),
      );
      uploads.push(...(page.Uploads ?? []));
      const { IsTruncated, NextKeyMarker: key, NextUploadIdMarker: upload } = page;
      next =
        IsTruncated === true && key !== undefined && upload !== undefined
          ? { KeyMarker: key, UploadIdMarker: upload }
          : undefined;
    } while (next !== undefined);
    return uploads;
  }

  private async abort(key: string, uploadId: string): Promise<void> {
    try {
      await this.s3.send(
        new AbortMultipartUploadCommand({ Bucket: this.place.bucket, Key: key, UploadId: uploadId }),
      );
    } catch (error) {
      // Finished or aborted by somebody else in this moment.
      if (nameOf(error) !== 'NoSuchUpload') throw error;
    }
  }

  /** The SDK repeats a request that got no answer; an answer that broke off is asked for again here. */
  private async take(id: string, position: number, length: number): Promise<Taken> {
    const range = `bytes=${position}-${position + length - 1}`;
    const command = new GetObjectCommand({ ...this.objectOf(id), Range: range });
    const abortSignal = AbortSignal.timeout(WINDOW_MS);
    for (let attempt = 1; ; attempt++) {
      try {
        const { Body: body, ContentRange: told = '' } = await this.s3.send(command, { abortSignal });
        const size = Number(/^bytes \d+-\d+\/(\d+)$/.exec(told)?.[1] ?? Number.NaN);
        const bytes = Buffer.from((await body?.transformToByteArray()) ?? []);
        if (bytes.length === Math.min(length, size - position)) return { position, bytes, size };
        throw new Error('The store sent another range than it was asked for.');
      } catch (error) {
        const name = nameOf(error);
        if (name === 'NoSuchKey') throw new BlobError(`There is no blob ${id}.`, { cause: error });
        if (name === 'InvalidRange') {
          throw new BlobError(`Blob ${id} was cut short or changed.`, { cause: error });
        }
        if (attempt >= WINDOW_ATTEMPTS || abortSignal.aborted) throw unavailable(error);
      }
    }
  }

  private objectOf(id: string): { Bucket: string; Key: string } {
    if (!isUuid(id)) throw new BlobError('No blob has such an id.');
    return { Bucket: this.place.bucket, Key: `${this.place.folder}${id}` };
  }
}

/** Passes a source on and keeps what it failed with, to tell its faults from the store's. */
async function* remembering<T>(source: AsyncIterable<T>, failures: unknown[]): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    failures.push(error);
    throw error;
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** What exactly it was, a name that cannot be resolved or a key that may not, is in the cause, for the log. */
function unavailable(cause: unknown): Error {
  if (cause instanceof BlobError || cause instanceof BlobsUnavailableError) return cause;
  return new BlobsUnavailableError('Files cannot be stored or read now.', { cause });
}
