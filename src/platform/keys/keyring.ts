import { createHmac } from 'node:crypto';
import type { E164 } from '../../domain/phone/e164';
import { open, seal } from './sealing';
import { randomBytesFast } from './random';

/** Keys of the installation, kept in the database under the key-encryption key. */
export const INSTALLATION_KEYS = ['index', 'customer', 'number', 'token', 'nobody', 'answer'] as const;
export type InstallationKey = (typeof INSTALLATION_KEYS)[number];

/** What is sealed, so that no column's value opens in another column's place. */
const IDENTIFIER = 'identifier';
const SUBJECT_KEY = 'subject-key';

/**
 * All keys of one process, unwrapped. What an attacker needs: with the database alone, nothing opens; with the
 * key-encryption key as well, everything of subjects that have not been erased.
 */
export class Keyring {
  constructor(
    private readonly keyEncryptionKey: Buffer,
    private readonly keys: Readonly<Record<InstallationKey, Buffer>>,
  ) {}

  /** numbers.tag = HMAC-SHA256(index key, E.164): the only way from a number to its row (RULINGS 13). */
  tagOfNumber(number: E164): Buffer {
    return createHmac('sha256', this.keys.index).update(number, 'utf8').digest();
  }

  tagOfCustomer(customerId: string): Buffer {
    return createHmac('sha256', this.keys.customer).update(customerId, 'utf8').digest();
  }

  /** Numbers and customer ids, sealed under a key of the installation so that they can move between subjects. */
  sealIdentifier(text: string): Buffer {
    return seal(this.keys.number, Buffer.from(text, 'utf8'), IDENTIFIER);
  }

  openIdentifier(sealed: Buffer): string {
    return open(this.keys.number, sealed, IDENTIFIER).toString('utf8');
  }

  /** A fresh wrapping key for a subject, wrapped: destroying this one value erases all that it wraps (RULINGS 14). */
  newSubjectKey(): Buffer {
    return seal(this.keyEncryptionKey, randomBytesFast(32), SUBJECT_KEY);
  }

  openSubjectKey(wrapped: Buffer): Buffer {
    return open(this.keyEncryptionKey, wrapped, SUBJECT_KEY);
  }

  /** Wraps records that concern nobody: an invalid number, a change of settings. */
  get nobodyKey(): Buffer {
    return this.keys.nobody;
  }

  get tokenKey(): Buffer {
    return this.keys.token;
  }

  get answerKey(): Buffer {
    return this.keys.answer;
  }
}
