import { createHash, createHmac } from 'node:crypto';
import type { Instant } from '../time/instant';

const COMMIT_CONTEXT = Buffer.from('quietline/commit/v1\n', 'utf8');
const MAX_ENTRY_BYTES = 4_096;

/**
 * c = HMAC-SHA256(K, `quietline/commit/v1` ‖ 0x0A ‖ P) (STANDARDS section 2). K is exactly 32 random bytes per record:
 * HMAC zero-pads short keys, so a variable length would let two keys open one commitment.
 */
export function commitment(key: Buffer, payload: Buffer): string {
  if (key.length !== 32) throw new RangeError('A commitment key has exactly 32 bytes.');
  return createHmac('sha256', key).update(COMMIT_CONTEXT).update(payload).digest('hex');
}

/** What the log holds of an event: no personal data and no stable pseudonym. */
export interface LogEntry {
  /** A random id of this leaf's own: never a call id, so that leaves cannot be linked (RULINGS 15). */
  id: string;
  type: string;
  at: Instant;
  commitment: string;
}

/** The final entry bytes: canonical JSON, whose members stand here already in order. */
export function entryBytes(entry: LogEntry): Buffer {
  const time = new Date(entry.at).toISOString();
  const bytes = Buffer.from(
    `{"c":"${entry.commitment}","id":"${entry.id}","t":${JSON.stringify(entry.type)},"ts":"${time}","v":1}`,
    'utf8',
  );
  if (bytes.length > MAX_ENTRY_BYTES) throw new RangeError('A log entry has at most 4,096 bytes.');
  return bytes;
}

/** RFC 6962 section 2.1: SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(entry).digest();
}
