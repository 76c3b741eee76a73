import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * A key for one purpose, made of a key of the installation (HKDF, RFC 5869): two purposes never share a key, and none
 * tells the key it was made of. The same purpose gives the same key on every process, for ever.
 */
export function derivedKey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `quietline/${purpose}`, KEY_BYTES));
}
