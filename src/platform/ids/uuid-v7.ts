import { randomFillSync } from 'node:crypto';
import type { Instant } from '../../domain/time/instant';

/**
 * UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits.
 *
 * The time in an id is exactly the instant it was asked for, because the month of a call is read back from it
 * (RULINGS 14). Within one millisecond ids of one process ascend: the random part grows by a random step
 * (§6.2, method 2). Between processes, and when the instant goes backwards, only uniqueness holds; what must be
 * ordered carries a sequence of the database instead (RULINGS 2).
 */

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const MAX_INSTANT = 2 ** 48 - 1;
const WORD = 2 ** 32;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Random words are drawn in blocks: one call into the random source serves some 300 ids. */
const pool = new Uint32Array(1_024);
let used = pool.length;

/** The random part of the last id: 12 bits, 30 bits and 32 bits. */
let lastInstant = -1;
let high = 0;
let middle = 0;
let low = 0;

/** Makes an id for a moment. @throws RangeError when 48 bits cannot hold the moment. */
export function uuidV7(at: Instant): string {
  if (!Number.isSafeInteger(at) || at < 0 || at > MAX_INSTANT) {
    throw new RangeError('A UUIDv7 holds whole milliseconds from 1970 to 10889.');
  }
  if (at === lastInstant) stepRandom();
  else startRandom(at);
  const upper = Math.floor(at / 0x1_0000);
  const lower = at % 0x1_0000;
  return (
    `${quad(upper)}-${pair(lower)}-${pair(0x7000 | high)}-` +
    `${pair(0x8000 | (middle >>> 16))}-${pair(middle & 0xffff)}${quad(low)}`
  );
}

/** Reads the moment an id was made for. @throws RangeError when it is no UUIDv7. */
export function uuidV7Instant(id: string): Instant {
  if (!UUID_V7.test(id)) throw new RangeError('Not a UUIDv7.');
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The smallest UUIDv7 of a moment: where a search by time begins among ids. */
export function uuidV7Floor(at: Instant): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The top bit stays clear, so that no number of steps within a millisecond can run over. */
function startRandom(at: Instant): void {
  lastInstant = at;
  high = randomWord() & 0x7ff;
  middle = randomWord() >>> 2;
  low = randomWord();
}

function stepRandom(): void {
  low += 1 + randomWord();
  if (low < WORD) return;
  low -= WORD;
  middle += 1;
  if (middle < 2 ** 30) return;
  middle = 0;
  high += 1;
}

function randomWord(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const word = pool[used] ?? 0;
  used += 1;
  return word;
}

function pair(value: number): string {
  return `${HEX[(value >>> 8) & 0xff] ?? ''}${HEX[value & 0xff] ?? ''}`;
}

function quad(value: number): string {
  return pair(value >>> 16) + pair(value & 0xffff);
}
