import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { S3Location } from '../../config/blob-url';
import type { Config } from '../../config/load-config';
import { Readiness } from '../health/readiness';
import { CONFIG } from '../installation/tokens';
import { derivedKey } from '../keys/derived-key';
import { Keyring } from '../keys/keyring';
import { LOG, type Log } from '../observability/logger';
import { BlobStore } from './blob-store';
import { FileBlobStore } from './file-blob-store';

/**
 * Every installation has a folder of its own, also below the same prefix: what no job of it has is deleted, and must
 * not be another one's.
 */
const FOLDER_BYTES = 8;

async function inBucket(
  location: S3Location,
  { config, keyring, readiness, log }: { config: Config; keyring: Keyring; readiness: Readiness; log: Log },
): Promise<BlobStore> {
  // Loaded where it is used: the SDK is larger than everything else a process starts with.
  const { s3Client } = await import('./s3-client');
  const { S3BlobStore } = await import('./s3-blob-store');
  const { S3Reach } = await import('./s3-reach');
  const s3 = s3Client(location);
  const own = derivedKey(keyring.answerKey, 'blobs/folder').toString('hex', 0, FOLDER_BYTES);
  const place = { bucket: location.bucket, folder: `${location.prefix}${own}/` };
  const reach = new S3Reach(s3, place, log);
  readiness.register('blobs', () => reach.finding());
  return new S3BlobStore(s3, place, derivedKey(keyring.answerKey, 'blobs'), config.imports.maxBytes);
}

/** Files of the installation: in `BLOB_URL`, else in `DATA_DIR/blobs`. */
@Module({
  providers: [
    {
      provide: BlobStore,
      inject: [CONFIG, Keyring, Readiness, LOG],
      useFactory: (
        config: Config,
        keyring: Keyring,
        readiness: Readiness,
        log: Log,
      ): BlobStore | Promise<BlobStore> =>
        config.blobs === undefined
          ? new FileBlobStore(join(config.dataDir, 'blobs'), derivedKey(keyring.answerKey, 'blobs'))
          : inBucket(config.blobs, { config, keyring, readiness, log }),
    },
  ],
  exports: [BlobStore],
})
export class BlobsModule {}
