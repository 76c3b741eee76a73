import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../time/instant';
import { instantOf, parseDay } from '../time/local-day';
import { findZone } from '../time/zones';
import type { TimeMember } from './mapping';
import { textOf } from './pointer';

const LOCAL = /^(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?$/;
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
/** The year 9999: later is a unit mistaken for another. */
const LAST = 253_402_300_799_999;

/** The instant that a vendor's value names, told in the way the mapping says; undefined where it names none. */
export function readVendorTime(value: unknown, { format, timeZone }: TimeMember): Instant | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  switch (format) {
    case 'unix_seconds':
      return counted(text, SECOND);
    case 'unix_millis':
      return counted(text, 1);
    case 'rfc3339':
      return RFC_3339.test(text) ? within(Date.parse(text.replace(' ', 'T').toUpperCase())) : undefined;
    case 'local':
      return local(text, timeZone ?? '');
  }
}

function counted(text: string, unit: number): Instant | undefined {
  return /^\d{1,15}(?:\.\d+)?$/.test(text) ? within(Math.round(Number(text) * unit)) : undefined;
}

function local(text: string, timeZone: string): Instant | undefined {
  const zone = findZone(timeZone);
  const match = LOCAL.exec(text);
  if (zone === undefined || match === null) return undefined;
  const [, year, month, dayOfMonth, hours, minutes, seconds = '0'] = match;
  const day = parseDay(`${year}-${month}-${dayOfMonth}`);
  const ofDay = Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND;
  return day === undefined || ofDay >= DAY ? undefined : instantOf(zone, day, ofDay);
}

/** Not a number is in no range. */
const within = (at: number): Instant | undefined => (at >= 0 && at <= LAST ? at : undefined);
