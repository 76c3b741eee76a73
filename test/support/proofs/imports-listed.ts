import { Client } from 'pg';
import type { TestDatabase } from '../database';
import type { ImportOf } from '../imports';
import { leftBehind, ListedPeople } from './listed-people';
import { RecordCipher } from './record-cipher';

const PAGE = 5_000;
const KINDS = 20;

const linesOf = (rows: number): number[] => Array.from({ length: rows }, (_, index) => index);

/** A made-up list of any kind: the same rows for every `block`, about other people. */
export interface Listed {
  readonly subject: ImportOf;
  /** What must have been loaded before, so that some of the people are known. */
  readonly seed: { subject: ImportOf; file: string };
  readonly file: string;
  /** Numbers of the list, some of which nobody knows before. */
  number(index: number): string;
  /** Of how many lines or targets something must be left, and what must be said of each. */
  readonly leaves: number;
  readonly whole: RegExp;
  /** What a load of it has left, by line or by whom it is of. */
  left(database: TestDatabase, kekFile: string, jobId: string): Promise<Map<string, string>>;
}

export class ListedSuppressions extends ListedPeople implements Listed {
  readonly subject = 'suppressions';
  readonly whole = /1\/1 rows, 1 members$/;

  /** Repeated and broken rows leave nothing. */
  get leaves(): number {
    return linesOf(this.rows).filter((index) => ![13, 14, 16].includes(index % KINDS)).length;
  }

  get seed(): Listed['seed'] {
    return { subject: 'suppressions', file: `number\n${this.known.join('\n')}\n` };
  }

  async left(database: TestDatabase, kekFile: string, jobId: string): Promise<Map<string, string>> {
    const lines = await leftBehind(database, kekFile, jobId);
    return new Map([...lines].map(([line, what]) => [String(line), what]));
  }
}

abstract class ListedRows implements Listed {
  abstract readonly subject: ImportOf;

  abstract readonly whole: RegExp;

  constructor(
    protected readonly rows: number,
    private readonly block: number,
  ) {}

  abstract get leaves(): number;
  abstract get seed(): Listed['seed'];
  abstract get file(): string;
  abstract left(database: TestDatabase, kekFile: string, jobId: string): Promise<Map<string, string>>;

  number(index: number): string {
    return `+86137${String(this.block * 10_000_000 + index).padStart(8, '0')}`;
  }

  protected other(index: number): string {
    return this.number(index).replace('+86137', '+86136');
  }

  protected customer(index: number): string {
    return `P-${this.block}-${index}`;
  }

  /** The rows that `row` makes of the numbers of the lines. */
  protected lines(head: string, row: (index: number) => string[]): string {
    const lines = linesOf(this.rows).flatMap(row);
    return `${[head, ...lines].join('\r\n')}\r\n`;
  }

  /** The same words for every block; undefined for what is of another. */
  protected relative(text: string): string | undefined {
    const mine = [`P-${this.block}-`, ...['+86137', '+86136'].map((head) => `${head}${this.block}`)];
    if (!mine.some((name) => text.includes(name))) return undefined;
    return mine.reduce((plain, name, index) => plain.replaceAll(name, `~${index}~`), text);
  }
}

/** Customers: mostly new ones, some known, some with another number than before, some with somebody else's. */
export class ListedCustomers extends ListedRows {
  readonly subject = 'people';
  /** Once made; those who were known were corrected once. */
  readonly whole = /^\d claims( \| true [^|]*)?( \| false [^|]*)?$/;

  get leaves(): number {
    return linesOf(this.rows).filter((index) => ![13, 16].includes(index % KINDS)).length;
  }

  get seed(): Listed['seed'] {
    const file = this.lines('customerId,numbers', (index) => {
      if ([0, 1, 10].includes(index % KINDS)) return [`${this.customer(index)},${this.number(index)}`];
      return index % KINDS === 11 ? [`${this.customer(index)},${this.other(index)}`] : [];
    });
    return { subject: 'people', file };
  }

  get file(): string {
    return this.lines('customerId,numbers,ageBand', (index) => [this.row(index)]);
  }

  async left(database: TestDatabase, kekFile: string): Promise<Map<string, string>> {
    const left = new Map<string, string>();
    await records(database, kekFile, 'person.changed.v1', (said, state) => {
      const { customerId, added, removed, before, after, numbers } = said as Changed;
      const key = customerId === undefined ? undefined : this.relative(customerId);
      if (key === undefined) return;
      const plain = [state.created, added.length, removed.length, before, after].map((part) =>
        JSON.stringify(part, (name, value: unknown) => (name === 'personId' ? undefined : value)),
      );
      const what = `${plain.join(' ')} ${this.relative(numbers.join(' ')) ?? ''}`;
      left.set(key, `${left.get(key) ?? `${state.claims} claims`} | ${what}`);
    });
    return left;
  }

  private row(index: number): string {
    const [customer, number] = [this.customer(index), this.number(index)];
    switch (index % KINDS) {
      case 0:
      case 1:
      case 10:
        return `${customer},${number},65plus`;
      case 12:
        return `${customer},,18_64`;
      case 13:
        return this.row(index - 3);
      case 14:
        return `${customer},${this.number(index - 5)},`;
      case 16:
        return `${customer},12,`;
      case 17:
        return `${customer},${number};${this.other(index)},18_64`;
      default:
        return `${customer},${number},18_64`;
    }
  }
}

/** Consents: of numbers and customers, known and not, a few that cannot be taken. */
export class ListedConsents extends ListedRows {
  readonly subject = 'consents';
  readonly whole = /^([^|]* stands on 1 of 1, 1 in the ledger, 1 members( \| )?)+$/;

  /** Repeated rows and those that cannot be taken leave nothing; the other consent of a number is of the same number. */
  get leaves(): number {
    return linesOf(this.rows).filter((index) => ![13, 14, 15, 16, 17].includes(index % KINDS)).length;
  }

  get seed(): Listed['seed'] {
    const file = this.lines('customerId,numbers', (index) => {
      const [customer, number] = [this.customer(index), this.number(index)];
      if ([0, 10, 11].includes(index % KINDS)) return [`${customer},${number}`];
      return index % KINDS === 14 ? [`${customer},${number}`, `${customer}-b,${number}`] : [];
    });
    return { subject: 'people', file };
  }

  get file(): string {
    const head =
      'number,customerId,scope,attributes,grantedAt,textVersion,textSha256,source,purposes,channels';
    return this.lines(head, (index) => [this.row(index)]);
  }

  async left(database: TestDatabase, kekFile: string): Promise<Map<string, string>> {
    const left = new Map<string, string>();
    await records(database, kekFile, 'consent.granted.v1', (said, state) => {
      const { said: of, grant, terms, evidence } = said as Granted;
      const key = this.relative(of.number ?? of.customerId ?? '');
      if (key === undefined) return;
      const plain = [grant, { ...terms, numbers: terms.numbers.length }, evidence].map((part) =>
        JSON.stringify(part, (name, value: unknown) => (/^(?:id|personId)$/.test(name) ? undefined : value)),
      );
      const { standing, rows, inLedger, members } = state;
      const where = `stands on ${standing} of ${rows}, ${inLedger} in the ledger, ${members} members`;
      const what = `${plain.join(' ')} ${where}`;
      left.set(key, [...(left.get(key)?.split(' | ') ?? []), what].sort().join(' | '));
    });
    return left;
  }

  private row(index: number, scope = 'group', at = '2026-03-01T10:00:00+08:00'): string {
    const rest = `${scope},express,${at},terms-3,${'a'.repeat(64)},app,marketing,voice_ai;voice_human`;
    switch (index % KINDS) {
      case 11:
      case 12:
        return `,${this.customer(index)},${rest}`;
      case 13:
        return this.row(index - 3);
      case 15:
        return `${this.number(index)},,${rest.replace(at, '2099-03-01T10:00:00+08:00')}`;
      case 16:
        return `12,,${rest}`;
      case 17:
        return this.row(index - 7, 'group', '2026-04-01T10:00:00+08:00');
      default:
        return `${this.number(index)},,${rest}`;
    }
  }
}

interface Changed {
  customerId?: string;
  added: string[];
  removed: string[];
  before: unknown;
  after: unknown;
  numbers: string[];
}

interface Granted {
  said: { number?: string; customerId?: string };
  grant: unknown;
  terms: { numbers: string[] };
  evidence: unknown;
}

/** What stands in the tables beside a record. */
interface Beside {
  created: boolean | null;
  claims: number;
  standing: number;
  rows: number;
  inLedger: number;
  members: number;
}

interface RecordRow extends Beside {
  event_id: string;
  sealed: Buffer;
  wrapped_key: Buffer;
  wrapping_key: Buffer;
}

const RECORDS = `
SELECT e.event_id, e.sealed, e.wrapped_key, s.wrapping_key, (e.clear->>'created')::boolean AS created,
  (SELECT count(*)::int FROM people_numbers c WHERE c.person_id = s.id AND c.to_at IS NULL) AS claims,
  (SELECT count(*)::int FROM subjects r WHERE r.id IN (
      SELECT s.id UNION SELECT n.subject_id FROM people_numbers c JOIN numbers n ON n.id = c.number_id
        WHERE c.person_id = s.id AND c.to_at IS NULL)
    AND EXISTS (SELECT FROM json_array_elements(r.facts->'grants') g WHERE g->>'id' = e.clear->>'consentId')) AS standing,
  (SELECT count(*)::int FROM (
      SELECT s.id UNION SELECT n.subject_id FROM people_numbers c JOIN numbers n ON n.id = c.number_id
        WHERE c.person_id = s.id AND c.to_at IS NULL) r) AS rows,
  (SELECT count(*)::int FROM consent_events c WHERE c.event_id = e.event_id AND c.subject_id = s.id) AS "inLedger",
  (SELECT count(*)::int FROM import_members m WHERE m.word_id = (e.clear->>'consentId')::uuid) AS members
FROM events e JOIN subjects s ON s.id = e.subject_id
WHERE e.type = $1 AND e.event_id > $2 ORDER BY e.event_id LIMIT ${PAGE}`;

/** Every record of a type, opened with none of the code that sealed it, in the order in which they came to be. */
async function records(
  database: TestDatabase,
  kekFile: string,
  type: string,
  visit: (payload: unknown, beside: Beside) => void,
): Promise<void> {
  const client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    const cipher = await RecordCipher.of(client, kekFile);
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await client.query<RecordRow>(RECORDS, [type, after]);
      for (const row of rows) {
        const { payload } = cipher.openRecord(cipher.wrappingKey(row.wrapping_key), row);
        visit(JSON.parse(payload.toString('utf8')), row);
      }
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.event_id;
    }
  } finally {
    await client.end();
  }
}
