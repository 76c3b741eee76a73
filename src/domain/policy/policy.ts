import { bodyFaults } from './body-faults';
import type { Calendar, Pack } from './pack';

/** The places of area codes: country, then subdivision (ISO 3166-2), then its area codes divided by spaces. */
export type AreaCodes = Record<string, Record<string, string>>;

/**
 * All data that decisions are made under; its canonical JSON is hashed into the policy version (RULINGS 10). An
 * institution's overrides are a list of their own, so that a loosening can always be told from the shipped text.
 */
export interface PolicyBody {
  packs: readonly Pack[];
  overrides: readonly never[];
  calendars: readonly Calendar[];
  areaCodes: AreaCodes;
  tzdata: string;
  engineVersion: string;
}

/** A policy body ready for use. One object lives as long as its version is used: decisions keep memos on it. */
export interface Policy {
  version: string;
  packs: ReadonlyMap<string, Pack>;
  calendars: ReadonlyMap<string, Calendar>;
  /** `CN:951` → `CN-NX`. */
  subdivisions: ReadonlyMap<string, string>;
}

/** Throws on a body that contradicts itself: decisions under it would not be what its rules say. */
export function policyFrom(body: PolicyBody, version: string): Policy {
  const faults = bodyFaults(body.packs, body.calendars);
  if (faults.length > 0) throw new Error(`The policy contradicts itself: ${faults.join('; ')}`);
  const subdivisions = new Map<string, string>();
  for (const [country, places] of Object.entries(body.areaCodes)) {
    for (const [subdivision, codes] of Object.entries(places)) {
      for (const code of codes.split(' ')) subdivisions.set(`${country}:${code}`, subdivision);
    }
  }
  return {
    version,
    packs: new Map(body.packs.map((pack) => [pack.id, pack])),
    calendars: new Map(body.calendars.map((calendar) => [calendar.id, calendar])),
    subdivisions,
  };
}
