import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';

interface SealedRow {
  event_id: string;
  sealed: Buffer;
  wrapped_key: Buffer;
}

/** Opens what the gateway sealed, from STANDARDS section 2 and the tables alone, with none of the code that sealed it. */
export class RecordCipher {
  private constructor(
    private readonly keyEncryptionKey: Buffer,
    private readonly nobody: Buffer,
    private readonly answer: Buffer,
  ) {}

  static async of(client: Client, kekFile: string): Promise<RecordCipher> {
    const kek = Buffer.from((await readFile(kekFile, 'utf8')).trim(), 'base64url');
    const { rows } = await client.query<{ id: string; wrapped: Buffer }>(
      'SELECT id, wrapped FROM installation_keys',
    );
    const keyOf = (id: string): Buffer => {
      const row = rows.find((candidate) => candidate.id === id);
      if (row === undefined) throw new Error('This database was never started on.');
      return open(kek, row.wrapped, id);
    };
    return new RecordCipher(kek, keyOf('nobody'), keyOf('answer'));
  }

  /** What a question's body is known again by. */
  requestHash(canonical: string): string {
    const info = 'quietline/decisions/requests/v1';
    const key = Buffer.from(hkdfSync('sha256', this.answer, Buffer.alloc(0), info, 32));
    return createHmac('sha256', key).update(canonical, 'utf8').digest('hex');
  }

  /** Of a subject's row; that of records about nobody where there is none. */
  wrappingKey(wrapped: Buffer | null): Buffer {
    return wrapped === null ? this.nobody : open(this.keyEncryptionKey, wrapped, 'subject-key');
  }

  /** The payload's bytes and the commitment to them. Throws where a byte is another than was sealed. */
  openRecord(wrappingKey: Buffer, record: SealedRow): { payload: Buffer; commitment: string } {
    // Two keys of 32 bytes are wrapped together: K of the commitment, and the one that seals.
    const keys = open(wrappingKey, record.wrapped_key, record.event_id);
    if (keys.length !== 64) throw new Error('A record has two keys of 32 bytes.');
    const payload = open(keys.subarray(32), record.sealed, record.event_id);
    const commitment = createHmac('sha256', keys.subarray(0, 32))
      .update(Buffer.concat([Buffer.from('quietline/commit/v1\n'), payload]))
      .digest('hex');
    return { payload, commitment };
  }
}

/** AES-256-GCM: nonce(12) ‖ ciphertext ‖ tag(16), with what it is as additional data. */
function open(key: Buffer, sealed: Buffer, context: string): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  cipher.setAAD(Buffer.from(context));
  cipher.setAuthTag(sealed.subarray(sealed.length - 16));
  return Buffer.concat([cipher.update(sealed.subarray(12, sealed.length - 16)), cipher.final()]);
}
