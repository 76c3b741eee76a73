import { Client } from 'pg';
import type { TestDatabase } from '../database';
import { RecordCipher } from './record-cipher';

const PAGE = 5_000;
const KINDS = 20;

/** A made-up do-not-disturb list: the same rows for every `block`, about other people. */
export class ListedPeople {
  constructor(
    readonly rows: number,
    private readonly block: number,
  ) {}

  number(index: number): string {
    return `+86138${String(this.block * 10_000_000 + index).padStart(8, '0')}`;
  }

  /** Those of the numbers that somebody is to have heard of before. */
  get known(): string[] {
    return this.indexes().flatMap((index) => ([10, 11].includes(index % KINDS) ? [this.number(index)] : []));
  }

  /** Some rows are repeated, some are about customers, some narrow, some broken. */
  get file(): string {
    return `number,customerId,channels,reason,reference\r\n${this.indexes()
      .map((index) => `${this.row(index)}\r\n`)
      .join('')}`;
  }

  private indexes(): number[] {
    return Array.from({ length: this.rows }, (_, index) => index);
  }

  private row(index: number): string {
    const number = this.number(index);
    switch (index % KINDS) {
      case 12:
        return `,C-${this.block}-${index},,"said, at a branch",${index}`;
      case 13:
        return this.row(index - 3);
      case 14:
        return this.row(index - 2);
      case 15:
        return `${number},,sms,"a ""quoted"" reason",${index}`;
      case 16:
        return `12${index % 10},,,,`;
      default:
        return `${number},,,不要再打,${index}`;
    }
  }
}

interface WishRow {
  event_id: string;
  sealed: Buffer;
  wrapped_key: Buffer;
  wrapping_key: Buffer;
  subject_id: string;
  suppression: string | null;
  members: number;
}

const WISHES = `
SELECT e.event_id, e.sealed, e.wrapped_key, s.wrapping_key, e.subject_id,
  (SELECT concat_ws(' ', w.scope_kind, w.channels, w.purposes, w.source, w.until) FROM suppressions w
   WHERE w.event_id = e.event_id AND w.id = (e.clear->>'suppressionId')::uuid AND w.subject_id = e.subject_id) AS suppression,
  (SELECT count(*)::int FROM import_members m WHERE m.word_id = (e.clear->>'suppressionId')::uuid AND m.job_id = $1) AS members
FROM events e JOIN subjects s ON s.id = e.subject_id
WHERE e.type = 'wish.recorded.v1' AND e.clear->>'jobId' = $1::text AND e.event_id > $2
ORDER BY e.event_id LIMIT ${PAGE}`;

interface Payload {
  suppressionId: string;
  reason: string;
  rows: string[];
  evidence: { line: number; reference?: string; importSource: string };
}

/**
 * What a load has left behind, line by line: the wish as history and as the sealed record have it, and whether it stands
 * on every row that it binds. Fails where a line left two wishes.
 */
export async function leftBehind(
  database: TestDatabase,
  kekFile: string,
  jobId: string,
): Promise<Map<number, string>> {
  const client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    const cipher = await RecordCipher.of(client, kekFile);
    const lines = new Map<number, string>();
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await client.query<WishRow>(WISHES, [jobId, after]);
      for (const row of rows) {
        const { payload } = cipher.openRecord(cipher.wrappingKey(row.wrapping_key), row);
        const {
          reason,
          evidence,
          rows: bound,
          suppressionId,
        } = JSON.parse(payload.toString('utf8')) as Payload;
        if (lines.has(evidence.line)) throw new Error(`Line ${evidence.line} left two wishes.`);
        const standing = await client.query<{ id: string }>(
          `SELECT id FROM subjects WHERE id = ANY ($1::uuid[])
           AND EXISTS (SELECT FROM json_array_elements(facts->'wishes') w WHERE w->>'id' = $2)`,
          [bound, suppressionId],
        );
        const where = `${standing.rows.length}/${bound.length} rows, ${row.members} members`;
        lines.set(
          evidence.line,
          `${row.suppression ?? 'no history'} “${reason}” ${evidence.reference ?? ''} ${where}`,
        );
      }
      const last = rows.at(-1);
      if (last === undefined) return lines;
      after = last.event_id;
    }
  } finally {
    await client.end();
  }
}
