import { S3Client } from '@aws-sdk/client-s3';
import type { S3Location } from '../../config/blob-url';

/** A request is sent at most so often; the pauses between are the SDK's, below a second. */
const ATTEMPTS = 3;
const CONNECT_MS = 2_000;
/** One part of an upload at 3 Mbit/s. */
const REQUEST_MS = 30_000;
const SILENCE_MS = 10_000;

/** No request waits for ever, and none is repeated without end. Keys are found by the SDK's own chain. */
export function s3Client({ region, endpoint }: S3Location): S3Client {
  return new S3Client({
    region,
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_MS,
    },
    // What is read proves itself by its seal.
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Stores that only speak the API know neither a host name for every bucket nor, many of them, AWS's newer checksums.
    ...(endpoint === undefined
      ? {}
      : { endpoint, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' as const }),
  });
}
