import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Each decision wrote more than it needed: its record went into a second table with an index of its own (TOAST), large
 * subject rows were compressed and decompressed each time, and `ix_calls_subject` was kept for nobody.
 */
export class LightenWrites1763600400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
DROP INDEX ix_calls_subject;
ALTER TABLE subjects SET (toast_tuple_target = 4080);

-- As before, and with rows that stay in one piece: what is sealed does not compress.
CREATE OR REPLACE FUNCTION ensure_monthly_partitions(parent text, since timestamptz, months int) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
  month timestamptz := date_trunc('month', since AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  following timestamptz;
  part text;
BEGIN
  FOR i IN 0..months LOOP
    following := ((month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    part := parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF NOT has_partition(parent, part) THEN
      PERFORM pg_advisory_xact_lock(hashtext('ensure_monthly_partitions'));
      -- Another process may have made it while we waited.
      IF NOT has_partition(parent, part) THEN
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (toast_tuple_target = 8160)', part, parent);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
          'tr_' || parent || '_no_truncate', part);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
          parent, part, uuid_v7_floor(month), uuid_v7_floor(following));
      END IF;
    END IF;
    month := following;
  END LOOP;
END $$;

DO $$
DECLARE part regclass;
BEGIN
  FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent IN ('events'::regclass, 'calls'::regclass, 'call_events'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', part);
  END LOOP;
END $$;`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
