import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One row a decision and one a report of what became of the call, append-only, partitioned by the month inside the
 * call's UUIDv7. Clear columns hold random ids, campaign, vendor, outcome, codes and times only (RULINGS 13).
 */
export class CreateCalls1763600300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE calls (
  call_id uuid NOT NULL,
  event_id uuid NOT NULL,
  subject_id uuid,
  client_id uuid NOT NULL,
  -- Null where the asker named a campaign that it does not have: such a word may be anything.
  campaign_id text,
  vendor_id text,
  outcome text NOT NULL,
  codes text[] NOT NULL,
  decided_at timestamptz NOT NULL,
  expires_at timestamptz,
  not_before timestamptz,
  policy_version text NOT NULL,
  CONSTRAINT pk_calls PRIMARY KEY (call_id),
  CONSTRAINT ck_calls_outcome CHECK (outcome IN ('allow', 'deny', 'defer'))
) PARTITION BY RANGE (call_id);
CREATE INDEX ix_calls_subject ON calls (subject_id, call_id) WHERE subject_id IS NOT NULL;
CREATE TRIGGER tr_calls_append_only BEFORE UPDATE OR DELETE ON calls FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_calls_no_truncate BEFORE TRUNCATE ON calls FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A natural idempotency key (RULINGS 7): hash of external.callId or of Idempotency-Key, kept 90 days.
CREATE TABLE call_keys (
  client_id uuid NOT NULL,
  key bytea NOT NULL,
  request bytea NOT NULL,
  call_id uuid NOT NULL,
  CONSTRAINT pk_call_keys PRIMARY KEY (client_id, key)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
-- Ids come in order of time, so a block range index finds the old ones and costs an insert nothing.
CREATE INDEX ix_call_keys_call ON call_keys USING brin (call_id);

CREATE TABLE call_events (
  call_id uuid NOT NULL,
  -- Caller's eventId or the body's hash: the same report twice is one report.
  dedupe bytea NOT NULL,
  event_id uuid NOT NULL,
  type text NOT NULL,
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  code text,
  seconds int,
  -- False where the report contradicts an earlier one and therefore changed nothing (RULINGS 5).
  effective boolean NOT NULL,
  flags text[] NOT NULL,
  CONSTRAINT pk_call_events PRIMARY KEY (call_id, dedupe)
) PARTITION BY RANGE (call_id);
CREATE TRIGGER tr_call_events_append_only BEFORE UPDATE OR DELETE ON call_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_call_events_no_truncate BEFORE TRUNCATE ON call_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
    await runner.query(`SELECT ensure_monthly_partitions('calls', '2026-01-01T00:00:00Z', 23)`);
    await runner.query(`SELECT ensure_monthly_partitions('call_events', '2026-01-01T00:00:00Z', 23)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
