import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HoursOfDays } from '../../../src/domain/time/week-hours';
import { findZone, type Zone } from '../../../src/domain/time/zones';

interface TimeVectors {
  localTimes: { why: string; zone: string; day: string; clock: string; instant: string }[];
  durations: { why: string; zone: string; from: string; duration: string; to: string }[];
  hours: {
    why: string;
    zone: string;
    hours: HoursOfDays[];
    at: string;
    opens: string | null;
    closes: string | null;
  }[];
}

export const timeVectorFile = (name: string): unknown =>
  JSON.parse(readFileSync(join(__dirname, name), 'utf8'));

export const timeVectors = timeVectorFile('time-vectors.json') as TimeVectors;

/** The zone of that name; fails the test where the data does not know it. */
export function zoneNamed(name: string): Zone {
  const zone = findZone(name);
  if (zone === undefined) throw new Error(`Unknown zone ${name}`);
  return zone;
}
