import { Injectable } from '@nestjs/common';
import { canonicalJson, type Json } from '../../domain/ledger/canonical-json';
import type { EventAttributes } from '../../contracts/events';
import type { Instant } from '../../domain/time/instant';
import { Keyring } from '../keys/keyring';
import { openRecord, sealRecord, type StoredRecord } from '../keys/record-seal';
import { uuidV7 } from '../ids/uuid-v7';
import type { Tx } from '../database/database';
import { bucketOf } from './bucket';

/** An event to be recorded with the fact it records, in that fact's own transaction. */
export interface EvidenceInput {
  /** Past tense and versioned, e.g. `consent.withdrawn.v1`. */
  type: string;
  at: Instant;
  /** Whose record it is, with the subject's wrapped key; absent for what concerns nobody (settings, invalid numbers). */
  subject?: { id: string; wrappingKey: Buffer };
  /** Orders the event among others of the same key on a bus; the subject id where there is one. */
  partitionKey: string;
  /** What leaves the gateway: random ids, codes and times. Never a phone number, a customer id in clear, or words. */
  clear: { [member: string]: Json | undefined };
  /**
   * CloudEvents extension attributes that travel with the event once and are not kept, e.g. whose question it answers.
   * As little of a person in them as in \`clear\`.
   */
  attributes?: EventAttributes;
  /** The evidence itself; sealed. */
  payload: { [member: string]: Json | undefined };
}

/** Writes events in their final form, and queues them for the bus. The only writer of `events` besides a decision's. */
@Injectable()
export class EvidenceWriter {
  constructor(private readonly keyring: Keyring) {}

  /**
   * Returns the event ids in order. Durable when `tx` commits, and not before. The caller holds the lock of the
   * subject's row, so that `outbox.seq` orders the events of one subject (RULINGS 2).
   */
  async record(tx: Tx, inputs: readonly EvidenceInput[]): Promise<string[]> {
    const ids: string[] = [];
    for (const input of inputs) {
      const id = uuidV7(input.at);
      ids.push(id);
      const wrappingKey =
        input.subject === undefined
          ? this.keyring.nobodyKey
          : this.keyring.openSubjectKey(input.subject.wrappingKey);
      const payload = Buffer.from(canonicalJson(input.payload), 'utf8');
      const record = sealRecord(wrappingKey, { id, type: input.type, at: input.at }, payload);
      await tx.query({
        name: 'evidence-record',
        text: `
WITH place AS MATERIALIZED (
  SELECT nextval('outbox_seq_seq') AS seq
), event AS (
  INSERT INTO events (event_id, type, subject_id, recorded_at, clear, sealed, wrapped_key, entry, seq)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, seq FROM place
), entry AS (
  INSERT INTO ledger_queue (seq, event_id) SELECT seq, $1 FROM place
)
INSERT INTO outbox (seq, bucket, event_id, attributes) SELECT seq, $9, $1, $10 FROM place`,
        values: [
          id,
          input.type,
          input.subject?.id ?? null,
          new Date(input.at),
          JSON.stringify({ ...input.clear, partitionKey: input.partitionKey }),
          record.sealed,
          record.wrappedKey,
          record.entry,
          bucketOf(input.partitionKey),
          input.attributes === undefined ? null : JSON.stringify(input.attributes),
        ],
      });
    }
    return ids;
  }

  /** Opens a stored event's payload; `wrappingKey` as stored on the subject row, absent where it concerned nobody. */
  open(event: StoredRecord, wrappingKey: Buffer | undefined): unknown {
    const key = wrappingKey === undefined ? this.keyring.nobodyKey : this.keyring.openSubjectKey(wrappingKey);
    return JSON.parse(openRecord(key, event).toString('utf8'));
  }
}
