import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Monitors: tallies of what became of allowed calls, by the quarter of an hour in which they were decided, counted anew
 * from the calls whenever more may have been reported of them; so nothing that comes twice or in another order counts
 * twice. Changed limits and crossings are history.
 */
export class CreateMonitors1763601800001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE monitor_slices (
  slice timestamptz NOT NULL,
  tallied_at timestamptz NOT NULL,
  CONSTRAINT pk_monitor_slices PRIMARY KEY (slice)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE TABLE monitor_tallies (
  slice timestamptz NOT NULL,
  -- Empty: of no known call.
  campaign_id text NOT NULL,
  -- Empty: in-house.
  vendor_id text NOT NULL,
  allows int NOT NULL,
  due int NOT NULL,
  unreported int NOT NULL,
  answered int NOT NULL,
  refused int NOT NULL,
  complained int NOT NULL,
  abandoned int NOT NULL,
  spoken int NOT NULL,
  undisclosed int NOT NULL,
  results int NOT NULL,
  unmapped int NOT NULL,
  CONSTRAINT pk_monitor_tallies PRIMARY KEY (slice, campaign_id, vendor_id)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE TABLE monitor_limits (
  monitor_id text NOT NULL,
  version int NOT NULL,
  threshold double precision NOT NULL,
  min_sample int NOT NULL,
  window_hours int NOT NULL,
  recorded_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL,
  -- Null where it was a tightening, which needs none.
  approval_id uuid,
  event_id uuid NOT NULL,
  CONSTRAINT pk_monitor_limits PRIMARY KEY (monitor_id, version)
);
CREATE TABLE monitor_crossings (
  stop_id uuid NOT NULL,
  monitor_id text NOT NULL,
  scope_kind text NOT NULL,
  scope_id text NOT NULL,
  -- Its stop before this one, which was lifted; of two that evaluate at once the second breaks the constraint.
  after_stop_id uuid NOT NULL,
  counted int NOT NULL,
  sample int NOT NULL,
  threshold double precision NOT NULL,
  crossed_at timestamptz NOT NULL,
  CONSTRAINT pk_monitor_crossings PRIMARY KEY (stop_id),
  CONSTRAINT fk_monitor_crossings_stop FOREIGN KEY (stop_id) REFERENCES stops (id),
  CONSTRAINT uq_monitor_crossings_once UNIQUE (monitor_id, scope_kind, scope_id, after_stop_id),
  CONSTRAINT ck_monitor_crossings_scope CHECK (scope_kind IN ('campaign', 'vendor'))
);
-- A call's complaints and findings are looked up when it is tallied.
CREATE INDEX ix_flags_call ON flags (call_id, kind) WHERE call_id IS NOT NULL;
ALTER TABLE flags DROP CONSTRAINT ck_flags_kind;
ALTER TABLE flags ADD CONSTRAINT ck_flags_kind
  CHECK (kind IN ('wrong_person', 'vulnerable', 'complaint_threat', 'unmapped_result', 'monitor_crossed'));`);
    for (const table of ['monitor_limits', 'monitor_crossings']) {
      await runner.query(`
CREATE TRIGGER tr_${table}_append_only BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_${table}_no_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
