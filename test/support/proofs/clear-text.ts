import { Client } from 'pg';
import type { TestDatabase } from '../database';

/** Something with its place, in which no number may be. */
export interface Place {
  where: string;
  text: string;
}

/** Every value of every table of a database: text as it is, bytes as Latin-1, so that digits among them show. */
export async function* everythingStored(database: TestDatabase): AsyncGenerator<Place> {
  const client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) {
          if (value !== null) yield { where: `${name}.${column}`, text: textOf(value) };
        }
      }
    }
  } finally {
    await client.end();
  }
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Finds numbers in any way of writing them. */
export class NumberSearch {
  private readonly pattern: RegExp;

  /** E.164, of China. */
  constructor(numbers: readonly string[]) {
    this.pattern = new RegExp(numbers.flatMap(waysOfWriting).join('|'));
  }

  /** Where it is and what was found there; undefined for a clean place. */
  leak({ where, text }: Place): string | undefined {
    const found = this.pattern.exec(text);
    return found === null
      ? undefined
      : `${where}: …${text.slice(Math.max(0, found.index - 60), found.index + 40)}…`;
  }
}

const SEPARATORS = '[ .()/-]{0,2}';

/**
 * The national number, which the international one contains, with or without separators; its last eight digits by
 * themselves; and the digits of both as hexadecimal or Base64 text.
 */
function waysOfWriting(number: string): string[] {
  const national = number.slice(3);
  const tail = national.slice(-8);
  return [
    [...national].join(SEPARATORS),
    `(?<![0-9a-f-])${tail}(?![0-9a-f])`,
    Buffer.from(tail).toString('hex'),
    ...[0, 1, 2].map((offset) => insideBase64(tail, offset)),
  ];
}

/** What the text comes to inside Base64 when it begins at this offset: only the characters that depend on nothing else. */
function insideBase64(text: string, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor(((offset + text.length) * 8) / 6);
  return encoded.slice(first, last).replace(/[+/]/g, (sign) => `\\${sign}`);
}
