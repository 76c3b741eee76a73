/** Where files are kept when they are not in `DATA_DIR`. */
export interface S3Location {
  readonly bucket: string;
  /** Before every name, with its final slash; empty for the whole bucket. */
  readonly prefix: string;
  readonly region: string;
  /** Undefined: AWS itself. */
  readonly endpoint: string | undefined;
}

export const BLOB_URL_MUST =
  'must be s3://bucket/prefix?region=… for AWS, or s3://bucket/prefix?endpoint=https://… for another store ' +
  '(http only on this machine), and hold no keys';

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What every store takes as it is, nothing that a path or a query would change. */
const PREFIX = /^(?:[\w!.*'()-]+\/)*$/;
const REGION = /^[a-z0-9-]{1,64}$/;
/** What stores without regions sign with. */
const NO_REGION = 'us-east-1';

/** Undefined where the text is none. */
export function parseBlobUrl(text: string): S3Location | undefined {
  if (!/^s3:\/\/[^/?#@:]+(?:[/?][^#]*)?$/.test(text) || !URL.canParse(text)) return undefined;
  const { host: bucket, searchParams, pathname } = new URL(text);
  const path = pathname.replace(/^\//, '').replace(/\/$/, '');
  const prefix = path === '' ? '' : `${path}/`;
  const names = [...searchParams.keys()];
  if (names.some((name) => name !== 'region' && name !== 'endpoint') || new Set(names).size < names.length) {
    return undefined;
  }
  const endpoint = searchParams.get('endpoint') ?? undefined;
  const region = searchParams.get('region') ?? (endpoint === undefined ? '' : NO_REGION);
  if (!BUCKET.test(bucket) || !PREFIX.test(prefix) || !REGION.test(region)) return undefined;
  if (endpoint !== undefined && !isEndpoint(endpoint)) return undefined;
  return { bucket, prefix, region, endpoint };
}

/** Host and port alone: buckets are paths of it. */
function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, origin, href } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  return isSafe && href === `${origin}/`;
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
