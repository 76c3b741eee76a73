import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Long work that survives its process (RULINGS 27), and the source of record of imports (RULINGS 20): which word a
 * source brought, by a fingerprint that only this installation can make.
 */
export class CreateJobs1763600900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE jobs (
  id uuid NOT NULL,
  kind text NOT NULL,
  -- Jobs of one lane run one after another, as they were asked for.
  lane text NOT NULL,
  state text NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  -- What was asked for: ids, names and settings, never a number.
  spec json NOT NULL,
  blob_id uuid,
  -- The approval it waits for; until then nobody takes it.
  waiting_for uuid,
  -- One runner at a time. The epoch counts the holders: whoever was overtaken stores nothing more.
  holder uuid,
  epoch bigint NOT NULL DEFAULT 0,
  lease_until timestamptz,
  -- How often it was begun since it last came on.
  attempts int NOT NULL DEFAULT 0,
  -- Where to go on, stored with the effect of everything before.
  checkpoint json,
  progress float8 NOT NULL DEFAULT 0,
  counts json NOT NULL,
  errors json NOT NULL DEFAULT '[]',
  result json,
  finished_at timestamptz,
  result_read_at timestamptz,
  CONSTRAINT pk_jobs PRIMARY KEY (id),
  CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'running', 'succeeded', 'failed'))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01);
CREATE UNIQUE INDEX uq_jobs_running ON jobs (lane) WHERE state = 'running';
CREATE INDEX ix_jobs_open ON jobs (created_at, id) WHERE state IN ('queued', 'running');
CREATE INDEX ix_jobs_creator ON jobs (created_by, created_at DESC, id DESC);
CREATE INDEX ix_jobs_newest ON jobs (created_at DESC, id DESC);
CREATE INDEX ix_jobs_blob ON jobs (blob_id) WHERE blob_id IS NOT NULL;

-- How one institution's lists name our columns.
CREATE TABLE import_mappings (
  name text NOT NULL,
  subject text NOT NULL,
  columns json NOT NULL,
  defaults json NOT NULL,
  changed_by uuid NOT NULL,
  changed_at timestamptz NOT NULL,
  CONSTRAINT pk_import_mappings PRIMARY KEY (name)
);
-- What a source holds now. History is in suppressions and consent_events.
CREATE TABLE import_members (
  kind text NOT NULL,
  source text NOT NULL,
  fingerprint bytea NOT NULL,
  word_id uuid NOT NULL,
  job_id uuid NOT NULL,
  -- Sealed: how the source itself named the row, its number masked.
  shown bytea NOT NULL,
  CONSTRAINT pk_import_members PRIMARY KEY (kind, source, fingerprint)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_import_members_word ON import_members (word_id);
-- Rows of a file that is being compared with its source.
CREATE TABLE import_stage (
  job_id uuid NOT NULL,
  fingerprint bytea NOT NULL,
  CONSTRAINT pk_import_stage PRIMARY KEY (job_id, fingerprint)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
-- What a full file no longer held: released only when another person has granted the list. In one list at a time.
CREATE TABLE import_releases (
  suppression_id uuid NOT NULL,
  list_id uuid NOT NULL,
  source text NOT NULL,
  fingerprint bytea NOT NULL,
  CONSTRAINT pk_import_releases PRIMARY KEY (suppression_id)
);
CREATE INDEX ix_import_releases_list ON import_releases (list_id, suppression_id);`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
