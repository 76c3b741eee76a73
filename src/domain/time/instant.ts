/** A moment in time as milliseconds since 1970-01-01T00:00:00Z. RFC 3339 exists only outside the domain. */
export type Instant = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** 86,400 s: a rolling day, never a calendar day (READINGS 10). */
export const DAY = 24 * HOUR;
