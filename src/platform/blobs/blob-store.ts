import type { Instant } from '../../domain/time/instant';

export interface StoredBlob {
  /** Random: it says nothing of what is in it. */
  id: string;
  /** Of the content, as it was given. */
  bytes: number;
}

/** There is no such blob, or what is there is not what was put: cut short, put together otherwise, or changed. */
export class BlobError extends Error {
  override readonly name = 'BlobError';
}

/** What is kept free for the database and the logs would not be free any more. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
}

/** Where blobs are kept does not answer, or not in time, or refuses us: the same may succeed later. */
export class BlobsUnavailableError extends Error {
  override readonly name = 'BlobsUnavailableError';
}

/**
 * Files of the installation (RULINGS 27). What is put is never changed. Content is sealed at rest: an uploaded list
 * holds numbers in clear. Every method may throw BlobsUnavailableError.
 */
export abstract class BlobStore {
  /**
   * Takes the source to its end, no faster than it can be stored. When this resolves the blob is durable; when it
   * rejects, as where the source fails, there is none.
   * @throws NoRoomError
   */
  abstract put(source: AsyncIterable<Uint8Array>): Promise<StoredBlob>;

  /**
   * The content from byte `from` on, in order. Ends at the end of the content, and nowhere before it.
   * @throws BlobError where there is none, or as soon as a part of it is not what was put.
   */
  abstract read(id: string, from?: number): AsyncIterable<Buffer>;

  /** Durable when it resolves. A blob that is not there is deleted already. */
  abstract delete(id: string): Promise<void>;

  /** Every blob, in no order; also those that are being read. */
  abstract list(): Promise<{ id: string; storedAt: Instant }[]>;

  /** Removes what was begun before this moment and never finished. */
  abstract sweep(before: Instant): Promise<void>;
}
