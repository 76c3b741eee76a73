import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How often the same was found again while its flag is open: one that a single report made and one that every report
 * since repeats are not the same work. Random ids and times only; history.
 */
export class CreateFlagRepeats1763601400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE flag_repeats (
  flag_id uuid NOT NULL,
  -- The event in which it was found again.
  cause_event_id uuid NOT NULL,
  found_at timestamptz NOT NULL,
  CONSTRAINT pk_flag_repeats PRIMARY KEY (flag_id, cause_event_id),
  CONSTRAINT fk_flag_repeats_flag FOREIGN KEY (flag_id) REFERENCES flags (id)
);
CREATE TRIGGER tr_flag_repeats_append_only BEFORE UPDATE OR DELETE ON flag_repeats FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_flag_repeats_no_truncate BEFORE TRUNCATE ON flag_repeats FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
