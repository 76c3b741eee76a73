import packed from 'moment-timezone/data/packed/latest.json';
import { MINUTE, type Instant } from './instant';

/** The release of the IANA time-zone database that every decision is made with (RULINGS 10). */
export const TZDATA_VERSION: string = packed.version;

/**
 * One time zone as stretches of constant offset. All local-time questions are answered stretch by stretch, so gaps and
 * overlaps of daylight saving need no special case.
 */
export class Zone {
  /** `ends[i]` is the first instant after stretch i; the last is Infinity. `offsets[i]` is added to UTC within it. */
  constructor(
    private readonly ends: Float64Array,
    private readonly offsets: Float64Array,
  ) {}

  /** Milliseconds of the local clock, counted as if it were UTC. */
  localMillis(at: Instant): number {
    return at + (this.offsets[this.stretchOf(at)] as number);
  }

  /**
   * The first instant at or after `from` whose local clock satisfies a condition. `distance` says how far a local
   * clock reading is from the next reading that does: 0 when it does already, Infinity when none ever will.
   */
  firstInstant(from: Instant, distance: (local: number) => number): Instant {
    let at = from;
    for (let i = this.stretchOf(from); i < this.ends.length; i++) {
      const end = this.ends[i] as number;
      const candidate = at + distance(at + (this.offsets[i] as number));
      if (candidate < end) return candidate;
      at = end;
    }
    return Infinity;
  }

  private stretchOf(at: Instant): number {
    let low = 0;
    let high = this.ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at < (this.ends[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const sources = new Map<string, string>();
for (const line of packed.zones) sources.set(line.slice(0, line.indexOf('|')), line);
for (const link of packed.links) {
  const [target, alias] = link.split('|') as [string, string];
  sources.set(alias, sources.get(target) as string);
}
/** Unpacked once and kept: by packed line, so that an alias and its target are the same zone. */
const unpacked = new Map<string, Zone>();

/** True for the names of the IANA database, aliases included; names are compared letter by letter. */
export function isKnownZone(name: string): boolean {
  return sources.has(name);
}

/** The zone of that name, or undefined when the pinned data does not know it. */
export function findZone(name: string): Zone | undefined {
  const source = sources.get(name);
  if (source === undefined) return undefined;
  let zone = unpacked.get(source);
  if (zone === undefined) {
    zone = unpack(source);
    unpacked.set(source, zone);
  }
  return zone;
}

/**
 * The packed format of the zone data: `name|abbreviations|offsets|indices|lengths|population`, numbers in base 60.
 * Offsets are minutes west of Greenwich; lengths are the minutes from one change to the next.
 */
function unpack(line: string): Zone {
  const [, , offsetText, indexText, lengthText] = line.split('|') as [string, string, string, string, string];
  const minutesWest = offsetText.split(' ').map(fromBase60);
  const indices = [...indexText].map(fromBase60);
  const ends = new Float64Array(indices.length);
  const lengths = lengthText.split(' ');
  let end = 0;
  for (let i = 0; i < indices.length - 1; i++) {
    end = Math.round(end + fromBase60(lengths[i] as string) * MINUTE);
    ends[i] = end;
  }
  ends[indices.length - 1] = Infinity;
  const offsets = Float64Array.from(indices, (index) => Math.round(-(minutesWest[index] as number) * MINUTE));
  return new Zone(ends, offsets);
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';

function fromBase60(text: string): number {
  const negative = text.startsWith('-');
  const [whole, fraction] = (negative ? text.slice(1) : text).split('.') as [string, string?];
  let value = 0;
  for (const digit of whole) value = value * 60 + DIGITS.indexOf(digit);
  let unit = 1;
  for (const digit of fraction ?? '') {
    unit /= 60;
    value += DIGITS.indexOf(digit) * unit;
  }
  return negative ? -value : value;
}
