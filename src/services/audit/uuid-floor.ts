import type { Instant } from '../../domain/time/instant';

/** The smallest UUIDv7 of an instant: where a search by time begins among ids (RFC 9562 section 5.7). */
export function uuidV7Floor(at: Instant): string {
  const hex = Math.floor(at).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
