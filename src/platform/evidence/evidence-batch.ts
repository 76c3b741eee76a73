import { Injectable } from '@nestjs/common';
import { canonicalJson } from '../../domain/ledger/canonical-json';
import { mapInTurns } from '../clock/in-turns';
import { bareArray, byteaArray, textArray } from '../database/array-parameters';
import type { Tx } from '../database/database';
import { uuidV7 } from '../ids/uuid-v7';
import { Keyring } from '../keys/keyring';
import { sealRecord } from '../keys/record-seal';
import { bucketOf } from './bucket';
import type { EvidenceInput } from './evidence-writer';

/** The same as `EvidenceWriter` writes for each of them, in one statement. `outbox.seq` follows the order of the list. */
const RECORD = `
WITH item AS MATERIALIZED (
  SELECT nextval('outbox_seq_seq') AS seq, i.*
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[],
    $9::smallint[], $10::text[])
    AS i (event_id, type, subject_id, at, clear, sealed, wrapped_key, entry, bucket, attributes)
), event AS (
  INSERT INTO events (event_id, type, subject_id, recorded_at, clear, sealed, wrapped_key, entry, seq)
  SELECT event_id, type, subject_id, 'epoch'::timestamptz + at * interval '1 ms', clear::json, sealed, wrapped_key, entry,
    seq
  FROM item
), entry AS (
  INSERT INTO ledger_queue (seq, event_id) SELECT seq, event_id FROM item
)
INSERT INTO outbox (seq, bucket, event_id, attributes) SELECT seq, bucket, event_id, attributes::json FROM item`;

/** Writes many events at once, each in its final form. */
@Injectable()
export class EvidenceBatch {
  constructor(private readonly keyring: Keyring) {}

  /** Returns the event ids in order. The caller holds the locks of all subjects' rows, as with `EvidenceWriter`. */
  async record(tx: Tx, inputs: readonly EvidenceInput[]): Promise<string[]> {
    const rows = await mapInTurns(inputs, (input) => this.rowOf(input));
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    await tx.query({
      name: 'evidence-record-batch',
      text: RECORD,
      values: [
        bareArray(ids),
        textArray(inputs.map((input) => input.type)),
        bareArray(inputs.map((input) => input.subject?.id ?? null)),
        bareArray(inputs.map((input) => input.at)),
        textArray(rows.map((row) => row.clear)),
        byteaArray(rows.map((row) => row.record.sealed)),
        byteaArray(rows.map((row) => row.record.wrappedKey)),
        byteaArray(rows.map((row) => row.record.entry)),
        bareArray(inputs.map((input) => bucketOf(input.partitionKey))),
        textArray(
          inputs.map(({ attributes }) => (attributes === undefined ? null : JSON.stringify(attributes))),
        ),
      ],
    });
    return ids;
  }

  private rowOf(input: EvidenceInput) {
    const { type, at, subject, partitionKey, clear, payload } = input;
    const id = uuidV7(at);
    const key =
      subject === undefined ? this.keyring.nobodyKey : this.keyring.openSubjectKey(subject.wrappingKey);
    const record = sealRecord(key, { id, type, at }, Buffer.from(canonicalJson(payload), 'utf8'));
    return { id, record, clear: JSON.stringify({ ...clear, partitionKey }) };
  }
}
