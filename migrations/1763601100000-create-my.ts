import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One-time links to the customer's own page and what they open; only hashes of the secrets are kept. */
export class CreateMy1763601100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE my_links (
  id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  subject_id uuid NOT NULL,
  language text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  opened_at timestamptz,
  CONSTRAINT pk_my_links PRIMARY KEY (id),
  CONSTRAINT uq_my_links_secret UNIQUE (secret_hash)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX ix_my_links_expiry ON my_links (expires_at);

-- What a link opened: a quarter of an hour in one browser.
CREATE TABLE my_sessions (
  secret_hash bytea NOT NULL,
  link_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  language text NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT pk_my_sessions PRIMARY KEY (secret_hash)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX ix_my_sessions_expiry ON my_sessions (expires_at);`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
