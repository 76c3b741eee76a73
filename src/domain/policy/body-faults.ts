import { parseDuration } from '../time/duration';
import { parseDay } from '../time/local-day';
import { isValidHours } from '../time/week-hours';
import { isKnownZone } from '../time/zones';
import type { Calendar, CooldownRule, Pack, Rule } from './pack';

/**
 * What a JSON schema cannot see: references between packs, rules and calendars, and values that contradict each other.
 * An empty list means that decisions can be made under these packs.
 */
export function bodyFaults(packs: readonly Pack[], calendars: readonly Calendar[]): string[] {
  return [
    ...repeated(packs.map((pack) => `pack ${pack.id}`)),
    ...repeated(packs.map((pack) => `jurisdiction ${pack.jurisdiction}`)),
    ...repeated(packs.flatMap((pack) => pack.rules.map((rule) => `rule ${rule.id}`))),
    ...repeated(calendars.map((calendar) => `calendar ${calendar.id}`)),
    ...packs.flatMap((pack) => packFaults(pack, packs)),
    ...packs.flatMap((pack) => pack.rules.flatMap((rule) => ruleFaults(rule, pack, calendars))),
    ...calendars.flatMap(calendarFaults),
  ];
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${name} is there twice`);
}

function packFaults(pack: Pack, packs: readonly Pack[]): string[] {
  const faults: string[] = [];
  for (const zone of pack.timeZones) {
    if (!isKnownZone(zone)) faults.push(`${pack.id} has the unknown time zone ${zone}`);
  }
  if (pack.status === 'complete' && (pack.timeZones.length === 0 || pack.purposes.length === 0)) {
    faults.push(`${pack.id} is complete without time zones or purposes`);
  }
  if (pack.reaskConsentAfter !== 'person_acts' && parseDuration(pack.reaskConsentAfter) === undefined) {
    faults.push(`${pack.id} has the reaskConsentAfter ${pack.reaskConsentAfter}`);
  }
  if (pack.parent === undefined) return faults;
  const parent = packs.find((candidate) => candidate.id === pack.parent);
  if (parent === undefined) return [...faults, `${pack.id} narrows ${pack.parent}, which is not there`];
  if (parent.parent !== undefined) faults.push(`${pack.id} narrows ${parent.id}, an overlay itself`);
  if (!pack.jurisdiction.startsWith(`${parent.jurisdiction}-`)) {
    faults.push(`${pack.id} is no part of ${parent.jurisdiction}`);
  }
  if (pack.purposes.some((purpose) => !parent.purposes.includes(purpose))) {
    faults.push(`${pack.id} answers for purposes that ${parent.id} refuses`);
  }
  return faults;
}

function ruleFaults(rule: Rule, pack: Pack, calendars: readonly Calendar[]): string[] {
  const { effectiveFrom, effectiveUntil } = rule.citation;
  const dates = [effectiveFrom, rule.citation.readOn, rule.reviewBy, effectiveUntil ?? effectiveFrom];
  const faults = dates.filter((date) => parseDay(date) === undefined).map((date) => `the date ${date}`);
  if (effectiveUntil !== undefined && effectiveUntil < effectiveFrom)
    faults.push('an end before its beginning');
  if (rule.purposes.some((purpose) => !pack.purposes.includes(purpose))) {
    faults.push('a purpose that its pack refuses');
  }
  return [...faults, ...valueFaults(rule, pack, calendars)].map((fault) => `rule ${rule.id} has ${fault}`);
}

function valueFaults(rule: Rule, pack: Pack, calendars: readonly Calendar[]): string[] {
  switch (rule.kind) {
    case 'window':
      return rule.values.open.every(isValidHours) ? [] : ['hours that are none'];
    case 'holidays':
      return calendars.some(({ id }) => id === rule.values.calendar) ? [] : ['a calendar that is not there'];
    case 'cap':
      return rule.values.rolling === undefined || parseDuration(rule.values.rolling)?.months === 0
        ? []
        : ['a rolling period of no fixed length'];
    case 'cooldown':
      return rule.values.after === 'consent_refused'
        ? reaskFaults(rule, pack)
        : durationFaults(rule.values.duration);
    case 'consent':
      return rule.values.maxAge === undefined ? [] : durationFaults(rule.values.maxAge);
    case 'retention':
      return durationFaults(rule.values.minimum);
    case 'registry':
    case 'ai_disclosure':
    case 'ai_barred':
    case 'obligation':
    case 'caller_id':
    case 'human_first':
      return [];
  }
}

/** Whoever asks by another way than a call reads the pack's own word, so the rule must not say otherwise. */
const reaskFaults = ({ values }: CooldownRule, pack: Pack): string[] =>
  values.duration === pack.reaskConsentAfter ? [] : [`another wait than ${pack.reaskConsentAfter}`];

const durationFaults = (text: string): string[] =>
  parseDuration(text) === undefined ? [`the duration ${text}`] : [];

function calendarFaults(calendar: Calendar): string[] {
  return Object.entries(calendar.years).flatMap(([year, { dates, workdays }]) => {
    const days = [...dates, ...workdays];
    return [
      ...repeated(days).map((fault) => `calendar ${calendar.id}: ${fault}`),
      ...days
        .filter((date) => parseDay(date) === undefined || !date.startsWith(`${year}-`))
        .map((date) => `calendar ${calendar.id} has ${date} in ${year}`),
    ];
  });
}
