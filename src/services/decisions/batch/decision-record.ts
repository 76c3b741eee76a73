import type { DecisionFacts } from '../../../domain/decision/facts';
import { type RecordedDecision, recordedVerdicts } from '../../../domain/decision/recorded';
import type { Decision } from '../../../domain/decision/verdict';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import { writeInstant } from '../../../platform/http/instants';
import { bucketOf } from '../../../platform/evidence/bucket';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { sealRecord, type SealedRecord } from '../../../platform/keys/record-seal';
import { type CallKey, keysOf, type PendingDecision } from './pending-decision';

export const DECIDED = 'call.decided.v1';

/** One decision as it is written: clear columns, sealed payload, final entry (RULINGS 13). */
export interface DecisionRow {
  callId: string;
  eventId: string;
  subjectId: string | null;
  clientId: string;
  /** Null for a campaign that the asker does not have: such a word may be anything, and stays sealed. */
  campaignId: string | null;
  vendorId: string | null;
  outcome: Decision['outcome'];
  codes: string;
  decidedAt: Instant;
  expiresAt: Instant | null;
  notBefore: Instant | null;
  bucket: number;
  clear: string;
  /** CloudEvents extension attributes as JSON; see `EvidenceInput.attributes`. */
  attributes?: string;
  keys: readonly CallKey[];
  record: SealedRecord;
}

/** The sealed payload of a decision: enough to answer again, to explain, and to decide again (promises 6 and 7). */
export interface DecisionPayload {
  actor: { clientId: string; kind: string; name: string; vendorId?: string };
  callId: string;
  decision: RecordedDecision;
  facts: DecisionFacts;
  policyVersion: string;
  request: Record<string, unknown>;
}

/**
 * Canonical bytes of objects that live as long as the settings or the policy do: written once, used in every record.
 * They also hold nearly all that is not ASCII, so that what is left is encoded by a plain copy.
 */
const lasting = new WeakMap<object, Buffer>();

function lastingBytes(value: object): Buffer {
  let bytes = lasting.get(value);
  if (bytes === undefined) {
    bytes = Buffer.from(text(value), 'utf8');
    lasting.set(value, bytes);
  }
  return bytes;
}

const lastingTexts = new WeakMap<object, string>();

/** The same for short things. */
function lastingText(value: object): string {
  let known = lastingTexts.get(value);
  if (known === undefined) {
    known = text(value);
    lastingTexts.set(value, known);
  }
  return known;
}

const text = (value: unknown): string => canonicalJson(value as Json);

/**
 * Canonical JSON (RFC 8785) of the payload, put together from parts whose canonical form is known already: what
 * stands on the subject row, and what settings and policy repeat in every decision. Members are in order by hand;
 * a test compares the result with an independent implementation.
 */
export function payloadBytes(
  pending: PendingDecision,
  made: { callId: string; decision: Decision; facts: DecisionFacts; policyVersion: string },
  row: { factsText: string; slotsText: string },
): Buffer {
  const { facts, decision } = made;
  const { expiresAt, notBefore, notBeforeCoarse, obligations, outcome, reasons } = decision;
  const parts: Buffer[] = [];
  let open = `{"actor":${lastingText(recordedActor(pending))},"callId":"${made.callId}","decision":{"candidates":`;
  const lump = (value: object): void => {
    parts.push(Buffer.from(open, 'utf8'), lastingBytes(value));
    open = '';
  };
  lump(decision.candidates);
  if (expiresAt !== undefined) open += `,"expiresAt":${expiresAt}`;
  if (notBefore !== undefined) open += `,"notBefore":${notBefore}`;
  if (notBeforeCoarse !== undefined) open += `,"notBeforeCoarse":${notBeforeCoarse}`;
  if (obligations !== undefined) {
    open += ',"obligations":';
    lump(obligations);
  }
  // Rule ids need no escape that JSON.stringify would do otherwise, and stand in canonical order.
  open +=
    `,"outcome":"${outcome}","reasons":${reasons.length === 0 ? '[]' : text(reasons)}` +
    `,"verdicts":${JSON.stringify(recordedVerdicts(decision.verdicts))}},"facts":{"ask":${text(facts.ask)},"at":${facts.at}`;
  if (facts.callerId !== undefined) open += `,"callerId":${lastingText(facts.callerId)}`;
  if (facts.campaign !== undefined) {
    open += ',"campaign":';
    lump(facts.campaign);
  }
  open +=
    `,"registries":${lastingText(facts.registries)},"slots":${row.slotsText},"stops":${lastingText(facts.stops)}` +
    `,"subject":${row.factsText},"ttl":${facts.ttl},"vendorActive":${String(facts.vendorActive)}}` +
    `,"policyVersion":${JSON.stringify(made.policyVersion)},"request":${pending.bodyText}}`;
  parts.push(Buffer.from(open, 'utf8'));
  return Buffer.concat(parts);
}

const actors = new WeakMap<object, DecisionPayload['actor']>();

function recordedActor(pending: PendingDecision): DecisionPayload['actor'] {
  let recorded = actors.get(pending.actor);
  if (recorded === undefined) {
    const { clientId, kind, name, vendorId } = pending.actor;
    recorded = { clientId, kind, name, ...(vendorId === undefined ? {} : { vendorId }) };
    actors.set(pending.actor, recorded);
  }
  return recorded;
}

/** Everything that will be stored of one decision. */
export function decisionRow(
  pending: PendingDecision,
  made: { callId: string; decision: Decision; facts: DecisionFacts; policyVersion: string },
  row: { id: string | null; factsText: string; slotsText: string; wrappingKey: Buffer },
): DecisionRow {
  const { decision, facts, callId } = made;
  const at = facts.at;
  const eventId = uuidV7(at);
  const codes = [...new Set(decision.reasons.map((reason) => reason.code))];
  const partitionKey = row.id ?? callId;
  const campaignId = facts.campaign?.id ?? null;
  const vendorId = facts.campaign?.vendorId ?? pending.actor.vendorId ?? null;
  return {
    callId,
    eventId,
    subjectId: row.id,
    clientId: pending.actor.clientId,
    campaignId,
    vendorId,
    outcome: decision.outcome,
    codes: codes.join(';'),
    decidedAt: at,
    expiresAt: decision.expiresAt ?? null,
    notBefore: decision.notBefore ?? null,
    bucket: bucketOf(partitionKey),
    clear: JSON.stringify({
      callId,
      ...(campaignId === null ? {} : { campaignId }),
      codes,
      ...(decision.expiresAt === undefined ? {} : { expiresAt: writeInstant(decision.expiresAt) }),
      ...(decision.notBefore === undefined ? {} : { notBefore: writeInstant(decision.notBefore) }),
      outcome: decision.outcome,
      partitionKey,
      ...(row.id === null ? {} : { subjectId: row.id }),
      ...(vendorId === null ? {} : { vendorId }),
    }),
    ...(pending.attributes === undefined ? {} : { attributes: JSON.stringify(pending.attributes(made)) }),
    keys: keysOf(pending),
    record: sealRecord(row.wrappingKey, { id: eventId, type: DECIDED, at }, payloadBytes(pending, made, row)),
  };
}
