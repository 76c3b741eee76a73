import { invalidMember } from '../../contracts/app-error';
import type { Instant } from '../../domain/time/instant';

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 section 5.6 with an offset; leap seconds have no place on a clock that counts milliseconds. */
export function isRfc3339(text: string): boolean {
  return instantOf(text) !== undefined;
}

/** The instant a text names, or undefined where it names none (30 February, 24 o'clock, no offset). */
export function instantOf(text: string): Instant | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour] = match;
  // The engine's own parser rolls 30 February over into March and takes 24:00.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (date.getUTCDate() !== Number(day) || Number(hour) > 23) return undefined;
  const instant = Date.parse(text.toUpperCase());
  return Number.isNaN(instant) ? undefined : instant;
}

/** Reads a member that a schema has already found to be a time. */
export function readInstant(text: string, pointer: string): Instant {
  const instant = instantOf(text);
  if (instant === undefined)
    throw invalidMember(pointer, 'Must be a time with an offset (RFC 3339).', 'FORMAT');
  return instant;
}

/** Milliseconds in UTC: the one form in which times leave the gateway. */
export const writeInstant = (at: Instant): string => new Date(at).toISOString();
