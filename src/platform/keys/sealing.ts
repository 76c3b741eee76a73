import { createCipheriv, createDecipheriv } from 'node:crypto';
import { randomBytesFast } from './random';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM: nonce(12) ‖ ciphertext ‖ tag(16). A key seals far fewer than 2³² messages (NIST SP 800-38D §8.3). */
export function seal(key: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytesFast(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()], NONCE_BYTES + body.length + TAG_BYTES);
}

/** Throws where the key is another or a byte was changed. */
export function open(key: Buffer, sealed: Buffer): Buffer {
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
}
