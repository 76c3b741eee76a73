import { Injectable } from '@nestjs/common';
import type { Slot } from '../../domain/decision/facts';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import type { DecisionPayload } from './batch/decision-record';

/** A decided call as history holds it. Clear columns only. */
export interface StoredCall {
  callId: string;
  eventId: string;
  subjectId: string | null;
  clientId: string;
  /** Empty for a campaign that the asker does not have. */
  campaignId: string;
  vendorId: string | null;
  outcome: 'allow' | 'deny' | 'defer';
  codes: string[];
  decidedAt: Instant;
  expiresAt: Instant | null;
  policyVersion: string;
}

const CALL = `
SELECT call_id AS "callId", event_id AS "eventId", subject_id AS "subjectId", client_id AS "clientId",
  coalesce(campaign_id, '') AS "campaignId", vendor_id AS "vendorId", outcome, codes, policy_version AS "policyVersion",
  (extract(epoch FROM decided_at) * 1000)::float8 AS "decidedAt",
  (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt"
FROM calls WHERE call_id = `;

/** Reads decided calls; other services may use it. */
@Injectable()
export class CallReader {
  constructor(private readonly evidence: EvidenceWriter) {}

  /** Undefined where there is no such call. */
  async find(tx: Tx, callId: string): Promise<StoredCall | undefined> {
    const [call] = await tx.query<StoredCall>({ name: 'call-find', text: `${CALL}$1`, values: [callId] });
    return call;
  }

  /** Those that there are. */
  async findAll(tx: Tx, callIds: readonly string[]): Promise<StoredCall[]> {
    const text = `${CALL}ANY ($1::uuid[])`;
    return tx.query<StoredCall>({ name: 'call-find-many', text, values: [callIds] });
  }

  /** The first decision of a key, and the hash of the request it answered. */
  async findByKey(
    tx: Tx,
    clientId: string,
    key: Buffer,
  ): Promise<{ callId: string; request: Buffer } | undefined> {
    const [row] = await tx.query<{ callId: string; request: Buffer }>({
      name: 'call-find-by-key',
      text: 'SELECT call_id AS "callId", request FROM call_keys WHERE client_id = $1 AND key = $2',
      values: [clientId, key],
    });
    return row;
  }

  /** The sealed evidence of the decision; undefined once the person is erased. */
  async payload(tx: Tx, call: StoredCall): Promise<DecisionPayload | undefined> {
    const [row] = await tx.query<{ sealed: Buffer; wrappedKey: Buffer; wrappingKey: Buffer | null }>({
      name: 'call-payload',
      text: `
SELECT e.sealed, e.wrapped_key AS "wrappedKey", s.wrapping_key AS "wrappingKey"
FROM events e LEFT JOIN subjects s ON s.id = e.subject_id WHERE e.event_id = $1`,
      values: [call.eventId],
    });
    if (row === undefined) return undefined;
    if (call.subjectId !== null && row.wrappingKey === null) return undefined;
    return this.evidence.open({ ...row, id: call.eventId }, row.wrappingKey ?? undefined) as DecisionPayload;
  }

  /** The call's slot on its subject's present row; undefined when it was given back, forgotten, or never taken. */
  async slot(tx: Tx, call: StoredCall): Promise<{ slot?: Slot; now: Instant }> {
    const [row] = await tx.query<{ slots: Slot[] | null; now: Instant }>({
      name: 'call-slot',
      text: `
WITH RECURSIVE present AS (
  SELECT id, merged_into, slots FROM subjects WHERE id = $1
  UNION ALL
  SELECT s.id, s.merged_into, s.slots FROM subjects s JOIN present p ON s.id = p.merged_into
)
SELECT slots, floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
FROM present WHERE merged_into IS NULL`,
      values: [call.subjectId],
    });
    if (row === undefined) return { now: Date.now() };
    const slot = row.slots?.find((candidate) => candidate.callId === call.callId);
    return { now: row.now, ...(slot === undefined ? {} : { slot }) };
  }
  /** The slots of many calls on their subjects' present rows, where they have one. */
  async slots(tx: Tx, callIds: readonly string[]): Promise<Map<string, Slot>> {
    const rows = await tx.query<{ callId: string; slot: Slot }>({
      name: 'call-slots',
      text: `
WITH RECURSIVE present AS (
  SELECT c.call_id, s.merged_into, s.slots FROM calls c JOIN subjects s ON s.id = c.subject_id
  WHERE c.call_id = ANY ($1::uuid[])
  UNION ALL
  SELECT p.call_id, s.merged_into, s.slots FROM present p JOIN subjects s ON s.id = p.merged_into
)
SELECT p.call_id AS "callId", slot FROM present p, json_array_elements(p.slots) AS slot
WHERE p.merged_into IS NULL AND slot->>'callId' = p.call_id::text`,
      values: [callIds],
    });
    return new Map(rows.map(({ callId, slot }) => [callId, slot]));
  }
}
