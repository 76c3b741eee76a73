import type { Later } from '../labels';
import times from '../words/times.json';
import type { Views } from './views';

type Table = Readonly<Record<string, number>>;
const { numbers, units, days, parts }: Record<'numbers' | 'units' | 'days' | 'parts', Table> = times;

/** Longest first, so that 十五 is not read as 十. */
const oneOf = (table: Table): string =>
  Object.keys(table)
    .sort((a, b) => b.length - a.length)
    .join('|');
const NUMBER = `(\\d{1,2}|${oneOf(numbers)})`;

const HALF_DAY = 720;
const HOUR = 60;
/** Nobody who says "after three" means the night. */
const EARLIEST_MORNING = 8 * HOUR;

/** 半个钟后, 十分钟以后, in ten minutes, en una hora. */
const AFTER = [
  new RegExp(`${NUMBER}个?(?:半)?(${oneOf(units)})(?:之|以)?后`, 'u'),
  new RegExp(` (?:in|en|dentro de) (?:about )?${NUMBER} (?:an )?(${oneOf(units)}) `, 'u'),
];
/** 三点半, after three, at 5 pm, a las seis. */
const CLOCK = [
  new RegExp(`${NUMBER}点(半)?`, 'u'),
  new RegExp(` (?:at|after|around|by|from|past|las|la) ${NUMBER}( thirty| y media)? `, 'u'),
  / (\d{1,2})( thirty)? ?(?:am|pm|oclock) /u,
];

/** The moment that a speaker names for another call, if he names one. */
export function laterOf({ spaced, tight }: Views): Later | undefined {
  const texts = [tight, spaced];
  for (const pattern of AFTER) {
    for (const text of texts) {
      const [, number, unit] = pattern.exec(text) ?? [];
      if (number !== undefined && unit !== undefined) {
        return { afterMinutes: Math.round(valueOf(number) * (units[unit] as number)) };
      }
    }
  }
  const dayOffset = named(days, texts);
  const part = named(parts, texts);
  const clock = clockOf(texts, part);
  if (dayOffset === undefined && part === undefined && clock === undefined) return undefined;
  return { atLocal: { dayOffset: dayOffset ?? 0, minutes: clock ?? part ?? 0 } };
}

function clockOf(texts: readonly string[], part: number | undefined): number | undefined {
  for (const pattern of CLOCK) {
    for (const text of texts) {
      const [, number, half] = pattern.exec(text) ?? [];
      if (number === undefined || valueOf(number) > 23 || valueOf(number) < 1) continue;
      const minutes = valueOf(number) * HOUR + (half === undefined ? 0 : HOUR / 2);
      const afternoon = part === undefined ? minutes < EARLIEST_MORNING : part >= HALF_DAY;
      return afternoon && minutes < HALF_DAY ? minutes + HALF_DAY : minutes;
    }
  }
  return undefined;
}

const valueOf = (number: string): number => numbers[number] ?? Number(number);

function named(table: Table, texts: readonly string[]): number | undefined {
  const key = Object.keys(table).find((word) =>
    /\p{Script=Latin}/u.test(word)
      ? texts.some((text) => text.includes(` ${word} `))
      : texts.some((text) => text.includes(word)),
  );
  return key === undefined ? undefined : table[key];
}
