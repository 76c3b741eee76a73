import type { Later } from '../recognition/labels';
import { DAY, type Instant, MINUTE } from '../time/instant';
import { dayAt, instantOf } from '../time/local-day';
import { findZone } from '../time/zones';

/** Whoever says "in a hundred years" is not rung for as long as this; a longer pause is a wish, and has its own words. */
const LONGEST_PAUSE = 5 * 366 * DAY;

/**
 * The earliest next attempt by what the speaker named. A time of day may be meant by any clock the person may live by,
 * so it is the latest that counts; one that is past today means the next day. Undefined where no clock is known: the
 * rule's own pause holds then.
 */
export function namedTime(later: Later, at: Instant, timeZones: readonly string[]): Instant | undefined {
  const latest = at + LONGEST_PAUSE;
  if ('afterMinutes' in later) {
    return later.afterMinutes > 0 ? Math.min(at + later.afterMinutes * MINUTE, latest) : undefined;
  }
  const { dayOffset, minutes } = later.atLocal;
  const candidates = timeZones.flatMap((name) => {
    const zone = findZone(name);
    if (zone === undefined) return [];
    const day = dayAt(zone, at) + dayOffset;
    const named = instantOf(zone, day, minutes * MINUTE);
    return [named > at ? named : instantOf(zone, dayAt(zone, at) + 1, minutes * MINUTE)];
  });
  return candidates.length === 0 ? undefined : Math.min(Math.max(...candidates), latest);
}
