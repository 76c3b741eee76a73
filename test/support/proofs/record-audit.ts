import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { Client } from 'pg';
import { type ModelCall, slotOf } from './call-model';
import { RecordCipher } from './record-cipher';

const PAGE = 2_000;
const FAULTS_SHOWN = 20;

/**
 * The relay takes rows off the outbox, so what was queued is witnessed by a trigger, in the transaction that queued it.
 * The numbers are drawn under the lock of the subject's row: they order what happened to one subject exactly.
 */
const WITNESS = `
CREATE TABLE IF NOT EXISTS outbox_witness (seq bigint PRIMARY KEY, bucket smallint NOT NULL, event_id uuid NOT NULL);
CREATE OR REPLACE FUNCTION witness_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox_witness (seq, bucket, event_id) VALUES (NEW.seq, NEW.bucket, NEW.event_id);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tr_outbox_witness AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION witness_outbox();
-- What a gateway wrote at its start, before anything was decided.
INSERT INTO outbox_witness (seq, bucket, event_id)
SELECT -row_number() OVER (), 0, event_id FROM events ON CONFLICT DO NOTHING`;

const EVENTS = `
SELECT e.event_id, e.type, e.subject_id, e.clear, e.sealed, e.wrapped_key, convert_from(e.entry, 'UTF8') AS entry,
  s.wrapping_key, w.queued, (extract(epoch FROM e.recorded_at) * 1000)::float8 AS at
FROM (SELECT * FROM events WHERE event_id > $1 ORDER BY event_id LIMIT ${PAGE}) e
LEFT JOIN subjects s ON s.id = e.subject_id
CROSS JOIN LATERAL (SELECT count(*)::int AS queued FROM outbox_witness WHERE event_id = e.event_id) w
ORDER BY e.event_id`;

const CALLS = `
SELECT call_id, event_id, subject_id, client_id, outcome, codes,
  (extract(epoch FROM decided_at) * 1000)::float8 AS decided_at,
  (extract(epoch FROM expires_at) * 1000)::float8 AS expires_at
FROM calls`;

const REPORTS = `
SELECT call_id, event_id, type, effective, flags, seconds, (extract(epoch FROM at) * 1000)::float8 AS at
FROM call_events`;

const ROWS = `
WITH RECURSIVE present (asked, id, merged_into) AS (
  SELECT id, id, merged_into FROM subjects
  UNION ALL
  SELECT p.asked, s.id, s.merged_into FROM present p JOIN subjects s ON s.id = p.merged_into
)
SELECT p.asked, s.id, s.slots FROM present p JOIN subjects s ON s.id = p.id WHERE p.merged_into IS NULL`;

interface EventRow {
  event_id: string;
  type: string;
  subject_id: string | null;
  clear: Record<string, unknown>;
  sealed: Buffer;
  wrapped_key: Buffer;
  entry: string;
  wrapping_key: Buffer | null;
  queued: number;
  at: number;
}

interface CallRow {
  call_id: string;
  event_id: string;
  subject_id: string | null;
  client_id: string;
  outcome: string;
  codes: string[];
  decided_at: number;
  expires_at: number | null;
}

interface Decided {
  callId: string;
  decision: { outcome: string; reasons: { code: string }[]; expiresAt?: number };
  facts: { at: number };
  actor: { clientId: string };
  request: { external?: { callId?: string } };
}

type Slot = Record<string, unknown> & { callId: string };

/** Whether what stands in a database is whole: nothing half written, nothing twice, nothing that does not open. */
export class RecordAudit {
  private readonly faultsFound: string[] = [];
  private readonly calls = new Map<string, CallRow>();
  /** Of each call that must have a key: the key, and the hash of its request. */
  private readonly keys = new Map<string, string>();
  private readonly told = new Map<string, ModelCall>();
  private readonly reportEvents = new Map<string, string>();

  private constructor(
    private readonly client: Client,
    private readonly cipher: RecordCipher,
  ) {}

  /** Before anything is decided in that database. */
  static async witness(url: string): Promise<void> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(WITNESS);
    } finally {
      await client.end();
    }
  }

  /** The first faults there are, in words; nothing when all is whole. */
  static async faults(url: string, kekFile: string): Promise<string[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      // One snapshot: what is written meanwhile is no fault.
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const audit = new RecordAudit(client, await RecordCipher.of(client, kekFile));
      await audit.run();
      return audit.faultsFound;
    } finally {
      await client.end();
    }
  }

  private async run(): Promise<void> {
    await this.loadCalls();
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await this.client.query<EventRow>(EVENTS, [after]);
      for (const row of rows) this.checkEvent(row);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.event_id;
    }
    for (const call of this.calls.values()) this.fault(`call ${call.call_id} has no event`);
    for (const eventId of this.reportEvents.keys()) this.fault(`report ${eventId} has no event`);
    await this.checkQueue();
    await this.checkKeys();
    await this.checkSlots();
  }

  private fault(words: string): void {
    if (this.faultsFound.length < FAULTS_SHOWN) this.faultsFound.push(words);
  }

  private async loadCalls(): Promise<void> {
    for (const call of (await this.client.query<CallRow>(CALLS)).rows) {
      this.calls.set(call.call_id, call);
      this.told.set(call.call_id, {
        id: call.call_id,
        decidedAt: call.decided_at,
        allowed: call.outcome === 'allow',
        expiresAt: call.expires_at ?? call.decided_at,
        reports: [],
        known: new Set(),
      });
    }
    const { rows } = await this.client.query<{
      call_id: string;
      event_id: string;
      type: string;
      effective: boolean;
      flags: string[];
      seconds: number | null;
      at: number;
    }>(REPORTS);
    for (const { call_id: callId, event_id: eventId, ...report } of rows) {
      this.reportEvents.set(eventId, `call.${report.type}.v1`);
      const call = this.told.get(callId);
      if (call === undefined) this.fault(`report ${eventId} is of no call`);
      else call.reports.push(report);
    }
  }

  private checkEvent(event: EventRow): void {
    const name = `event ${event.event_id} (${event.type})`;
    if (event.queued !== 1) this.fault(`${name} was queued ${event.queued} times`);
    if (event.subject_id !== null && event.wrapping_key === null) {
      this.fault(`${name} is of a subject without a key`);
      return;
    }
    const text = this.openPayload(name, event);
    if (text === undefined) return;
    if (event.type === 'call.decided.v1') this.checkDecision(name, event, JSON.parse(text) as Decided);
    else if (event.type === 'call.redeemed.v1') this.noteRedeemed(name, event);
    else if (isReport(event.type) && this.reportEvents.get(event.event_id) !== event.type) {
      this.fault(`${name} has no report`);
    }
    this.reportEvents.delete(event.event_id);
  }

  private openPayload(name: string, event: EventRow): string | undefined {
    try {
      const { payload, commitment } = this.cipher.openRecord(
        this.cipher.wrappingKey(event.wrapping_key),
        event,
      );
      const entry = {
        c: commitment,
        id: event.event_id,
        t: event.type,
        ts: new Date(event.at).toISOString(),
        v: 1,
      };
      if (canonicalize(entry) !== event.entry)
        this.fault(`${name} has another entry than its payload commits to`);
      const text = payload.toString('utf8');
      if (canonicalize(JSON.parse(text)) !== text) this.fault(`${name} is not canonical`);
      return text;
    } catch (error) {
      this.fault(`${name} does not open: ${String(error)}`);
      return undefined;
    }
  }

  private checkDecision(name: string, event: EventRow, decided: Decided): void {
    const call = this.calls.get(decided.callId);
    if (call === undefined || call.event_id !== event.event_id) return this.fault(`${name} has no call`);
    this.calls.delete(call.call_id);
    const { decision, facts, actor, request } = decided;
    const codes = [...new Set(decision.reasons.map((reason) => reason.code))];
    const inTable = [
      call.outcome,
      call.codes,
      call.decided_at,
      call.expires_at,
      call.client_id,
      call.subject_id,
    ];
    const inRecord = [
      decision.outcome,
      codes,
      facts.at,
      decision.expiresAt ?? null,
      actor.clientId,
      event.subject_id,
    ];
    const inClear = [event.clear['outcome'], event.clear['codes'], event.clear['callId']];
    if (JSON.stringify(inTable) !== JSON.stringify(inRecord)) this.fault(`${name} differs from its call`);
    if (JSON.stringify(inClear) !== JSON.stringify([call.outcome, call.codes, call.call_id])) {
      this.fault(`${name} says something else in clear`);
    }
    const external = request.external?.callId;
    if (external === undefined) return;
    this.keys.set(
      call.call_id,
      `${call.client_id} ${sha256(`external\n${external}`)} ${this.cipher.requestHash(canonicalize(request) ?? '')}`,
    );
  }

  private noteRedeemed(name: string, event: EventRow): void {
    const call = this.told.get(String(event.clear['callId']));
    if (call === undefined || call.redeemedAt !== undefined)
      return this.fault(`${name} is not the one use of a call`);
    call.redeemedAt = event.at;
  }

  private async checkQueue(): Promise<void> {
    const { rows } = await this.client.query<{ event_id: string }>(
      'SELECT event_id FROM outbox_witness w WHERE NOT EXISTS (SELECT FROM events e WHERE e.event_id = w.event_id)',
    );
    for (const row of rows) this.fault(`event ${row.event_id} was queued and is not there`);
  }

  /** Calls that a header's key named are known by no other means: of these only the key's call is looked for. */
  private async checkKeys(): Promise<void> {
    const { rows } = await this.client.query<{ call_id: string; name: string }>(
      `SELECT call_id, client_id || ' ' || encode(key, 'hex') || ' ' || encode(request, 'hex') AS name FROM call_keys`,
    );
    for (const { call_id: callId, name } of rows) {
      if (!this.told.has(callId)) this.fault(`a key names call ${callId}, which is not there`);
      const expected = this.keys.get(callId);
      if (expected !== undefined && expected !== name) this.fault(`the key of call ${callId} is another`);
      this.keys.delete(callId);
    }
    for (const callId of this.keys.keys()) this.fault(`call ${callId} has no key`);
  }

  private async checkSlots(): Promise<void> {
    const held = new Map<string, Map<string, Slot>>();
    const { rows } = await this.client.query<{ asked: string; id: string; slots: Slot[] }>(ROWS);
    for (const { asked, id, slots } of rows) {
      held.set(asked, new Map(slots.map((slot) => [slot.callId, slot])));
      if (asked !== id) continue;
      for (const { callId } of slots) {
        const call = this.told.get(callId);
        if (call === undefined || slotOf(call) === undefined) this.fault(`a slot stands for call ${callId}`);
      }
    }
    const { rows: calls } = await this.client.query<{ call_id: string; subject_id: string }>(
      'SELECT call_id, subject_id FROM calls WHERE subject_id IS NOT NULL',
    );
    for (const { call_id: callId, subject_id: subjectId } of calls) {
      const call = this.told.get(callId);
      const expected = call === undefined ? undefined : slotOf(call);
      const slot = held.get(subjectId)?.get(callId);
      if (JSON.stringify(shown(slot)) !== JSON.stringify(shown(expected))) {
        this.fault(`call ${callId}: its slot is ${JSON.stringify(slot)} and not ${JSON.stringify(expected)}`);
      }
    }
  }
}

/** Of the events about a call: what was told of it, not what was decided, asked ahead, or tried with its token. */
const isReport = (type: string): boolean =>
  type.startsWith('call.') && !['call.previewed.v1', 'call.redemption_refused.v1'].includes(type);

const SHOWN = ['decidedAt', 'expiresAt', 'redeemedAt', 'placedAt', 'answered', 'endedAt'];

/** What the record alone tells of a slot; that a word voided it is in the record of the word. */
const shown = (slot: Record<string, unknown> | undefined): unknown =>
  slot === undefined ? null : SHOWN.map((member) => slot[member] ?? null);

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
