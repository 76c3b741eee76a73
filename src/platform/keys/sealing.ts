import { createCipheriv, createDecipheriv } from 'node:crypto';
import { randomBytesFast } from './random';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = { authTagLength: TAG_BYTES };

/**
 * AES-256-GCM: nonce(12) ‖ ciphertext ‖ tag(16). A key seals far fewer than 2³² messages (NIST SP 800-38D §8.3).
 * `context` says what is sealed, and is authenticated with it: put in another's place it does not open.
 */
export function seal(key: Buffer, plain: Buffer, context: string): Buffer {
  const nonce = randomBytesFast(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, CIPHER);
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()], NONCE_BYTES + body.length + TAG_BYTES);
}

/** Throws where the key or the context is another, or a byte was changed. */
export function open(key: Buffer, sealed: Buffer, context: string): Buffer {
  const end = sealed.length - TAG_BYTES;
  if (end < NONCE_BYTES) throw new RangeError('What was sealed has been cut short.');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), CIPHER);
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
}
