import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Leases for work that one process does at a time, and the order of the ledger: what is not sequenced yet, and the index of
 * what is (RULINGS 13).
 */
export class CreateLedger1763602000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE leases (
  name text NOT NULL,
  -- Grows with every new holder: whatever an old one still has in hand names its epoch and has no effect.
  epoch bigint NOT NULL,
  holder uuid,
  expires_at timestamptz,
  CONSTRAINT pk_leases PRIMARY KEY (name)
);

-- Filled by the statement that writes the event, so that an event that commits late is no different from others: it stays
-- until it has its index. A cursor on any id would pass it over.
CREATE TABLE ledger_queue (
  seq bigint NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_ledger_queue PRIMARY KEY (seq)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

CREATE TABLE ledger_entries (
  index bigint NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_ledger_entries PRIMARY KEY (index),
  CONSTRAINT uq_ledger_entries_event UNIQUE (event_id),
  CONSTRAINT ck_ledger_entries_index CHECK (index >= 0)
);
CREATE TRIGGER tr_ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was recorded before comes first: without a place in the outbox it is ordered by id, before everything that has one.
INSERT INTO ledger_queue (seq, event_id)
SELECT coalesce(seq, row_number() OVER (PARTITION BY seq IS NULL ORDER BY event_id) - 1 - count(*) OVER (PARTITION BY seq IS NULL)),
  event_id
FROM events;`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
