import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What outsourcers report after the call, in their own words (API.md, "During and after the call"). Neither a text nor a
 * link nor an id of a vendor's is in these tables: reports are known by keyed hashes and stand sealed in the events that
 * they name. All of them are history: what a report has come to is its last outcome.
 */
export class CreateResults1763601000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE results_mappings (
  vendor_id text NOT NULL,
  version int NOT NULL,
  mapping json NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_results_mappings PRIMARY KEY (vendor_id, version),
  CONSTRAINT fk_results_mappings_vendor FOREIGN KEY (vendor_id) REFERENCES vendors (id)
);
CREATE TABLE vendor_results (
  id uuid NOT NULL,
  vendor_id text NOT NULL,
  -- Keyed hashes of the vendor's session id and of the report: the same report twice is one.
  session_tag bytea NOT NULL,
  body_tag bytea NOT NULL,
  received_at timestamptz NOT NULL,
  received_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_vendor_results PRIMARY KEY (id),
  CONSTRAINT uq_vendor_results_report UNIQUE (vendor_id, session_tag, body_tag)
);
CREATE INDEX ix_vendor_results_received ON vendor_results (vendor_id, received_at DESC, id DESC);
CREATE TABLE vendor_result_outcomes (
  result_id uuid NOT NULL,
  -- Read again with each mapping that came later, until it could be read whole.
  attempt int NOT NULL,
  state text NOT NULL,
  mapping_version int NOT NULL,
  call_id uuid,
  unmapped_labels int NOT NULL,
  -- Members of the mapping whose value was nothing that the member can be.
  faults text[] NOT NULL,
  recorded_at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_vendor_result_outcomes PRIMARY KEY (result_id, attempt),
  CONSTRAINT fk_vendor_result_outcomes_result FOREIGN KEY (result_id) REFERENCES vendor_results (id),
  CONSTRAINT ck_vendor_result_outcomes_state CHECK (state IN ('applied', 'unmapped', 'unmatched'))
);
CREATE INDEX ix_vendor_result_outcomes_open ON vendor_result_outcomes (result_id) WHERE state <> 'applied';
-- What a call's reports have obliged us to, each once a call, in however many words it is reported. A report of no call
-- of ours stands for itself.
CREATE TABLE vendor_result_effects (
  about uuid NOT NULL,
  effect text NOT NULL,
  result_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_vendor_result_effects PRIMARY KEY (about, effect)
);
-- A label that no mapping knew, and the work that it made: one open flag a vendor and label.
CREATE TABLE vendor_label_alarms (
  flag_id uuid NOT NULL,
  vendor_id text NOT NULL,
  label_tag bytea NOT NULL,
  kind text NOT NULL,
  event_id uuid NOT NULL,
  raised_at timestamptz NOT NULL,
  CONSTRAINT pk_vendor_label_alarms PRIMARY KEY (flag_id)
);
CREATE INDEX ix_vendor_label_alarms_label ON vendor_label_alarms (vendor_id, label_tag, raised_at DESC);
-- What counts against a vendor.
CREATE TABLE vendor_findings (
  id uuid NOT NULL,
  vendor_id text NOT NULL,
  call_id uuid NOT NULL,
  kind text NOT NULL,
  result_id uuid NOT NULL,
  found_at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_vendor_findings PRIMARY KEY (id),
  CONSTRAINT uq_vendor_findings_call UNIQUE (call_id, kind),
  CONSTRAINT ck_vendor_findings_kind CHECK (kind IN ('refusal_not_reported', 'talked_on'))
);
CREATE INDEX ix_vendor_findings_found ON vendor_findings (vendor_id, found_at DESC, id DESC);`);
    for (const table of [
      'results_mappings',
      'vendor_results',
      'vendor_result_outcomes',
      'vendor_result_effects',
      'vendor_label_alarms',
      'vendor_findings',
    ]) {
      await runner.query(`
CREATE TRIGGER tr_${table}_append_only BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_${table}_no_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
