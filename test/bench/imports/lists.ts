import type { ImportSubject } from '../../../src/services/imports/import';
import { numberOf } from '../seeding/population';

/** A list as it is sent: a header and rows of CSV, made anew whenever they are read, so that none has to fit in memory. */
export interface BenchList {
  subject: ImportSubject;
  columns: readonly string[];
  rows(): Iterable<string>;
}

/** Of five rows one is about somebody who was known, as long as there are such people. */
const KNOWN_SHARE = 5;
const GRANTED_AT = '2026-03-01T10:00:00+08:00';
const TEXT_SHA256 = 'a'.repeat(64);

/** The three lists of one run, in the order in which they are loaded. */
export function listsOf(rows: number, population: number): BenchList[] {
  const isKnown = (index: number): boolean => index % KNOWN_SHARE === 0 && index / KNOWN_SHARE < population;
  return [
    {
      subject: 'suppressions',
      columns: ['number', 'reason', 'reference'],
      rows: () =>
        made(rows, (index) => {
          const number = isKnown(index) ? numberOf(index / KNOWN_SHARE) : stranger(index);
          return `${number},不要再打,D-${index}`;
        }),
    },
    {
      subject: 'people',
      columns: ['customerId', 'numbers', 'ageBand'],
      rows: () =>
        made(rows, (index) => {
          if (!isKnown(index)) return `B-${index},${client(index)},18_64`;
          return `C-${index / KNOWN_SHARE},${numberOf(index / KNOWN_SHARE)},65plus`;
        }),
    },
    {
      // Half of customers whom the list before has made known, half of numbers that nobody has heard of.
      subject: 'consents',
      columns: [
        ...['customerId', 'number', 'purposes', 'channels', 'scope', 'attributes', 'grantedAt'],
        ...['textVersion', 'textSha256', 'source', 'reference'],
      ],
      rows: () =>
        made(rows, (index) => {
          const who = index % 2 === 0 && !isKnown(index) ? `B-${index},` : `,${newcomer(index)}`;
          const what = `marketing,voice_ai;voice_human,group,express;separate,${GRANTED_AT}`;
          return `${who},${what},terms-3,${TEXT_SHA256},app,G-${index}`;
        }),
    },
  ];
}

function* made(rows: number, row: (index: number) => string): Iterable<string> {
  for (let index = 0; index < rows; index++) yield row(index);
}

/** Mobile numbers of blocks of their own, behind everybody of the population. */
const stranger = (index: number): string => `+86${15_000_000_000 + index}`;
const client = (index: number): string => `+86${18_000_000_000 + index}`;
const newcomer = (index: number): string => `+86${17_300_000_000 + index}`;
