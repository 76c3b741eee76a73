import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalJson, type Json } from '../../domain/ledger/canonical-json';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';
import { derivedKey } from '../../platform/keys/derived-key';
import { Keyring } from '../../platform/keys/keyring';

export const RESULT_STATES = ['applied', 'unmapped', 'unmatched'] as const;
export type ResultState = (typeof RESULT_STATES)[number];

/** A report and what it has come to. */
export interface StoredResult {
  id: string;
  eventId: string;
  receivedAt: Instant;
  receivedBy: string;
  attempt: number;
  state: ResultState;
  mappingVersion: number;
  callId: string | null;
  unmappedLabels: number;
  faults: string[];
}

export interface ResultFilter {
  state?: ResultState;
  limit: number;
  cursor?: string;
}

const RESULT = `
SELECT r.id, r.event_id AS "eventId", r.received_by AS "receivedBy",
  (extract(epoch FROM r.received_at) * 1000)::float8 AS "receivedAt", o.attempt, o.state,
  o.mapping_version AS "mappingVersion", o.call_id AS "callId", o.unmapped_labels AS "unmappedLabels", o.faults
FROM vendor_results r JOIN vendor_result_outcomes o ON o.result_id = r.id
WHERE r.vendor_id = $1
  AND NOT EXISTS (SELECT FROM vendor_result_outcomes n WHERE n.result_id = r.id AND n.attempt > o.attempt)`;

/** Reports of vendors; appended, never changed. What one has come to is its last outcome. */
@Injectable()
export class ResultsRepository {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = derivedKey(keyring.answerKey, 'results/reports/v1');
  }

  /** A vendor's ids may hold telephone numbers: only keyed hashes of them are stored. */
  tagsOf(sessionId: string, body: Json): { session: Buffer; body: Buffer } {
    return { session: this.tag('session', sessionId), body: this.tag('body', canonicalJson(body)) };
  }

  /** One report of a session at a time, before any subject is locked: who waits here holds nothing. */
  async takeTurn(tx: Tx, vendorId: string, session: Buffer): Promise<void> {
    await tx.query({
      name: 'result-turn',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`result\n${vendorId}\n${session.toString('hex')}`],
    });
  }

  async isKnown(tx: Tx, vendorId: string, tags: { session: Buffer; body: Buffer }): Promise<boolean> {
    const rows = await tx.query({
      name: 'result-known',
      text: 'SELECT 1 FROM vendor_results WHERE vendor_id = $1 AND session_tag = $2 AND body_tag = $3',
      values: [vendorId, tags.session, tags.body],
    });
    return rows.length > 0;
  }

  async insert(
    tx: Tx,
    row: {
      id: string;
      vendorId: string;
      tags: { session: Buffer; body: Buffer };
      receivedAt: Instant;
      receivedBy: string;
      eventId: string;
    },
  ): Promise<void> {
    const { id, vendorId, tags, receivedAt, receivedBy, eventId } = row;
    await tx.query({
      name: 'result-insert',
      text: `
INSERT INTO vendor_results (id, vendor_id, session_tag, body_tag, received_at, received_by, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      values: [id, vendorId, tags.session, tags.body, new Date(receivedAt), receivedBy, eventId],
    });
  }

  async appendOutcome(
    tx: Tx,
    outcome: Pick<
      StoredResult,
      'id' | 'attempt' | 'state' | 'mappingVersion' | 'callId' | 'unmappedLabels' | 'faults' | 'eventId'
    > & { recordedAt: Instant },
  ): Promise<void> {
    const { id, attempt, state, mappingVersion, callId, unmappedLabels, faults } = outcome;
    await tx.query({
      name: 'result-outcome',
      text: `
INSERT INTO vendor_result_outcomes
  (result_id, attempt, state, mapping_version, call_id, unmapped_labels, faults, recorded_at, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [
        id,
        attempt,
        state,
        mappingVersion,
        callId,
        unmappedLabels,
        faults,
        new Date(outcome.recordedAt),
        outcome.eventId,
      ],
    });
  }

  /** Whether this duty is still to be done; it is taken to be done with this transaction. */
  async begin(
    tx: Tx,
    told: { resultId: string; call?: { callId: string }; at: Instant },
    effect: string,
  ): Promise<boolean> {
    const rows = await tx.query({
      name: 'result-effect',
      text: `
INSERT INTO vendor_result_effects (about, effect, result_id, recorded_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (about, effect) DO NOTHING RETURNING about`,
      values: [told.call?.callId ?? told.resultId, effect, told.resultId, new Date(told.at)],
    });
    return rows.length > 0;
  }

  /** Whether an earlier report of the same call led to this. The caller holds the lock of the person's rows. */
  async isDone(
    tx: Tx,
    told: { resultId: string; call?: { callId: string } },
    effect: string,
  ): Promise<boolean> {
    const rows = await tx.query({
      name: 'result-effect-done',
      text: 'SELECT 1 FROM vendor_result_effects WHERE about = $1 AND effect = $2',
      values: [told.call?.callId ?? told.resultId, effect],
    });
    return rows.length > 0;
  }

  /** Newest first, one more than asked for. */
  async list(tx: Tx, vendorId: string, filter: ResultFilter): Promise<StoredResult[]> {
    const start = startOf(filter, 'uuid');
    return tx.query<StoredResult>({
      text: `${RESULT}
  AND ($2::text IS NULL OR o.state = $2)
  AND ($3::timestamptz IS NULL OR (r.received_at, r.id) < ($3, $4::uuid))
ORDER BY r.received_at DESC, r.id DESC LIMIT $5`,
      values: [vendorId, filter.state ?? null, start.at, start.id, filter.limit + 1],
    });
  }

  /** What could not be read whole by any mapping before this version, oldest first; one more than asked for. */
  async unread(tx: Tx, vendorId: string, version: number, limit: number): Promise<StoredResult[]> {
    return tx.query<StoredResult>({
      text: `${RESULT}
  AND o.state <> 'applied' AND o.mapping_version < $2
ORDER BY r.received_at, r.id LIMIT $3`,
      values: [vendorId, version, limit + 1],
    });
  }

  /** As it stands now; the caller holds the session's turn or accepts that it may change. */
  async find(tx: Tx, vendorId: string, id: string): Promise<StoredResult | undefined> {
    const rows = await tx.query<StoredResult>({ text: `${RESULT} AND r.id = $2`, values: [vendorId, id] });
    return rows[0];
  }

  private tag(kind: string, text: string): Buffer {
    return createHmac('sha256', this.key).update(`${kind}\n${text}`, 'utf8').digest();
  }
}
