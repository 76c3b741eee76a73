import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Work for compliance: what was heard of a person and must be looked at by one (OPTOUT.md). Both tables are history, so
 * a flag is open as long as nothing resolved it. What was said stands sealed in the events that they name.
 */
export class CreateFlags1763600600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE flags (
  id uuid NOT NULL,
  kind text NOT NULL,
  subject_id uuid,
  call_id uuid,
  vendor_id text,
  -- The event in which it was heard: the same cause raises a flag once.
  cause_event_id uuid NOT NULL,
  -- The suppression that holds while somebody looks at it, if one was written.
  suppression_id uuid,
  raised_at timestamptz NOT NULL,
  raised_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_flags PRIMARY KEY (id),
  CONSTRAINT uq_flags_cause UNIQUE NULLS NOT DISTINCT (cause_event_id, kind, subject_id),
  CONSTRAINT ck_flags_kind CHECK (kind IN ('wrong_person', 'vulnerable', 'complaint_threat', 'unmapped_result'))
);
CREATE INDEX ix_flags_raised ON flags (raised_at DESC, id DESC);
CREATE INDEX ix_flags_subject ON flags (subject_id) WHERE subject_id IS NOT NULL;
CREATE TABLE flag_resolutions (
  flag_id uuid NOT NULL,
  resolution text NOT NULL,
  resolved_at timestamptz NOT NULL,
  resolved_by uuid NOT NULL,
  -- The request that its suppression be released, which another person decides.
  approval_id uuid,
  event_id uuid NOT NULL,
  CONSTRAINT pk_flag_resolutions PRIMARY KEY (flag_id),
  CONSTRAINT fk_flag_resolutions_flag FOREIGN KEY (flag_id) REFERENCES flags (id)
);
CREATE TRIGGER tr_flags_append_only BEFORE UPDATE OR DELETE ON flags FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_flags_no_truncate BEFORE TRUNCATE ON flags FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_flag_resolutions_append_only BEFORE UPDATE OR DELETE ON flag_resolutions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_flag_resolutions_no_truncate BEFORE TRUNCATE ON flag_resolutions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
