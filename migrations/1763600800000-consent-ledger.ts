import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A "no" to a request for consent is an event of its own kind, and a receipt names the controller by its address and a
 * contact, which an entity may now have.
 */
export class ConsentLedger1763600800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
ALTER TABLE consent_events DROP CONSTRAINT ck_consent_events_kind;
ALTER TABLE consent_events ADD CONSTRAINT ck_consent_events_kind CHECK (kind IN ('granted', 'withdrawn', 'refused'));
ALTER TABLE entities ADD COLUMN address text, ADD COLUMN contact text;`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
