import { Injectable } from '@nestjs/common';
import type { Slot, SubjectFacts } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import { bareArray, byteaArray, textArray } from '../../../platform/database/array-parameters';
import type { Tx } from '../../../platform/database/database';
import { WRAPPED_KEY_BYTES } from '../../../platform/keys/record-seal';
import { Keyring } from '../../../platform/keys/keyring';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import type { DecisionRow } from './decision-record';

/** A subject row under lock. Facts and slots are kept with their canonical text, which goes into the record as it is. */
export interface LockedRow {
  id: string;
  tags: Buffer;
  factsText: string;
  facts: SubjectFacts;
  slotsText: string;
  slots: Slot[];
  wrappingKey: Buffer;
  lockedAt: Instant;
}

export const EMPTY_FACTS: SubjectFacts = {
  persons: [],
  wishes: [],
  preferences: [],
  grants: [],
  withdrawals: [],
  cooldowns: [],
};
export const EMPTY_FACTS_TEXT =
  '{"cooldowns":[],"grants":[],"persons":[],"preferences":[],"wishes":[],"withdrawals":[]}';

/**
 * The subjects are named by an array, not a join: a join beside FOR UPDATE would still see the older snapshot after a
 * lock wait (RULINGS 1). Rows are locked in id order, the one order for everybody. The clock is read outside the
 * locking query, because beside it it would be read before the wait.
 */
const LOCK = `
WITH locked AS MATERIALIZED (
  SELECT id, tags, facts::text AS facts, slots::text AS slots, wrapping_key
  FROM subjects
  WHERE id = ANY (ARRAY(SELECT subject_id FROM numbers WHERE tag = ANY ($1::bytea[])))
  ORDER BY id
  FOR UPDATE
)
SELECT id, tags, facts, slots, wrapping_key,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS locked_at
FROM locked`;

/** Numbers first, in tag order against deadlock; a subject only for a number that was really new. */
const ADMIT = `
WITH wanted AS (
  SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[])
    AS w (tag, number_id, subject_id, sealed, wrapping_key)
), admitted AS (
  INSERT INTO numbers (id, tag, tag_version, sealed, subject_id)
  SELECT number_id, tag, 1, sealed, subject_id FROM wanted ORDER BY tag
  ON CONFLICT (tag) DO NOTHING
  RETURNING id, tag, subject_id
), history AS (
  INSERT INTO subject_numbers (number_id, subject_id, from_at)
  SELECT id, subject_id, clock_timestamp() FROM admitted
)
INSERT INTO subjects (id, kind, tags, facts, slots, wrapping_key, created_at)
SELECT a.subject_id, 'person', a.tag, '${EMPTY_FACTS_TEXT}', '[]', w.wrapping_key, clock_timestamp()
FROM admitted a JOIN wanted w ON w.tag = a.tag`;

/**
 * One statement writes the batch. \`guard\` is the check that the settings which the batch was decided under are still
 * the newest: its snapshot is taken after the locks, so a pause or revocation that committed before binds. Where it is
 * empty, or a key was taken meanwhile, the caller rolls back and decides again.
 */
const WRITE = `
WITH guard AS MATERIALIZED (
  SELECT 1 FROM settings_version WHERE version = $1
), item AS MATERIALIZED (
  SELECT nextval('outbox_seq_seq') AS seq, i.*
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::bigint[], $11::bigint[], $12::bigint[], $13::smallint[], $14::text[], $15::int[], $16::int[], $17::int[],
    $26::text[])
    AS i (call_id, event_id, subject_id, client_id, campaign_id, vendor_id, outcome, codes,
      decided_at, expires_at, not_before, bucket, clear, start, sealed_bytes, entry_bytes, attributes)
  WHERE EXISTS (SELECT FROM guard)
), slot AS (
  UPDATE subjects s SET slots = u.slots::json
  FROM unnest($20::uuid[], $21::text[]) AS u (id, slots)
  WHERE s.id = u.id AND EXISTS (SELECT FROM guard)
), taken AS (
  INSERT INTO call_keys (client_id, key, request, call_id)
  SELECT k.* FROM unnest($22::uuid[], $23::bytea[], $24::bytea[], $25::uuid[]) AS k (client_id, key, request, call_id)
  WHERE EXISTS (SELECT FROM guard)
  ON CONFLICT DO NOTHING
  RETURNING 1
), call AS (
  INSERT INTO calls (call_id, event_id, subject_id, client_id, campaign_id, vendor_id, outcome, codes, decided_at,
    expires_at, not_before, policy_version)
  SELECT call_id, event_id, subject_id, client_id, campaign_id, vendor_id, outcome, string_to_array(codes, ';'),
    'epoch'::timestamptz + decided_at * interval '1 ms', 'epoch'::timestamptz + expires_at * interval '1 ms',
    'epoch'::timestamptz + not_before * interval '1 ms', $18
  FROM item
), event AS (
  INSERT INTO events (event_id, type, subject_id, recorded_at, clear, sealed, wrapped_key, entry, seq)
  SELECT event_id, 'call.decided.v1', subject_id, 'epoch'::timestamptz + decided_at * interval '1 ms', clear::json,
    substring($19::bytea FROM start + 1 FOR sealed_bytes),
    substring($19::bytea FROM start + sealed_bytes + 1 FOR ${WRAPPED_KEY_BYTES}),
    substring($19::bytea FROM start + sealed_bytes + ${WRAPPED_KEY_BYTES + 1} FOR entry_bytes), seq
  FROM item
), entry AS (
  INSERT INTO ledger_queue (seq, event_id) SELECT seq, event_id FROM item
), queue AS (
  INSERT INTO outbox (seq, bucket, event_id, attributes) SELECT seq, bucket, event_id, attributes::json FROM item
)
SELECT (SELECT count(*) FROM guard)::int AS guarded, (SELECT count(*) FROM taken)::int AS keyed`;

interface SubjectRow {
  id: string;
  tags: Buffer;
  facts: string;
  slots: string;
  wrapping_key: Buffer | null;
  locked_at: number;
}

/** The SQL of lock, decide, write: the one listed exception to "a service touches its own tables" (RULINGS 3). */
@Injectable()
export class DecisionRepository {
  constructor(private readonly keyring: Keyring) {}

  async lock(tx: Tx, tags: readonly Buffer[]): Promise<LockedRow[]> {
    const rows = await tx.query<SubjectRow>({
      name: 'decision-lock',
      text: LOCK,
      values: [byteaArray(tags)],
    });
    return rows.map((row) => this.toLockedRow(row));
  }

  /** Makes an empty subject for every number never seen; a number that another process admitted meanwhile is left. */
  async admit(tx: Tx, numbers: readonly { tag: Buffer; e164: string }[], at: Instant): Promise<void> {
    const inOrder = [...numbers].sort((a, b) => a.tag.compare(b.tag));
    await tx.query({
      name: 'decision-admit',
      text: ADMIT,
      values: [
        inOrder.map((number) => number.tag),
        inOrder.map(() => uuidV7(at)),
        inOrder.map(() => uuidV7(at)),
        inOrder.map((number) => this.keyring.sealIdentifier(number.e164)),
        inOrder.map(() => this.keyring.newSubjectKey()),
      ],
    });
  }

  async databaseTime(tx: Tx): Promise<Instant> {
    const [row] = await tx.query<{ at: number }>({
      name: 'decision-time',
      text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
    });
    if (row === undefined) throw new Error('The database did not tell its time.');
    return row.at;
  }

  async write(
    tx: Tx,
    batch: {
      settingsVersion: string;
      policyVersion: string;
      rows: readonly DecisionRow[];
      changed: LockedRow[];
    },
  ): Promise<{ guarded: boolean; keyed: number }> {
    const { rows, changed } = batch;
    const keys = rows.flatMap(({ keys: own, clientId, callId }) =>
      own.map((key) => ({ ...key, clientId, callId })),
    );
    const [result] = await tx.query<{ guarded: number; keyed: number }>({
      name: 'decision-write',
      text: WRITE,
      values: [
        batch.settingsVersion,
        bareArray(rows.map((row) => row.callId)),
        bareArray(rows.map((row) => row.eventId)),
        bareArray(rows.map((row) => row.subjectId)),
        bareArray(rows.map((row) => row.clientId)),
        textArray(rows.map((row) => row.campaignId)),
        textArray(rows.map((row) => row.vendorId)),
        textArray(rows.map((row) => row.outcome)),
        textArray(rows.map((row) => row.codes)),
        bareArray(rows.map((row) => row.decidedAt)),
        bareArray(rows.map((row) => row.expiresAt)),
        bareArray(rows.map((row) => row.notBefore)),
        bareArray(rows.map((row) => row.bucket)),
        textArray(rows.map((row) => row.clear)),
        ...blobOf(rows).map(bareArray),
        batch.policyVersion,
        Buffer.concat(rows.flatMap((row) => [row.record.sealed, row.record.wrappedKey, row.record.entry])),
        bareArray(changed.map((row) => row.id)),
        textArray(changed.map((row) => row.slotsText)),
        bareArray(keys.map((key) => key.clientId)),
        byteaArray(keys.map((key) => key.hash)),
        byteaArray(keys.map((key) => key.request)),
        bareArray(keys.map((key) => key.callId)),
        textArray(rows.map((row) => row.attributes ?? null)),
      ],
    });
    return { guarded: result?.guarded === 1, keyed: result?.keyed ?? 0 };
  }

  /** Subjects of a preview: read as they stand, without a lock. */
  async read(tx: Tx, tags: readonly Buffer[]): Promise<LockedRow[]> {
    const text = LOCK.replace('FOR UPDATE', '');
    const rows = await tx.query<SubjectRow>({ name: 'decision-read', text, values: [byteaArray(tags)] });
    return rows.map((row) => this.toLockedRow(row));
  }

  /** Person ids of customers, by the hex of their tag. */
  async personsOf(tx: Tx, customerTags: readonly Buffer[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ tag: Buffer; person_id: string }>({
      name: 'decision-persons',
      text: 'SELECT customer_tag AS tag, person_id FROM people WHERE customer_tag = ANY ($1::bytea[])',
      values: [customerTags],
    });
    return new Map(rows.map((row) => [row.tag.toString('hex'), row.person_id]));
  }

  /** Subjects by id as they stand, without a lock. */
  async readSubjects(
    tx: Tx,
    ids: readonly string[],
  ): Promise<Map<string, { facts: SubjectFacts; slots: Slot[] }>> {
    const rows = await tx.query<{ id: string; facts: SubjectFacts; slots: Slot[] }>({
      name: 'decision-read-subjects',
      text: 'SELECT id, facts, slots FROM subjects WHERE id = ANY ($1::uuid[])',
      values: [ids],
    });
    return new Map(rows.map(({ id, facts, slots }) => [id, { facts, slots }]));
  }

  private toLockedRow(row: SubjectRow): LockedRow {
    if (row.wrapping_key === null) throw new Error('An erased subject still holds a number.');
    return {
      id: row.id,
      tags: row.tags,
      factsText: row.facts,
      facts: row.facts === EMPTY_FACTS_TEXT ? EMPTY_FACTS : (JSON.parse(row.facts) as SubjectFacts),
      slotsText: row.slots,
      slots: row.slots === '[]' ? [] : (JSON.parse(row.slots) as Slot[]),
      wrappingKey: row.wrapping_key,
      lockedAt: row.locked_at,
    };
  }
}

/** Where each row's sealed payload and entry lie in the one binary parameter (its wrapped key has a fixed length). */
function blobOf(rows: readonly DecisionRow[]): [number[], number[], number[]] {
  const starts: number[] = [];
  let position = 0;
  for (const { record } of rows) {
    starts.push(position);
    position += record.sealed.length + record.wrappedKey.length + record.entry.length;
  }
  return [starts, rows.map((row) => row.record.sealed.length), rows.map((row) => row.record.entry.length)];
}
