import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators asked of dead letters: the process that has the consumer need not be the one that was asked. */
export class CreateLetterReplays1763602200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE letter_replays (
  id uuid NOT NULL,
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  asked_by uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  -- Whoever took it and is silent until then may be overtaken.
  taken_until timestamptz,
  outcome text,
  -- How many events of the key were handled.
  handled integer,
  -- The one that failed, or that must be replayed first.
  blocking_event_id uuid,
  reason text,
  done_at timestamptz,
  CONSTRAINT pk_letter_replays PRIMARY KEY (id),
  CONSTRAINT ck_letter_replays_outcome CHECK (outcome IN ('replayed', 'failed', 'behind', 'not_found')),
  CONSTRAINT ck_letter_replays_done CHECK ((done_at IS NULL) = (outcome IS NULL))
);
-- One at a time for a letter; also what the consumers' processes look at again and again.
CREATE UNIQUE INDEX uq_letter_replays_open ON letter_replays (consumer, event_id) WHERE done_at IS NULL;`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
