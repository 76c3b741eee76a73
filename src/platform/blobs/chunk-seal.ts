import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Of the content; a reader that wants one byte opens one chunk. */
export const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

const NONCE_BYTES = 12;
const CIPHER = { authTagLength: TAG_BYTES };

/**
 * AES-256-GCM chunk by chunk under a key that no other blob has. The nonce is the chunk's place and whether it is the
 * last one (the STREAM construction; Hoang, Reyhanitabar, Rogaway and Vizár 2015), so that chunks cannot be left out,
 * put in another order, or cut off at the end without being noticed.
 */
export function sealChunk(key: Buffer, index: number, isLast: boolean, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index, isLast), CIPHER);
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]);
}

/** Throws where the key, the place or a byte is another. */
export function openChunk(key: Buffer, index: number, isLast: boolean, sealed: Buffer): Buffer {
  const end = sealed.length - TAG_BYTES;
  if (end < 0) throw new RangeError('A chunk is shorter than its tag.');
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index, isLast), CIPHER);
  decipher.setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
}

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt8(isLast ? 1 : 0, 0);
  nonce.writeBigUInt64BE(BigInt(index), NONCE_BYTES - 8);
  return nonce;
}
