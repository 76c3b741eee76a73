import type { DecisionFacts } from '../../../domain/decision/facts';
import { type RecordedDecision, recordedVerdicts } from '../../../domain/decision/recorded';
import type { Decision } from '../../../domain/decision/verdict';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import { bucketOf } from '../../../platform/evidence/bucket';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { sealRecord, type SealedRecord } from '../../../platform/keys/record-seal';
import type { CallKey, PendingDecision } from './pending-decision';

export const DECIDED = 'call.decided.v1';

/** One decision as it is written: clear columns, sealed payload, final entry (RULINGS 13). */
export interface DecisionRow {
  callId: string;
  eventId: string;
  subjectId: string | null;
  clientId: string;
  campaignId: string;
  vendorId: string | null;
  outcome: Decision['outcome'];
  codes: string;
  decidedAt: Instant;
  expiresAt: Instant | null;
  notBefore: Instant | null;
  bucket: number;
  clear: string;
  key?: CallKey;
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

/** Canonical texts of objects that live as long as the settings or the policy do: written once, used in every record. */
const lasting = new WeakMap<object, string>();

function lastingText(value: object): string {
  let text = lasting.get(value);
  if (text === undefined) {
    text = canonicalJson(value as unknown as Json);
    lasting.set(value, text);
  }
  return text;
}

const text = (value: unknown): string => canonicalJson(value as Json);

/**
 * Canonical JSON (RFC 8785) of the payload, put together from parts whose canonical text is known already: what
 * stands on the subject row, and what settings and policy repeat in every decision. Members are in order by hand;
 * a test compares the result with an independent implementation.
 */
export function payloadText(
  pending: PendingDecision,
  made: { callId: string; decision: Decision; facts: DecisionFacts; policyVersion: string },
  row: { factsText: string; slotsText: string },
): string {
  const { facts, decision } = made;
  const actor = lastingText(recordedActor(pending));
  return (
    `{"actor":${actor},"callId":"${made.callId}","decision":${decisionText(decision)},"facts":{` +
    `"ask":${text(facts.ask)},"at":${facts.at}` +
    (facts.callerId === undefined ? '' : `,"callerId":${lastingText(facts.callerId)}`) +
    (facts.campaign === undefined ? '' : `,"campaign":${lastingText(facts.campaign)}`) +
    `,"registries":${lastingText(facts.registries)},"slots":${row.slotsText},"stops":${lastingText(facts.stops)}` +
    `,"subject":${row.factsText},"ttl":${facts.ttl},"vendorActive":${String(facts.vendorActive)}}` +
    `,"policyVersion":${JSON.stringify(made.policyVersion)},"request":${text(pending.body)}}`
  );
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

/** Obligations and candidates are shared objects of campaign and place, so their text is lasting, too. */
function decisionText(decision: Decision): string {
  const { candidates, expiresAt, notBefore, notBeforeCoarse, obligations, outcome, reasons } = decision;
  return (
    `{"candidates":${lastingText(candidates)}` +
    (expiresAt === undefined ? '' : `,"expiresAt":${expiresAt}`) +
    (notBefore === undefined ? '' : `,"notBefore":${notBefore}`) +
    (notBeforeCoarse === undefined ? '' : `,"notBeforeCoarse":${notBeforeCoarse}`) +
    (obligations === undefined ? '' : `,"obligations":${lastingText(obligations)}`) +
    `,"outcome":"${outcome}","reasons":${reasons.length === 0 ? '[]' : text(reasons)}` +
    // Its members are written in canonical order, and rule ids need no escape that JSON.stringify would do otherwise.
    `,"verdicts":${JSON.stringify(recordedVerdicts(decision.verdicts))}}`
  );
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
  const campaignId = pending.body.campaignId;
  const vendorId = facts.campaign?.vendorId ?? pending.actor.vendorId ?? null;
  const payload = Buffer.from(payloadText(pending, made, row), 'utf8');
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
      campaignId,
      codes,
      outcome: decision.outcome,
      partitionKey,
      ...(row.id === null ? {} : { subjectId: row.id }),
      ...(vendorId === null ? {} : { vendorId }),
    }),
    ...(pending.key === undefined ? {} : { key: pending.key }),
    record: sealRecord(row.wrappingKey, { id: eventId, type: DECIDED, at }, payload),
  };
}
