import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A withdrawal that names the one consent it takes back; sessions of the own page count how often they were used. */
export class BoundTraces1763601700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
ALTER TABLE consent_events ADD COLUMN taken_back uuid;
ALTER TABLE consent_events ADD CONSTRAINT ck_consent_events_taken_back
  CHECK (taken_back IS NULL OR kind <> 'granted');

ALTER TABLE my_sessions ADD COLUMN uses integer NOT NULL DEFAULT 0;
-- A new link voids those of the same person that nobody has opened.
CREATE INDEX ix_my_links_unopened ON my_links (subject_id) WHERE opened_at IS NULL;`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
