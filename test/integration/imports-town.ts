import type { E164 } from '../../src/domain/phone/e164';
import { Database } from '../../src/platform/database/database';
import { EvidenceWriter } from '../../src/platform/evidence/evidence-writer';
import { Keyring } from '../../src/platform/keys/keyring';
import type { TestApp } from '../support/app';
import { freshNumber } from '../support/bank';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let lastTown = 0;

/** Some customers and numbers of their own, so that the same can be done to two towns and what is left be compared. */
export class ImportsTown {
  readonly name = lastTown++;
  readonly customers: string[];
  readonly numbers: E164[];
  private readonly database: Database;
  private readonly keyring: Keyring;
  private readonly evidence: EvidenceWriter;

  constructor(app: TestApp, sizes: { customers: number; numbers: number }) {
    this.customers = Array.from({ length: sizes.customers }, (_, index) => `I-${this.name}-${index}`);
    this.numbers = Array.from({ length: sizes.numbers }, () => freshNumber() as E164);
    this.database = app.nest.get(Database);
    this.keyring = app.nest.get(Keyring);
    this.evidence = app.nest.get(EvidenceWriter);
  }

  customer(index: number): string {
    return this.customers[index % this.customers.length] ?? '';
  }

  number(index: number): E164 {
    return this.numbers[index % this.numbers.length] ?? ('' as E164);
  }

  /** All that is known of the town and all that was recorded of it, with ids by what they name, and without order. */
  async left(): Promise<Record<string, unknown[]>> {
    const names = await this.names();
    const customers = this.customers.map((id) => this.keyring.tagOfCustomer(id));
    const numbers = this.numbers.map((number) => this.keyring.tagOfNumber(number));
    const left: Record<string, unknown[]> = {};
    for (const [what, sql] of Object.entries(LEFT)) {
      const rows = await this.database.query<Row>(`${SUBJECTS} ${sql}`, [customers, numbers]);
      left[what] = rows.map((row) => JSON.stringify(this.named(this.opened(row), names))).sort();
    }
    return left;
  }

  private opened({ wrapping_key: key, sealed, ...row }: Row): object {
    if (sealed === undefined) return row;
    const { event_id: id, wrapped_key: wrappedKey } = row as { event_id: string; wrapped_key: Buffer };
    return {
      type: row['type'],
      clear: row['clear'],
      subject: row['subject_id'],
      payload: this.evidence.open({ id, sealed, wrappedKey }, key ?? undefined),
    };
  }

  /** What an id stands for: a customer, a number, or the numbers that a row has ever held. */
  private async names(): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (const [index, number] of this.numbers.entries()) {
      names.set(number, `n${index}`).set(this.keyring.tagOfNumber(number).toString('hex'), `n${index}`);
    }
    for (const [index, id] of this.customers.entries()) {
      names.set(id, `c${index}`).set(this.keyring.tagOfCustomer(id).toString('hex'), `c${index}`);
    }
    const tagged = await this.database.query<{ id: string; tag: Buffer }>(
      'SELECT id, tag FROM numbers UNION ALL SELECT person_id, customer_tag FROM people',
    );
    for (const { id, tag } of tagged) {
      const name = names.get(tag.toString('hex'));
      if (name !== undefined) names.set(id, name);
    }
    const held = await this.database.query<{ id: string; numbers: string[] }>(
      'SELECT subject_id AS id, array_agg(number_id::text) AS numbers FROM subject_numbers GROUP BY 1',
    );
    for (const { id, numbers } of held) {
      const known = numbers.flatMap((number) => names.get(number) ?? []);
      if (known.length > 0 && !names.has(id)) names.set(id, `row of ${[...new Set(known)].sort().join(' ')}`);
    }
    return names;
  }

  private named(value: unknown, names: ReadonlyMap<string, string>): unknown {
    if (typeof value === 'string') return names.get(value) ?? (UUID.test(value) ? 'an id' : value);
    if (Buffer.isBuffer(value))
      return tagsOf(value)
        .map((tag) => names.get(tag) ?? 'bytes')
        .sort();
    if (value instanceof Date) return value.toISOString();
    if (Array.isArray(value)) {
      return value
        .map((item) => this.named(item, names))
        .map((item) => JSON.stringify(item))
        .sort();
    }
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.sort().map(([name, member]) => [name, this.named(member, names)]));
  }
}

type Row = Record<string, unknown> & { sealed?: Buffer; wrapping_key?: Buffer | null };

function tagsOf(bytes: Buffer): string[] {
  const tags: string[] = [];
  for (let at = 0; at < bytes.length; at += 32) tags.push(bytes.subarray(at, at + 32).toString('hex'));
  return tags;
}

/** Every row that has to do with the town: its people's own, and all that have ever held one of its numbers. */
const SUBJECTS = `
WITH person AS (
  SELECT person_id AS id FROM people WHERE customer_tag = ANY ($1::bytea[])
), number AS (
  SELECT id FROM numbers WHERE tag = ANY ($2::bytea[])
), subject AS (
  SELECT id FROM person UNION SELECT h.subject_id FROM number n JOIN subject_numbers h ON h.number_id = n.id
)`;

const LEFT: Record<string, string> = {
  people: `SELECT p.person_id, p.customer_tag, p.customer_sealed IS NULL AS erased
    FROM people p JOIN person ON person.id = p.person_id`,
  numbers: 'SELECT n.id, n.tag, n.tag_version, n.subject_id FROM numbers n JOIN number ON number.id = n.id',
  rows: `SELECT s.id, s.kind, s.tags, s.facts, s.slots, s.merged_into, s.wrapping_key IS NULL AS erased
    FROM subjects s JOIN subject ON subject.id = s.id`,
  holders: `SELECT h.number_id, h.subject_id, h.to_at IS NULL AS now FROM subject_numbers h JOIN number ON number.id = h.number_id`,
  claims: `SELECT c.person_id, c.number_id, c.to_at IS NULL AS now FROM people_numbers c JOIN person ON person.id = c.person_id`,
  consents: `SELECT c.subject_id, c.person_id, c.kind, c.receipt_id IS NULL AS unconfirmed, c.scope_kind, c.scope_id, c.purposes,
      c.channels, c.attributes, c.at, c.expires_at, c.recorded_at, c.recorded_by,
      (SELECT e.type FROM events e WHERE e.event_id = c.event_id AND e.subject_id = c.subject_id
        AND e.clear->>'consentId' = c.id::text) AS evidence
    FROM consent_events c JOIN subject ON subject.id = c.subject_id`,
  members: `SELECT m.kind, m.source, c.subject_id, c.at, c.purposes FROM import_members m
    JOIN consent_events c ON c.id = m.word_id JOIN subject ON subject.id = c.subject_id`,
  records: `SELECT e.event_id, e.type, e.subject_id, e.clear, e.sealed, e.wrapped_key, s.wrapping_key
    FROM events e JOIN subject ON subject.id = e.subject_id JOIN subjects s ON s.id = e.subject_id`,
};
