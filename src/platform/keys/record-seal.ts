import { commitment, entryBytes } from '../../domain/ledger/entry';
import type { Instant } from '../../domain/time/instant';
import { randomBytesFast } from './random';
import { open, seal } from './sealing';

const KEY_BYTES = 32;
/** Nonce, both keys, tag. */
export const WRAPPED_KEY_BYTES = 12 + 2 * KEY_BYTES + 16;

/** A record in its final form (RULINGS 13): what is stored of an event, and the entry the log will hold of it. */
export interface SealedRecord {
  sealed: Buffer;
  wrappedKey: Buffer;
  entry: Buffer;
}

/**
 * Seals a canonical payload, wraps its keys by the subject's key, and writes the final entry bytes. Two keys are drawn
 * for each record and wrapped together: K opens the commitment, the other the payload.
 * `payload` must be canonical JSON (RFC 8785): whoever opens the commitment later recomputes exactly these bytes.
 */
export function sealRecord(
  wrappingKey: Buffer,
  event: { id: string; type: string; at: Instant },
  payload: Buffer,
): SealedRecord {
  const keys = randomBytesFast(2 * KEY_BYTES);
  return {
    sealed: seal(keys.subarray(KEY_BYTES), payload, event.id),
    wrappedKey: seal(wrappingKey, keys, event.id),
    entry: entryBytes({ ...event, commitment: commitment(keys.subarray(0, KEY_BYTES), payload) }),
  };
}

/** A stored event, as far as opening it goes. */
export interface StoredRecord {
  /** The event's: a record moved under another id does not open. */
  id: string;
  sealed: Buffer;
  wrappedKey: Buffer;
}

/** The payload's bytes; throws where the wrapping key is not the one or the record was changed. */
export function openRecord(wrappingKey: Buffer, { id, sealed, wrappedKey }: StoredRecord): Buffer {
  return open(open(wrappingKey, wrappedKey, id).subarray(KEY_BYTES), sealed, id);
}
