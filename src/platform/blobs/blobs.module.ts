import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { CONFIG } from '../installation/tokens';
import { derivedKey } from '../keys/derived-key';
import { Keyring } from '../keys/keyring';
import { BlobStore } from './blob-store';
import { FileBlobStore } from './file-blob-store';

/** Files of the installation. This version keeps them in `DATA_DIR/blobs`. */
@Module({
  providers: [
    {
      provide: BlobStore,
      inject: [CONFIG, Keyring],
      useFactory: ({ dataDir }: Config, keyring: Keyring): BlobStore =>
        new FileBlobStore(join(dataDir, 'blobs'), derivedKey(keyring.answerKey, 'blobs')),
    },
  ],
  exports: [BlobStore],
})
export class BlobsModule {}
