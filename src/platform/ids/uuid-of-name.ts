import { createHash } from 'node:crypto';

const VERSION = 0x80;
const VARIANT = 0x80;

/**
 * A UUID version 8 (RFC 9562 §5.8) made of SHA-256: the same words always give the same id, on every process, and no id
 * of another version is ever equal to it.
 */
export function uuidOfName(...words: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(words), 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | VERSION, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | VARIANT, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function isUuidOfName(id: string): boolean {
  return id[14] === '8';
}
