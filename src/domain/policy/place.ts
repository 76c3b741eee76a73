import type { AskFacts, PersonFacts } from '../decision/facts';
import type { Candidate } from '../decision/verdict';
import { findZone, TZDATA_VERSION, type Zone } from '../time/zones';
import type { Pack } from './pack';
import type { Policy } from './policy';

/** A pack that may bind a call, with the zones in which its hours and days are read. */
export interface PlacedPack {
  pack: Pack;
  zones: Zone[];
  /** Known only from the person's address: its objections say something about the person. */
  personal: boolean;
}

/** All law that may apply to a call. Hints only ever add to it, so they only narrow (READINGS 1). */
export interface Place {
  /** False where the number is none: then nothing is known of the place. */
  located: boolean;
  /** Frozen: decisions share it. */
  candidates: Candidate[];
  packs: readonly PlacedPack[];
  /** Countries that no pack covers, by who named them. */
  unsupported: { asked: string[]; personal: string[] };
  /** Packs that are announced only, and zones that the pinned data does not know. */
  missing: string[];
}

/** ISO 3166-2 also codes these as parts of another country; their law is their own. */
export const OWN_LAW: ReadonlyMap<string, string> = new Map([
  ['CN-HK', 'HK'],
  ['CN-MO', 'MO'],
  ['CN-TW', 'TW'],
]);

const NOWHERE: Place = {
  located: false,
  candidates: [],
  packs: [],
  unsupported: { asked: [], personal: [] },
  missing: [],
};

Object.freeze(NOWHERE.candidates);

/** The candidates of a call: what the number says, then the asker's hints, then what is known of the persons. */
export function placeOf(ask: AskFacts, persons: readonly PersonFacts[], policy: Policy): Place {
  const { number } = ask;
  if (number.kind !== 'valid') return NOWHERE;
  const survey = new Survey(policy);
  survey.addCountry(number.country, 'number');
  const { country, areaCode } = number;
  const ofNumber = areaCode === undefined ? undefined : policy.subdivisions.get(`${country}:${areaCode}`);
  if (ofNumber !== undefined) survey.addSubdivision(ofNumber, 'number');
  if (ask.subdivision !== undefined) survey.addSubdivision(ask.subdivision, 'subdivision');
  for (const { subdivision } of persons) {
    if (subdivision !== undefined) survey.addSubdivision(subdivision, 'person');
  }
  if (ask.timeZone !== undefined) survey.addZone(ask.timeZone, 'timeZone');
  for (const { timeZone } of persons) {
    if (timeZone !== undefined) survey.addZone(timeZone, 'person');
  }
  return survey.place();
}

class Survey {
  private readonly candidates = new Map<string, Candidate>();
  /** Jurisdictions that the number or the asker named. */
  private readonly asked = new Set<string>();
  private readonly unsupported = { asked: new Set<string>(), personal: new Set<string>() };
  private readonly missing = new Set<string>();
  private readonly packs: ReadonlyMap<string, Pack>;

  constructor(private readonly policy: Policy) {
    this.packs = new Map([...policy.packs.values()].map((pack) => [pack.jurisdiction, pack]));
  }

  addCountry(country: string, from: Candidate['from']): void {
    const pack = this.packs.get(country);
    if (pack === undefined) this.unsupported[from === 'person' ? 'personal' : 'asked'].add(country);
    else this.addPack(pack, from);
  }

  /** A part of a country that has no overlay of its own is judged by the country's pack (READINGS 1). */
  addSubdivision(subdivision: string, from: Candidate['from']): void {
    const overlay = this.packs.get(subdivision);
    if (overlay !== undefined) this.addPack(overlay, from);
    else this.addCountry(OWN_LAW.get(subdivision) ?? subdivision.slice(0, 2), from);
  }

  addZone(timeZone: string, from: Candidate['from']): void {
    for (const jurisdiction of new Set([...this.candidates.values()].map((each) => each.jurisdiction))) {
      this.add({ jurisdiction, timeZone, from });
    }
  }

  place(): Place {
    const candidates = [...this.candidates.values()];
    Object.freeze(candidates);
    return {
      located: true,
      candidates,
      packs: this.placedPacks(candidates),
      unsupported: { asked: [...this.unsupported.asked], personal: [...this.unsupported.personal] },
      missing: [...this.missing],
    };
  }

  private addPack(pack: Pack, from: Candidate['from']): void {
    if (from !== 'person') this.asked.add(pack.jurisdiction);
    for (const timeZone of pack.timeZones) this.add({ jurisdiction: pack.jurisdiction, timeZone, from });
  }

  private add(candidate: Candidate): void {
    const key = `${candidate.jurisdiction} ${candidate.timeZone}`;
    if (!this.candidates.has(key)) this.candidates.set(key, Object.freeze(candidate));
  }

  private placedPacks(candidates: readonly Candidate[]): PlacedPack[] {
    const placed = new Map<Pack, PlacedPack>();
    for (const { jurisdiction, timeZone } of candidates) {
      const zone = findZone(timeZone);
      if (zone === undefined)
        this.missing.add(`The time zone ${timeZone} is not in zone data ${TZDATA_VERSION}.`);
      for (const pack of this.chain(jurisdiction)) {
        if (pack.status === 'pending') this.missing.add(`The pack ${pack.id} has no rules yet.`);
        const entry = placed.get(pack) ?? { pack, zones: [], personal: true };
        if (zone !== undefined && !entry.zones.includes(zone)) entry.zones.push(zone);
        entry.personal &&= !this.asked.has(jurisdiction);
        placed.set(pack, entry);
      }
    }
    return [...placed.values()];
  }

  /** The country's pack first, then the overlay: an overlay adds its rules to those of the pack it narrows. */
  private chain(jurisdiction: string): Pack[] {
    const pack = this.packs.get(jurisdiction) as Pack;
    const parent = pack.parent === undefined ? undefined : (this.policy.packs.get(pack.parent) as Pack);
    return parent === undefined ? [pack] : [parent, pack];
  }
}
