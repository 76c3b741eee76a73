import { dayNamed } from '../../policy/calendar';
import type { Rule } from '../../policy/pack';
import type { PlacedPack } from '../../policy/place';
import type { Instant } from '../../time/instant';
import { instantOf } from '../../time/local-day';
import { findZone, type Zone } from '../../time/zones';

/** A rule with where and when it binds. */
export interface PlacedRule {
  rule: Rule;
  /** Zones in which its hours and days are read. */
  zones: readonly Zone[];
  /** In force from `startsAt` and before `endsAt`: the dates of its citation in the pack's own zones, widest reading. */
  startsAt: Instant;
  endsAt: Instant;
  /** Known only from the person's address. */
  personal: boolean;
}

/** The rules of one pack in a place, in the pack's order. */
export function placedRules({ pack, zones, personal }: PlacedPack): PlacedRule[] {
  const own = pack.timeZones.map(findZone).filter((zone) => zone !== undefined);
  const starts = (date: string, offset: number): Instant[] =>
    own.map((zone) => instantOf(zone, dayNamed(date) + offset));
  return pack.rules.map((rule) => {
    const { effectiveFrom, effectiveUntil } = rule.citation;
    return {
      rule,
      zones,
      startsAt: Math.min(...starts(effectiveFrom, 0)),
      endsAt: effectiveUntil === undefined ? Infinity : Math.max(...starts(effectiveUntil, 1)),
      personal,
    };
  });
}
